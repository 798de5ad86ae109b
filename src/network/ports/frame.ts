/** An Ethernet frame, as it goes between a guest's network card and the network. */
export interface Frame {
  /**
   * From the destination address on, without the frame check sequence: `FRAME_MIN` to `FRAME_MAX` bytes. Whoever is given
   * a frame may change its bytes, and has them for the time of the call only.
   */
  readonly bytes: Uint8Array;
  /** What its sender has left to be done; absent: the frame is complete. */
  readonly offload?: Offload;
}

/** The header of a virtio network card's packets, as a struct (virtio 1.2 §5.1.6). */
export interface Offload {
  /**
   * The checksum is not made yet: the sum of what follows `csumStart`, to be put `csumOffset` bytes behind it, over which
   * the pseudo header's sum stands already (virtio 1.2 §5.1.6.2).
   */
  readonly needsChecksum: boolean;
  /** Bytes from the frame's first one. */
  readonly csumStart: number;
  readonly csumOffset: number;
  /** "tcpv4": a TCP segment of up to 64 KiB, to be cut into pieces; its checksum is always left to be made, too. */
  readonly gsoType: "none" | "tcpv4";
  /** Payload bytes of each piece: the TCP connection's MSS. */
  readonly gsoSize: number;
  /** Bytes of all headers together, as a hint; not to be trusted. */
  readonly headerBytes: number;
}

/** Two addresses and a type. */
export const ETHERNET_HEADER_BYTES = 14;
export const FRAME_MIN = ETHERNET_HEADER_BYTES;
/** The largest IP packet, in a frame with an 802.1Q tag. */
export const FRAME_MAX = ETHERNET_HEADER_BYTES + 4 + 65_535;

/** Where an interface is plugged in, as the network sees it. */
export interface FramePort {
  /** Takes what the guest sends: set by the network when the port is attached. What comes before that is dropped. */
  receive: (frame: Frame) => void;
  /**
   * Sends a frame to the guest; its bytes are copied before this returns. False: the guest takes no more at present, and
   * the frame is dropped. What the guest cannot take as it is (`Offload`) is finished on the way.
   */
  deliver(frame: Frame): boolean;
}
