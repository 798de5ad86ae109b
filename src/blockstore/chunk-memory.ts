/** Unpacked chunks in memory; the least recently used go first. */
export class ChunkMemory {
  readonly #limitBytes: number;
  readonly #chunks = new Map<number, Uint8Array>();
  #bytes = 0;

  constructor(limitBytes: number) {
    this.#limitBytes = limitBytes;
  }

  has(index: number): boolean {
    return this.#chunks.has(index);
  }

  get(index: number): Uint8Array | undefined {
    const chunk = this.#chunks.get(index);
    if (chunk !== undefined) {
      this.#chunks.delete(index);
      this.#chunks.set(index, chunk);
    }
    return chunk;
  }

  put(index: number, chunk: Uint8Array): void {
    this.#remove(index);
    this.#chunks.set(index, chunk);
    this.#bytes += chunk.byteLength;
    for (const oldest of this.#chunks.keys()) {
      if (this.#bytes <= this.#limitBytes) break;
      this.#remove(oldest);
    }
  }

  #remove(index: number): void {
    const chunk = this.#chunks.get(index);
    if (chunk === undefined) return;
    this.#chunks.delete(index);
    this.#bytes -= chunk.byteLength;
  }
}
