import { CloudError } from "../../base/errors.ts";
import type { MasterRecord } from "./encryption-records.ts";

/** RFC 3394, made for wrapping keys: 8 bytes more than the key, and a key that does not fit is noticed. */
const WRAPPING = { name: "AES-KW", length: 256 } as const;
const DATA = { name: "AES-GCM", length: 256 } as const;
const MASTER_USAGES: KeyUsage[] = ["wrapKey", "unwrapKey"];
const DATA_USAGES: KeyUsage[] = ["encrypt", "decrypt"];

/** OWASP Password Storage Cheat Sheet, "PBKDF2", for HMAC-SHA-256. Older records keep the count that they were made with. */
const PBKDF2_ITERATIONS = 600_000;
/** NIST SP 800-132 §5.1: at least 128 bits. */
const SALT_BYTES = 16;

type Bytes = Uint8Array<ArrayBuffer>;

/** A master key with how it is found again. */
export interface Master {
  readonly key: CryptoKey;
  readonly record: MasterRecord;
}

/** A master key that the browser keeps and nobody can read out. */
export async function makeBrowserKey(): Promise<Master> {
  const key = await crypto.subtle.generateKey(WRAPPING, false, MASTER_USAGES);
  return { key, record: { kind: "browser-key", key } };
}

/** A master key from a new passphrase. */
export async function makePassphraseKey(passphrase: string): Promise<Master> {
  const salt = crypto.getRandomValues(new Uint8Array(SALT_BYTES));
  const key = await derive(passphrase, salt, PBKDF2_ITERATIONS);
  const { wrapped: check } = await makeDataKey(key);
  return { key, record: { kind: "passphrase", salt, iterations: PBKDF2_ITERATIONS, check } };
}

/** The master key that a passphrase gives; undefined when it is not the right one. */
export async function openPassphraseKey(
  passphrase: string,
  record: MasterRecord & { readonly kind: "passphrase" },
): Promise<CryptoKey | undefined> {
  const key = await derive(passphrase, record.salt, record.iterations);
  return (await unwrap(record.check, key, false)) === undefined ? undefined : key;
}

/** A new random key for data: as it is used, and as it is stored. */
export async function makeDataKey(master: CryptoKey): Promise<{ key: CryptoKey; wrapped: Bytes }> {
  const readable = await crypto.subtle.generateKey(DATA, true, DATA_USAGES);
  const wrapped = await wrap(readable, master);
  return { key: await openDataKey(wrapped, master), wrapped };
}

/** A data key as it is used: it cannot be read out. `Encryption.KeyCorrupt` for one that the master key does not open. */
export async function openDataKey(wrapped: Bytes, master: CryptoKey): Promise<CryptoKey> {
  const key = await unwrap(wrapped, master, false);
  if (key === undefined) throw corrupt();
  return key;
}

/** A data key wrapped by another master key. */
export async function rewrapDataKey(wrapped: Bytes, from: CryptoKey, to: CryptoKey): Promise<Bytes> {
  const readable = await unwrap(wrapped, from, true);
  if (readable === undefined) throw corrupt();
  return await wrap(readable, to);
}

async function derive(passphrase: string, salt: Bytes, iterations: number): Promise<CryptoKey> {
  // The same letters may be typed as different code points (Unicode UAX #15).
  const secret = new TextEncoder().encode(passphrase.normalize("NFC"));
  const base = await crypto.subtle.importKey("raw", secret, "PBKDF2", false, ["deriveKey"]);
  const how = { name: "PBKDF2", hash: "SHA-256", salt, iterations };
  return await crypto.subtle.deriveKey(how, base, WRAPPING, false, MASTER_USAGES);
}

const wrap = async (key: CryptoKey, master: CryptoKey): Promise<Bytes> =>
  new Uint8Array(await crypto.subtle.wrapKey("raw", key, master, WRAPPING.name));

async function unwrap(wrapped: Bytes, master: CryptoKey, extractable: boolean): Promise<CryptoKey | undefined> {
  try {
    return await crypto.subtle.unwrapKey("raw", wrapped, master, WRAPPING.name, DATA, extractable, DATA_USAGES);
  } catch {
    // It does not fit; the browser says no more (RFC 3394 §2.2.3).
    return undefined;
  }
}

const corrupt = () =>
  new CloudError(
    "Encryption.KeyCorrupt",
    "A stored key cannot be opened with the cloud's master key: what it encrypts cannot be read. Restore it from a copy.",
  );
