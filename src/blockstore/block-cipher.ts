import { toHex } from "../base/bytes.ts";
import { CloudError } from "../base/errors.ts";
import { BLOCK_BYTES } from "./geometry.ts";

/** AES-GCM's nonce and tag (NIST SP 800-38D §8.2, §5.2.1.2), which go with every block. */
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const ALGORITHM = "AES-GCM";
const CHECK_TEXT = "tabvisor block store";

/** What is stored for a block of a layer: nonce, ciphertext and tag where it is encrypted. */
export const storedBytesOf = ({ keyCheck }: { readonly keyCheck: string | null }): number =>
  keyCheck === null ? BLOCK_BYTES : NONCE_BYTES + BLOCK_BYTES + TAG_BYTES;

/**
 * Buffers that are kept for the next blocks, for fresh memory costs far more than the copy into it: 16 MiB while a volume
 * is written to as fast as it goes, as much as may wait to be stored; 1 MiB when all is stored.
 */
const SPARE_BUFFERS = 256;
const SPARE_AT_REST = 16;

/** Encrypts the blocks of a volume, each for its place on the disk. */
export class BlockCipher {
  readonly #key: CryptoKey;
  readonly #volumeId: string;
  readonly #spare: ArrayBuffer[] = [];

  constructor(key: CryptoKey, volumeId: string) {
    this.#key = key;
    this.#volumeId = volumeId;
  }

  async encrypt(block: number, bytes: Uint8Array<ArrayBuffer>): Promise<ArrayBuffer> {
    return await seal(this.#key, bytes, placeOf(block), () => this.#spare.pop());
  }

  /** What `encrypt` gave is no longer needed. */
  recycle(stored: ArrayBuffer): void {
    if (this.#spare.length < SPARE_BUFFERS) this.#spare.push(stored);
  }

  /** All is stored: most of the memory is not needed for a while. */
  rest(): void {
    this.#spare.length = Math.min(this.#spare.length, SPARE_AT_REST);
  }

  /** `Volume.BlockCorrupt` for what this key has not encrypted for this place. */
  async decrypt(block: number, stored: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
    try {
      return await unseal(this.#key, stored, placeOf(block));
    } catch (cause) {
      const why = "cannot be decrypted";
      const text = `Block ${block} of '${this.#volumeId}' ${why}. Restore it from a copy.`;
      throw new CloudError("Volume.BlockCorrupt", text, { volumeId: this.#volumeId, block, why }, cause);
    }
  }
}

/** What a layer keeps to tell whether a key is the one that it is encrypted with. */
export async function makeKeyCheck(key: CryptoKey): Promise<string> {
  const sealed = await seal(key, new TextEncoder().encode(CHECK_TEXT), new Uint8Array());
  return toHex(sealed);
}

/** The cipher for a disk, `undefined` where it is not encrypted. No key, or another one: `Volume.KeyUnavailable`. */
export async function cipherFor(
  volumeId: string,
  keyCheck: string | null,
  key: CryptoKey | undefined,
): Promise<BlockCipher | undefined> {
  if (keyCheck === null) return undefined;
  if (key !== undefined && (await fits(key, keyCheck))) return new BlockCipher(key, volumeId);
  const what = key === undefined ? "no key was given" : "the key is not the one that it was encrypted with";
  throw new CloudError("Volume.KeyUnavailable", `'${volumeId}' is encrypted, and ${what}.`, { volumeId });
}

async function fits(key: CryptoKey, keyCheck: string): Promise<boolean> {
  const sealed = Uint8Array.from(keyCheck.match(/../g) ?? [], (hex) => Number.parseInt(hex, 16));
  try {
    const text = await unseal(key, sealed, new Uint8Array());
    return new TextDecoder().decode(text) === CHECK_TEXT;
  } catch {
    // Another key, or one that may not decrypt: the browser says no more.
    return false;
  }
}

/** A block in another's place does not decrypt: its number is part of what the tag covers. */
const placeOf = (block: number) => new Uint8Array(new Float64Array([block]).buffer);

async function seal(
  key: CryptoKey,
  bytes: Uint8Array<ArrayBuffer>,
  additionalData: Uint8Array<ArrayBuffer>,
  spare: () => ArrayBuffer | undefined = () => undefined,
): Promise<ArrayBuffer> {
  // Random: 2³² blocks, 256 TiB of writes, before nonces are likely enough to repeat (NIST SP 800-38D §8.3).
  const iv = crypto.getRandomValues(new Uint8Array(NONCE_BYTES));
  const sealed = await crypto.subtle.encrypt({ name: ALGORITHM, iv, additionalData }, key, bytes);
  const stored = new Uint8Array(spare() ?? new ArrayBuffer(NONCE_BYTES + sealed.byteLength));
  stored.set(iv);
  stored.set(new Uint8Array(sealed), NONCE_BYTES);
  return stored.buffer;
}

async function unseal(
  key: CryptoKey,
  stored: Uint8Array<ArrayBuffer>,
  additionalData: Uint8Array<ArrayBuffer>,
): Promise<Uint8Array<ArrayBuffer>> {
  const iv = stored.subarray(0, NONCE_BYTES);
  const bytes = await crypto.subtle.decrypt({ name: ALGORITHM, iv, additionalData }, key, stored.subarray(NONCE_BYTES));
  return new Uint8Array(bytes);
}
