/** The Enhanced Packet Block of pcapng (draft-ietf-opsawg-pcapng §4.3). */
const PACKET_BLOCK = 6;
const HEADER_BYTES = 8;

/** Counts the packets of a pcapng file as it comes, in whatever pieces. Ours are written in little-endian order. */
export class PcapngCounter {
  packets = 0;
  bytes = 0;
  readonly #header = new Uint8Array(HEADER_BYTES);
  #known = 0;
  #left = 0;

  add(chunk: Uint8Array): void {
    this.bytes += chunk.length;
    for (let at = 0; at < chunk.length; ) {
      if (this.#left > 0) {
        const skipped = Math.min(this.#left, chunk.length - at);
        this.#left -= skipped;
        at += skipped;
        continue;
      }
      this.#header[this.#known++] = chunk[at++] ?? 0;
      if (this.#known === HEADER_BYTES) this.#begin();
    }
  }

  /** A block's type, and the length of all of it. */
  #begin(): void {
    const view = new DataView(this.#header.buffer);
    if (view.getUint32(0, true) === PACKET_BLOCK) this.packets++;
    this.#left = Math.max(0, view.getUint32(4, true) - HEADER_BYTES);
    this.#known = 0;
  }
}
