import type { Disposable } from "../../base/disposable.ts";

/** A frame as it goes between machines. Whoever is handed one may change its bytes. */
export interface Frame {
  /** Ethernet, without the frame check sequence. */
  readonly bytes: Uint8Array;
  /** What its sender has left to others; absent: nothing, it is as it would be on a wire. */
  readonly offload?: Offload;
}

/** virtio-net's header (virtio 1.2 §5.1.6), as far as it says how a frame is to be finished. */
export interface Offload {
  /**
   * The checksum is yet to be made: over what is from `csumStart` to the end, into the field `csumOffset` bytes after it,
   * which holds the sum of the pseudo-header. Both in bytes, `csumStart` from the frame's beginning.
   */
  readonly needsChecksum: boolean;
  readonly csumStart: number;
  readonly csumOffset: number;
  /** "tcpv4": the frame is several TCP segments with one header. */
  readonly gsoType: "none" | "tcpv4";
  /** Bytes of payload in each segment. 0 without `gsoType`. */
  readonly gsoSize: number;
  /** Ethernet, IP and TCP header; what the sender says, which need not be so. */
  readonly headerBytes: number;
}

/** Where the network's frames for one interface go: its machine's network card. */
export interface FramePort {
  /** Has copied the frame when it returns. False: there was no room, and the frame is lost, as on any network. */
  deliver(frame: Frame): boolean;
  /** No more frames come in this slice of work: what was delivered can go on its way. */
  flush?(): void;
  /** So many of the frames that the card had sent have been dealt with: their memory may be used again. */
  consumed?(frames: number): void;
}

/** The network's side of an interface that has a card. Disposing of it unplugs the card. */
export interface AttachedPort extends Disposable {
  /**
   * A frame from the card. It waits for its turn: the network owns its bytes from now until `consumed`. Beyond the bound
   * of what may wait it is dropped and counted.
   */
  receive(frame: Frame): void;
  /** The card has sent something of so many bytes that is no frame: it is counted, and over. */
  refuse(bytes: number): void;
}

/** Of Ethernet and an IP packet of the greatest length: more is not a frame. */
export const MAX_FRAME_BYTES = 14 + 65535;
