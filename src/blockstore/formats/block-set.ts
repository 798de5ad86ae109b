import { CloudError } from "../../base/errors.ts";
import { IMAGE_BLOCK_BYTES } from "./blocks.ts";

/** Which blocks of a disk have data: a bit each, 4 MiB for the largest disk. */
export class BlockSet {
  /** Blocks of the disk. */
  readonly blocks: number;
  #count = 0;
  readonly #bits: Uint8Array;

  constructor(sizeBytes: number) {
    this.blocks = Math.ceil(sizeBytes / IMAGE_BLOCK_BYTES);
    this.#bits = new Uint8Array(Math.ceil(this.blocks / 8));
  }

  /** The set of these blocks, in any order; `InvalidParameterValue` for one that is not on the disk. */
  static async of(sizeBytes: number, blocks: Iterable<number> | AsyncIterable<number>): Promise<BlockSet> {
    const set = new BlockSet(sizeBytes);
    for await (const block of blocks) set.add(block);
    return set;
  }

  /** How many are in the set. */
  get count(): number {
    return this.#count;
  }

  add(block: number): void {
    if (!Number.isInteger(block) || block < 0 || block >= this.blocks) {
      const message = `Block ${block} is not on a disk of ${this.blocks} blocks.`;
      throw new CloudError("InvalidParameterValue", message, { block, blocks: this.blocks });
    }
    if (this.has(block)) return;
    this.#bits[block >> 3] = (this.#bits[block >> 3] as number) | (1 << (block & 7));
    this.#count++;
  }

  has(block: number): boolean {
    return ((this.#bits[block >> 3] ?? 0) & (1 << (block & 7))) !== 0;
  }

  /** Says whether one of the blocks from `first` on, before `below`, is in the set. */
  hasAny(first: number, below: number): boolean {
    for (let block = first; block < below; ) {
      // Whole bytes at once: a set of 2^25 blocks is mostly gaps.
      if ((block & 7) === 0 && block + 8 <= below && this.#bits[block >> 3] === 0) block += 8;
      else if (this.has(block)) return true;
      else block++;
    }
    return false;
  }

  /** Stretches of blocks that are all in the set, or all not, in order; none has more than `most` blocks. */
  *runs(most: number): Generator<{ readonly first: number; readonly count: number; readonly inSet: boolean }> {
    for (let first = 0; first < this.blocks; ) {
      const inSet = this.has(first);
      let below = first + 1;
      while (below < this.blocks && below - first < most && this.has(below) === inSet) below++;
      yield { first, count: below - first, inSet };
      first = below;
    }
  }
}
