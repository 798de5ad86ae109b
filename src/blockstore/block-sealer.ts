import type { CacheEntry, SealedBlock } from "./block-cache.ts";
import type { BlockCipher } from "./block-cipher.ts";
import { checksum, isZero } from "./checksum.ts";
import { BLOCK_BYTES, type Piece } from "./geometry.ts";

/**
 * Encrypts blocks for the store. A block that has been written to its end is likely to stay as it is: it is encrypted at
 * once, while the commit before its own is being stored (B52).
 */
export class BlockSealer {
  readonly #cipher: BlockCipher;

  constructor(cipher: BlockCipher) {
    this.#cipher = cipher;
  }

  /** After a write of `piece` into the entry. */
  written(entry: CacheEntry | undefined, { inBlock, length }: Piece): void {
    if (entry === undefined || inBlock + length < BLOCK_BYTES || isZero(new Int32Array(entry.bytes.buffer))) return;
    const sealed = this.#encrypt(entry);
    entry.sealed = sealed;
    // Whoever stores the block hears of it.
    sealed.catch(() => undefined);
  }

  /** The entry's bytes as they are now; what it gives is the caller's alone. */
  seal(entry: CacheEntry): Promise<SealedBlock> {
    const { sealed } = entry;
    entry.sealed = undefined;
    return sealed ?? this.#encrypt(entry);
  }

  /** The store has copied what `seal` gave: the memory is for the next block. */
  recycle(stored: ArrayBuffer): void {
    this.#cipher.recycle(stored);
  }

  async #encrypt({ block, bytes }: CacheEntry): Promise<SealedBlock> {
    const stored = await this.#cipher.encrypt(block, bytes);
    return { stored, sum: checksum(new Int32Array(stored), block) };
  }
}
