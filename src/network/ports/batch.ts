import { CloudError } from "../../base/errors.ts";
import { ETHERNET_HEADER } from "../frames/ethernet.ts";
import { MAX_FRAME_BYTES } from "../frames/frame.ts";
import { PACKET_HEADER_BYTES } from "./packet-header.ts";

/**
 * Many packets in one buffer, which is moved from thread to thread. Each packet is its length (four bytes, little-endian,
 * of what follows), a virtio packet header, and an Ethernet frame.
 */
const LENGTH_BYTES = 4;
export const MIN_PACKET_BYTES = PACKET_HEADER_BYTES + ETHERNET_HEADER;
export const MAX_PACKET_BYTES = PACKET_HEADER_BYTES + MAX_FRAME_BYTES;

/** Holds three of the largest packets, or what a guest sends in a millisecond. */
const CAPACITY = 256 * 1024;

/**
 * What a packet takes of a window beyond its bytes: our own memory for it, and the work that even a small one is. So a
 * window has an end in packets, too.
 */
const OVERHEAD_BYTES = 256;

export const costOf = (packetBytes: number): number => packetBytes + OVERHEAD_BYTES;

export interface Batch {
  readonly packets: ArrayBuffer;
  /** How much of it is in use. */
  readonly bytes: number;
}

/** Fills batches. */
export class BatchWriter {
  #buffer = new Uint8Array(0);
  #view = new DataView(this.#buffer.buffer);
  #used = 0;

  get bytes(): number {
    return this.#used;
  }

  hasRoom(packetBytes: number): boolean {
    return this.#used === 0 || this.#used + LENGTH_BYTES + packetBytes <= CAPACITY;
  }

  /** Room for a packet of `MIN_PACKET_BYTES` to `MAX_PACKET_BYTES`, to be filled at once. There must be room. */
  add(packetBytes: number): Uint8Array<ArrayBuffer> {
    if (this.#buffer.byteLength === 0) {
      this.#buffer = new Uint8Array(CAPACITY);
      this.#view = new DataView(this.#buffer.buffer);
    }
    this.#view.setUint32(this.#used, packetBytes, true);
    const from = this.#used + LENGTH_BYTES;
    this.#used = from + packetBytes;
    return this.#buffer.subarray(from, this.#used);
  }

  /** What was added, to be moved away; `undefined` when that is nothing. */
  take(): Batch | undefined {
    const bytes = this.#used;
    if (bytes === 0) return undefined;
    this.#used = 0;
    // What waits at the other end takes no more memory than twice its bytes, and a small batch no new buffer.
    if (bytes < CAPACITY / 2) return { packets: this.#buffer.buffer.slice(0, bytes), bytes };
    const packets = this.#buffer.buffer;
    this.#buffer = new Uint8Array(0);
    return { packets, bytes };
  }
}

/** The packets of a batch, headers and frames. Throws `Protocol.Invalid` when it is none. */
export function readBatch({ packets, bytes }: Batch): Uint8Array<ArrayBuffer>[] {
  const invalid = () => new CloudError("Protocol.Invalid", "Invalid message between threads: a batch of packets.");
  if (!(packets instanceof ArrayBuffer) || !Number.isInteger(bytes) || bytes > packets.byteLength) throw invalid();
  const view = new DataView(packets);
  const found: Uint8Array<ArrayBuffer>[] = [];
  for (let at = 0; at < bytes; ) {
    const length = at + LENGTH_BYTES <= bytes ? view.getUint32(at, true) : 0;
    at += LENGTH_BYTES;
    if (length < MIN_PACKET_BYTES || length > MAX_PACKET_BYTES || at + length > bytes) throw invalid();
    found.push(new Uint8Array(packets, at, length));
    at += length;
  }
  return found;
}
