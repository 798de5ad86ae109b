import type { CacheEntry, SealedBlock } from "./block-cache.ts";
import type { BlockCipher } from "./block-cipher.ts";
import { checksum, isZero } from "./checksum.ts";
import { BLOCK_BYTES, type Piece } from "./geometry.ts";

/**
 * Blocks that are encrypted ahead at the same time. Enough to keep the browser's crypto threads busy; with more, a writer
 * that fills the cache would keep this thread from storing the commit that is ready.
 */
const AHEAD_AT_ONCE = 8;

/**
 * Encrypts blocks for the store. A block that has been written to its end is likely to stay as it is: it is encrypted
 * while the commit before its own is being stored (B52).
 */
export class BlockSealer {
  readonly #cipher: BlockCipher;
  /** Waiting to be encrypted ahead, by block. */
  readonly #waiting = new Map<number, CacheEntry>();
  #underWay = 0;

  constructor(cipher: BlockCipher) {
    this.#cipher = cipher;
  }

  /** After a write of `piece` into the entry. */
  written(entry: CacheEntry | undefined, { inBlock, length }: Piece): void {
    if (entry === undefined || inBlock + length < BLOCK_BYTES) return;
    this.#waiting.set(entry.block, entry);
    this.#encryptAhead();
  }

  /** The entry's bytes as they are now; what it gives is the caller's alone. */
  seal(entry: CacheEntry): Promise<SealedBlock> {
    const { sealed } = entry;
    entry.sealed = undefined;
    entry.isSealed = false;
    return sealed ?? this.#encrypt(entry);
  }

  /** The store has copied what `seal` gave: the memory is for the next block. */
  recycle(stored: ArrayBuffer): void {
    this.#cipher.recycle(stored);
  }

  /** All is stored. */
  rest(): void {
    this.#cipher.rest();
  }

  #encryptAhead(): void {
    for (const [block, entry] of this.#waiting) {
      if (this.#underWay >= AHEAD_AT_ONCE) return;
      this.#waiting.delete(block);
      // A commit has it by now, or there is nothing to encrypt.
      if (entry.state !== "dirty" || entry.sealed !== undefined || isZero(new Int32Array(entry.bytes.buffer))) continue;
      this.#underWay++;
      const sealed = this.#encrypt(entry);
      entry.sealed = sealed;
      const end = (isSealed: boolean) => {
        if (entry.sealed === sealed) entry.isSealed = isSealed;
        this.#underWay--;
        this.#encryptAhead();
      };
      // What it fails with, whoever stores the block hears.
      sealed.then(
        () => end(true),
        () => end(false),
      );
    }
  }

  async #encrypt({ block, bytes }: CacheEntry): Promise<SealedBlock> {
    const stored = await this.#cipher.encrypt(block, bytes);
    return { stored, sum: checksum(new Int32Array(stored), block) };
  }
}
