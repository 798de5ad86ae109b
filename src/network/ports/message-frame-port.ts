import type { Disposable } from "../../base/disposable.ts";
import type { CloudError } from "../../base/errors.ts";
import { finish } from "../frames/finish.ts";
import type { AttachedPort, Frame, FramePort, Offload } from "../frames/frame.ts";
import { costOf } from "./batch.ts";
import { type CardOffloads, PacketChannel } from "./packet-channel.ts";
import { PACKET_HEADER_BYTES, readPacketHeader, writePacketHeader } from "./packet-header.ts";

/** Before its driver is up a guest takes nothing; what comes then is for one that knows of no offloads. */
const NO_OFFLOADS: CardOffloads = { checksum: false, tcpv4: false };

/** The network's end of an interface's way to its machine. Whoever attaches it to the network sets `attached`. */
export class MessageFramePort implements FramePort, Disposable {
  readonly #channel: PacketChannel;
  #attached: AttachedPort | undefined;
  #offloads = NO_OFFLOADS;
  /** Batches from the guest that are not dealt with yet, oldest first. */
  readonly #unfinished: { frames: number; readonly cost: number }[] = [];
  #flushing = false;

  constructor(port: MessagePort, onInvalid: (error: CloudError) => void) {
    this.#channel = new PacketChannel(port, {
      onPackets: (packets) => this.#receive(packets),
      onOffloads: (offloads) => {
        this.#offloads = offloads;
      },
      onInvalid,
    });
  }

  set attached(attached: AttachedPort) {
    this.#attached = attached;
  }

  deliver(frame: Frame): boolean {
    if (this.#takes(frame.offload)) return this.#send(frame.bytes, frame.offload);
    let all = true;
    for (const bytes of finish(frame)) all = this.#send(bytes, undefined) && all;
    return all;
  }

  flush(): void {
    this.#channel.flush();
  }

  consumed(frames: number): void {
    let left = frames;
    let granted = 0;
    for (let batch = this.#unfinished[0]; batch !== undefined && left >= batch.frames; batch = this.#unfinished[0]) {
      left -= batch.frames;
      granted += batch.cost;
      this.#unfinished.shift();
    }
    const next = this.#unfinished[0];
    if (next !== undefined) next.frames -= left;
    this.#channel.grant(granted);
  }

  dispose(): void {
    this.#attached?.dispose();
    this.#channel.dispose();
  }

  #takes(offload: Offload | undefined): boolean {
    if (offload === undefined) return true;
    return this.#offloads.checksum && (offload.gsoType === "none" || this.#offloads.tcpv4);
  }

  #send(bytes: Uint8Array, offload: Offload | undefined): boolean {
    if (!this.#channel.hasCredit) return false;
    const packet = this.#channel.add(PACKET_HEADER_BYTES + bytes.byteLength);
    writePacketHeader(packet, offload);
    packet.set(bytes, PACKET_HEADER_BYTES);
    // The network says when it has no more for now; what is sent outside of its turns goes after the task at hand.
    if (!this.#flushing) {
      this.#flushing = true;
      queueMicrotask(() => {
        this.#flushing = false;
        this.#channel.flush();
      });
    }
    return true;
  }

  #receive(packets: Uint8Array<ArrayBuffer>[]): void {
    let cost = 0;
    const frames: Frame[] = [];
    for (const packet of packets) {
      cost += costOf(packet.byteLength);
      const bytes = packet.subarray(PACKET_HEADER_BYTES);
      const offload = readPacketHeader(packet);
      if (offload === "malformed") this.#attached?.refuse(bytes.byteLength);
      else frames.push(offload === undefined ? { bytes } : { bytes, offload });
    }
    if (frames.length === 0 || this.#attached === undefined) {
      this.#channel.grant(cost);
      return;
    }
    this.#unfinished.push({ frames: frames.length, cost });
    for (const frame of frames) this.#attached.receive(frame);
  }
}
