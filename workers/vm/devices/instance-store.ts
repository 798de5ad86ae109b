import { CloudError } from "../../../src/base/errors.ts";
import type { BlockDevice } from "../../../src/blockstore/block-device.ts";

/** As the block store's. */
const BLOCK_BYTES = 64 << 10;

/** Plain, structured-clonable content: only blocks that were written, and over a base those that were discarded. */
interface SavedContent {
  readonly sizeBytes: number;
  readonly blocks: ReadonlyMap<number, Uint8Array>;
  readonly zeros?: ReadonlySet<number>;
}

/** What a disk holds where nothing was written: never written to. As large as the disk. */
export type StoreBase = Pick<BlockDevice, "sizeBytes" | "readCached" | "read" | "close">;

export interface InstanceStoreOptions {
  /** Zeros where there is none. The disk closes it. */
  readonly base?: StoreBase | undefined;
  /** Gives zeros, or throws a RangeError when there is no memory. */
  readonly allocate?: (bytes: number) => Uint8Array;
}

interface Piece {
  readonly block: number;
  readonly inBlock: number;
  readonly inRange: number;
  readonly bytes: number;
}

/**
 * A disk in memory (F44). It takes memory for what was written only; when the browser gives no more, the write is an
 * I/O error for the guest and nothing of it is acknowledged. Over a base it is copy-on-write.
 */
export class InstanceStoreDisk implements BlockDevice {
  readonly sizeBytes: number;
  readonly readOnly = false;
  readonly #base: StoreBase | undefined;
  readonly #allocate: (bytes: number) => Uint8Array;
  #blocks = new Map<number, Uint8Array>();
  /** Blocks that are zeros, whatever the base holds. */
  #zeros = new Set<number>();

  constructor(
    sizeBytes: number,
    { base, allocate = (bytes: number) => new Uint8Array(bytes) }: InstanceStoreOptions = {},
  ) {
    this.sizeBytes = sizeBytes;
    this.#base = base;
    this.#allocate = allocate;
  }

  /** Bytes of memory that the content takes. */
  get storedBytes(): number {
    return this.#blocks.size * BLOCK_BYTES;
  }

  readCached(offset: number, length: number): Uint8Array | undefined {
    const out = new Uint8Array(length);
    for (const piece of pieces(offset, length)) {
      if (this.#copyOwn(piece, out)) continue;
      const content = this.#base?.readCached(piece.block * BLOCK_BYTES + piece.inBlock, piece.bytes);
      if (content === undefined) return undefined;
      out.set(content, piece.inRange);
    }
    return out;
  }

  async read(offset: number, length: number): Promise<Uint8Array> {
    const out = new Uint8Array(length);
    const ofBase = [...pieces(offset, length)].filter((piece) => !this.#copyOwn(piece, out));
    await Promise.all(
      ofBase.map(async ({ block, inBlock, inRange, bytes }) => {
        const content = await (this.#base as StoreBase).read(block * BLOCK_BYTES + inBlock, bytes);
        out.set(content, inRange);
      }),
    );
    return out;
  }

  write(offset: number, data: Uint8Array): Promise<void> | undefined {
    return this.#change(offset, data.byteLength, data);
  }

  discard(offset: number, length: number): Promise<void> | undefined {
    return this.#change(offset, length, undefined);
  }

  flush(): Promise<void> {
    return Promise.resolve();
  }

  /** The content is gone. */
  async close(): Promise<void> {
    this.#blocks.clear();
    this.#zeros.clear();
    await this.#base?.close();
  }

  /** A saved machine has its disk mounted: the content goes with it. */
  saveState(): SavedContent {
    return {
      sizeBytes: this.sizeBytes,
      blocks: new Map([...this.#blocks].map(([block, bytes]) => [block, bytes.slice()])),
      zeros: new Set(this.#zeros),
    };
  }

  restoreState(saved: unknown): void {
    const { sizeBytes, blocks, zeros = new Set() } = saved as SavedContent;
    if (sizeBytes !== this.sizeBytes) throw new Error(`the saved disk has ${sizeBytes} bytes, not ${this.sizeBytes}`);
    this.#blocks = new Map([...blocks].map(([block, bytes]) => [block, bytes.slice()]));
    this.#zeros = new Set(zeros);
  }

  /** Copies what does not come from the base; says whether that was all. */
  #copyOwn({ block, inBlock, inRange, bytes }: Piece, out: Uint8Array): boolean {
    const content = this.#blocks.get(block);
    if (content !== undefined) out.set(content.subarray(inBlock, inBlock + bytes), inRange);
    return content !== undefined || this.#isZero(block);
  }

  #isZero(block: number): boolean {
    return this.#base === undefined || this.#zeros.has(block);
  }

  /** Writes, or without data discards: at once, unless what the base holds beside it is to be read first. */
  #change(offset: number, length: number, data: Uint8Array | undefined): Promise<void> | undefined {
    const all = [...pieces(offset, length)];
    const needed = all.filter((piece) => !this.#isWhole(piece)).map(({ block }) => block);
    const missing = needed.filter((block) => !this.#take(block));
    if (missing.length === 0) {
      this.#apply(all, data);
      return undefined;
    }
    // The caller may reuse its buffer as soon as this returns.
    return this.#changeLater(all, data?.slice(), missing);
  }

  async #changeLater(all: readonly Piece[], data: Uint8Array | undefined, missing: readonly number[]): Promise<void> {
    await Promise.all(missing.map((block) => this.#load(block)));
    this.#apply(all, data);
  }

  #apply(all: readonly Piece[], data: Uint8Array | undefined): void {
    for (const piece of all) {
      const { block, inBlock, inRange, bytes } = piece;
      if (data === undefined && this.#isWhole(piece)) this.#forget(block);
      else if (data === undefined) this.#blocks.get(block)?.fill(0, inBlock, inBlock + bytes);
      else this.#put(piece, data.subarray(inRange, inRange + bytes));
    }
  }

  #put({ block, inBlock }: Piece, part: Uint8Array): void {
    let content = this.#blocks.get(block);
    if (content === undefined) {
      if (this.#isZero(block) && part.every((byte) => byte === 0)) return;
      content = this.#newBlock(block);
    }
    content.set(part, inBlock);
  }

  #forget(block: number): void {
    this.#blocks.delete(block);
    if (this.#base !== undefined) this.#zeros.add(block);
  }

  #isWhole({ block, inBlock, bytes }: Piece): boolean {
    return inBlock === 0 && bytes === this.#lengthOf(block);
  }

  /** The last block ends with the disk. */
  #lengthOf(block: number): number {
    return Math.min(BLOCK_BYTES, this.sizeBytes - block * BLOCK_BYTES);
  }

  /** Says whether a block does not need the base, taking its content from there when that is in memory. */
  #take(block: number): boolean {
    if (this.#blocks.has(block) || this.#isZero(block)) return true;
    const content = this.#base?.readCached(block * BLOCK_BYTES, this.#lengthOf(block));
    if (content === undefined) return false;
    this.#newBlock(block).set(content);
    return true;
  }

  async #load(block: number): Promise<void> {
    const content = await (this.#base as StoreBase).read(block * BLOCK_BYTES, this.#lengthOf(block));
    // What was written or discarded meanwhile is newer.
    if (!this.#blocks.has(block) && !this.#isZero(block)) this.#newBlock(block).set(content);
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
function* pieces(offset: number, length: number): Generator<Piece> {
  for (let at = offset; at < offset + length; ) {
    const block = Math.floor(at / BLOCK_BYTES);
    const inBlock = at - block * BLOCK_BYTES;
    const bytes = Math.min(BLOCK_BYTES - inBlock, offset + length - at);
    yield { block, inBlock, inRange: at - offset, bytes };
    at += bytes;
  }
}
