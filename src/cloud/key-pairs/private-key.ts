import { concat, toBase64 } from "../../base/bytes.ts";
import { CloudError } from "../../base/errors.ts";
import {
  colonHex,
  ed25519PublicKey,
  generateEd25519,
  generateRsa,
  type KeyType,
  type PublicKey,
  publicFingerprint,
  rsaPublicKey,
} from "./public-key.ts";
import { jwkBytes, sshInteger, sshString, sshUint32 } from "./ssh-wire.ts";

/** EC2's file formats of private keys. */
export const KEY_FORMATS = ["pem", "ppk"] as const;
export type KeyFormat = (typeof KEY_FORMATS)[number];

export interface NewKey {
  readonly publicKey: PublicKey;
  readonly fingerprint: string;
  /** The private key's file. It is nowhere else. */
  readonly file: string;
}

const PEM_COLUMNS = 64;
/** OpenSSH breaks its own files at 70. */
const OPENSSH_COLUMNS = 70;

/** A new key pair as CreateKeyPair gives it; `name` is the comment in its file, where the format has one. */
export async function makeKey(type: KeyType, format: KeyFormat, name: string): Promise<NewKey> {
  return type === "rsa"
    ? await newRsaKey(await generateRsa(), format, name)
    : await newEd25519Key(await generateEd25519(), format, name);
}

export async function newRsaKey(pair: CryptoKeyPair, format: KeyFormat, name: string): Promise<NewKey> {
  const publicKey = await rsaPublicKey(pair.publicKey);
  const pkcs8 = new Uint8Array(await crypto.subtle.exportKey("pkcs8", pair.privateKey));
  // F62: of a key that EC2 has made, SHA-1 of the private key.
  const fingerprint = colonHex(new Uint8Array(await crypto.subtle.digest("SHA-1", pkcs8)));
  if (format === "pem") {
    return { publicKey, fingerprint, file: armour("RSA PRIVATE KEY", innerKey(pkcs8), PEM_COLUMNS) };
  }
  const { d, p, q, qi } = await crypto.subtle.exportKey("jwk", pair.privateKey);
  const secret = concat([d, p, q, qi].map((part) => sshInteger(jwkBytes(part))));
  return { publicKey, fingerprint, file: await ppkFile("ssh-rsa", publicKey.blob, secret, name) };
}

export async function newEd25519Key(pair: CryptoKeyPair, format: KeyFormat, name: string): Promise<NewKey> {
  const raw = new Uint8Array(await crypto.subtle.exportKey("raw", pair.publicKey));
  const publicKey = ed25519PublicKey(raw);
  const fingerprint = await publicFingerprint(publicKey);
  const { d } = await crypto.subtle.exportKey("jwk", pair.privateKey);
  const seed = jwkBytes(d);
  const file =
    format === "pem"
      ? openSshFile(publicKey.blob, seed, raw, name)
      : await ppkFile("ssh-ed25519", publicKey.blob, sshString(withoutLastZeros(seed)), name);
  return { publicKey, fingerprint, file };
}

/** PKCS#1's RSAPrivateKey in PKCS#8 (RFC 5208 §5): after a version and an algorithm comes an OCTET STRING with it. */
function innerKey(pkcs8: Uint8Array): Uint8Array {
  let offset = contentOf(pkcs8, 0x30, 0).start;
  offset = contentOf(pkcs8, 0x02, offset).end;
  offset = contentOf(pkcs8, 0x30, offset).end;
  const { start, end } = contentOf(pkcs8, 0x04, offset);
  return pkcs8.slice(start, end);
}

/** The content of the DER element at `offset` (X.690 §8.1): a tag, a length in one byte or in as many as it says. */
function contentOf(der: Uint8Array, tag: number, offset: number): { start: number; end: number } {
  if (der[offset] !== tag) throw new CloudError("InternalError", "The browser exported a key that is no PKCS#8.");
  const first = der[offset + 1] ?? 0;
  const lengthBytes = first < 0x80 ? 0 : first & 0x7f;
  const digits = der.subarray(offset + 2, offset + 2 + lengthBytes);
  const length = lengthBytes === 0 ? first : digits.reduce((sum, byte) => sum * 256 + byte, 0);
  const start = offset + 2 + lengthBytes;
  return { start, end: start + length };
}

/** OpenSSH's PROTOCOL.key, without a passphrase. */
function openSshFile(blob: Uint8Array, seed: Uint8Array, raw: Uint8Array, comment: string): string {
  const check = crypto.getRandomValues(new Uint8Array(4));
  const secret = concat([check, check, blob, sshString(concat([seed, raw])), sshString(comment)]);
  // Padded to the cipher's block size, which without a cipher is 8, with 1, 2, 3, …
  const padding = Uint8Array.from({ length: (8 - (secret.byteLength % 8)) % 8 }, (_, index) => index + 1);
  const file = concat([
    new TextEncoder().encode("openssh-key-v1\0"),
    ...["none", "none", ""].map(sshString),
    sshUint32(1),
    sshString(blob),
    sshString(concat([secret, padding])),
  ]);
  return armour("OPENSSH PRIVATE KEY", file, OPENSSH_COLUMNS);
}

/** PuTTY's manual, appendix C, "PPK file format", version 2, without a passphrase. Every PuTTY reads it. */
async function ppkFile(algorithm: string, blob: Uint8Array, secret: Uint8Array, comment: string): Promise<string> {
  const covered = concat([algorithm, "none", comment, blob, secret].map(sshString));
  const text = new TextEncoder().encode("putty-private-key-file-mac-key");
  const hmac = { name: "HMAC", hash: "SHA-1" };
  const key = await crypto.subtle.importKey("raw", await crypto.subtle.digest("SHA-1", text), hmac, false, ["sign"]);
  const mac = colonHex(new Uint8Array(await crypto.subtle.sign("HMAC", key, covered))).replaceAll(":", "");
  const lines = (bytes: Uint8Array) => toBase64(bytes).match(/.{1,64}/g) ?? [];
  const [shown, hidden] = [lines(blob), lines(secret)];
  return [
    `PuTTY-User-Key-File-2: ${algorithm}`,
    "Encryption: none",
    `Comment: ${comment}`,
    `Public-Lines: ${shown.length}`,
    ...shown,
    `Private-Lines: ${hidden.length}`,
    ...hidden,
    `Private-MAC: ${mac}`,
    "",
  ].join("\n");
}

/** PuTTY has the seed as a little-endian number. */
function withoutLastZeros(bytes: Uint8Array): Uint8Array {
  return bytes.subarray(0, bytes.findLastIndex((byte) => byte !== 0) + 1);
}

function armour(label: string, bytes: Uint8Array, columns: number): string {
  const lines = toBase64(bytes).match(new RegExp(`.{1,${columns}}`, "g")) ?? [];
  return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ""].join("\n");
}
