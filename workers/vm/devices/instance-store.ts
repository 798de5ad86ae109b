import { CloudError } from "../../../src/base/errors.ts";
import type { BlockDevice } from "../../../src/blockstore/block-device.ts";

/** As the block store's. */
const BLOCK_BYTES = 64 << 10;

/** Plain, structured-clonable content: only blocks that were written. */
interface SavedContent {
  readonly sizeBytes: number;
  readonly blocks: ReadonlyMap<number, Uint8Array>;
}

/**
 * A disk in memory (F44). It takes memory for what was written only; when the browser gives no more, the write is an
 * I/O error for the guest and nothing of it is acknowledged.
 */
export class InstanceStoreDisk implements BlockDevice {
  readonly sizeBytes: number;
  readonly readOnly = false;
  readonly #allocate: (bytes: number) => Uint8Array;
  #blocks = new Map<number, Uint8Array>();

  /** `allocate` gives zeros, or throws a RangeError when there is no memory. */
  constructor(sizeBytes: number, allocate = (bytes: number) => new Uint8Array(bytes)) {
    this.sizeBytes = sizeBytes;
    this.#allocate = allocate;
  }

  /** Bytes of memory that the content takes. */
  get storedBytes(): number {
    return this.#blocks.size * BLOCK_BYTES;
  }

  readCached(offset: number, length: number): Uint8Array {
    const out = new Uint8Array(length);
    for (const { block, inBlock, inRange, bytes } of pieces(offset, length)) {
      const content = this.#blocks.get(block);
      if (content !== undefined) out.set(content.subarray(inBlock, inBlock + bytes), inRange);
    }
    return out;
  }

  read(offset: number, length: number): Promise<Uint8Array> {
    return Promise.resolve(this.readCached(offset, length));
  }

  write(offset: number, data: Uint8Array): undefined {
    for (const { block, inBlock, inRange, bytes } of pieces(offset, data.byteLength)) {
      const part = data.subarray(inRange, inRange + bytes);
      let content = this.#blocks.get(block);
      if (content === undefined) {
        if (part.every((byte) => byte === 0)) continue;
        content = this.#newBlock(block);
      }
      content.set(part, inBlock);
    }
  }

  discard(offset: number, length: number): undefined {
    for (const { block, inBlock, bytes } of pieces(offset, length)) {
      if (bytes === BLOCK_BYTES) this.#blocks.delete(block);
      else this.#blocks.get(block)?.fill(0, inBlock, inBlock + bytes);
    }
  }

  flush(): Promise<void> {
    return Promise.resolve();
  }

  /** The content is gone. */
  close(): Promise<void> {
    this.#blocks.clear();
    return Promise.resolve();
  }

  /** A saved machine has its disk mounted: the content goes with it. */
  saveState(): SavedContent {
    return {
      sizeBytes: this.sizeBytes,
      blocks: new Map([...this.#blocks].map(([block, bytes]) => [block, bytes.slice()])),
    };
  }

  restoreState(saved: unknown): void {
    const { sizeBytes, blocks } = saved as SavedContent;
    if (sizeBytes !== this.sizeBytes) throw new Error(`the saved disk has ${sizeBytes} bytes, not ${this.sizeBytes}`);
    this.#blocks = new Map([...blocks].map(([block, bytes]) => [block, bytes.slice()]));
  }

  #newBlock(block: number): Uint8Array {
    let content: Uint8Array;
    try {
      content = this.#allocate(BLOCK_BYTES);
    } catch (cause) {
      const text = `The browser gives no more memory for an instance-store disk, which takes ${this.storedBytes} bytes. Delete files on it, or stop other instances.`;
      throw new CloudError("InstanceStore.OutOfMemory", text, { storedBytes: this.storedBytes }, cause);
    }
    this.#blocks.set(block, content);
    return content;
  }
}

/** The parts of blocks that [offset, offset + length) touches. */
function* pieces(offset: number, length: number) {
  for (let at = offset; at < offset + length; ) {
    const block = Math.floor(at / BLOCK_BYTES);
    const inBlock = at - block * BLOCK_BYTES;
    const bytes = Math.min(BLOCK_BYTES - inBlock, offset + length - at);
    yield { block, inBlock, inRange: at - offset, bytes };
    at += bytes;
  }
}
