import type { PacketHeader } from "./virtio-vsock-packet.ts";

/** The two halves of a stream's flow control (virtio 1.2 §5.10.6.3). All counters wrap at 2^32. */

/**
 * Bytes that the guest may have on their way to us per connection (our `buf_alloc`). Linux's own default; with a
 * reader that keeps up it allows 256 MB/s when the guest runs in slices of a millisecond.
 */
export const RECEIVE_BUFFER_BYTES = 256 << 10;

/** What we may still send. */
export class SendCredit {
  #peerAllocated = 0;
  #inFlight = 0;
  #sent = 0;

  get available(): number {
    return Math.max(0, this.#peerAllocated - this.#inFlight);
  }

  /** The size of the guest's own buffer. */
  get peerAllocated(): number {
    return this.#peerAllocated;
  }

  spend(bytes: number): void {
    this.#inFlight += bytes;
    this.#sent = (this.#sent + bytes) >>> 0;
  }

  /** Every packet of the guest brings its side. A `fwd_cnt` that cannot be (of bytes never sent, or going back) is not believed. */
  update(header: PacketHeader): void {
    this.#peerAllocated = header.bufferAllocated;
    const inFlight = (this.#sent - header.forwarded) >>> 0;
    if (inFlight <= this.#inFlight) this.#inFlight = inFlight;
  }
}

/** What the guest may still send, and what it has to be told of that. */
export class ReceiveCredit {
  #unread = 0;
  #forwarded = 0;
  #said = 0;

  /** Room for a data packet: a guest must not send more than its credit. */
  allows(bytes: number): boolean {
    return this.#unread + bytes <= RECEIVE_BUFFER_BYTES;
  }

  arrived(bytes: number): void {
    this.#unread += bytes;
  }

  consumed(bytes: number): void {
    this.#unread -= bytes;
    this.#forwarded = (this.#forwarded + bytes) >>> 0;
  }

  /**
   * The guest should hear of what was read when a quarter of the smaller buffer is free: Linux stalls at its own
   * buffer's size when that is smaller than ours, so ours alone would not do.
   */
  isWorthSaying(peerAllocated: number): boolean {
    const unsaid = (this.#forwarded - this.#said) >>> 0;
    return unsaid * 4 >= Math.min(RECEIVE_BUFFER_BYTES, Math.max(peerAllocated, 1));
  }

  /** For the header of a packet that is being sent now. */
  say(): { bufferAllocated: number; forwarded: number } {
    this.#said = this.#forwarded;
    return { bufferAllocated: RECEIVE_BUFFER_BYTES, forwarded: this.#forwarded };
  }
}
