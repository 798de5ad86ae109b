import { md5 } from "@noble/hashes/legacy.js";
import { concat, fromBase64, toBase64, toBase64Url } from "../../base/bytes.ts";
import { CloudError } from "../../base/errors.ts";
import { jwkBytes, SshReader, sshInteger, sshString } from "./ssh-wire.ts";

/** EC2's types of key pairs. */
export const KEY_TYPES = ["rsa", "ed25519"] as const;
export type KeyType = (typeof KEY_TYPES)[number];

export interface PublicKey {
  readonly type: KeyType;
  /** SSH's public key blob (RFC 4253 §6.6, RFC 8709 §4). */
  readonly blob: Uint8Array<ArrayBuffer>;
  /** SubjectPublicKeyInfo, in DER (RFC 5280 §4.1). */
  readonly spki: Uint8Array<ArrayBuffer>;
}

const NAMES: Readonly<Record<KeyType, string>> = { rsa: "ssh-rsa", ed25519: "ssh-ed25519" };
/** Only reading and writing is done with it: the hash does not matter. */
const RSA = { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" };
const ED25519 = { name: "Ed25519" };
const ED25519_BYTES = 32;
/** RFC 8410 §4: SEQUENCE { SEQUENCE { 1.3.101.112 }, BIT STRING }; what follows is the key. */
const ED25519_SPKI = Uint8Array.of(0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00);
/** EC2 User Guide, "Requirements for key pairs": 1024, 2048 and 4096 bits; what lies between them is taken as well. */
const RSA_BYTES = { least: 128, most: 512 };
/** An RSA key of 4096 bits takes 1 KB, with whatever a file says besides. */
const MAX_MATERIAL = 16_384;

/** Public key of a file's text: OpenSSH's, RFC 4716's, or SPKI's DER in base64. `InvalidKeyPair.Format` for all else. */
export async function readPublicKey(material: string): Promise<PublicKey> {
  const text = material.length > MAX_MATERIAL ? "" : material.trim();
  const blob = blobOfRfc4716(text) ?? blobOfOpenSsh(text);
  const key = blob === undefined ? await keyOfDer(text) : await keyOfBlob(blob);
  if (key === undefined) throw new CloudError("InvalidKeyPair.Format", "Key is not in valid OpenSSH public key format");
  return key;
}

/** An OpenSSH public key's line, without a comment. */
export const openSshLine = ({ type, blob }: Pick<PublicKey, "type" | "blob">): string =>
  `${NAMES[type]} ${toBase64(blob)}`;

/** F62: of an imported key. An Ed25519 key's is the same when EC2 has made it. */
export async function publicFingerprint({ type, blob, spki }: PublicKey): Promise<string> {
  if (type === "rsa") return colonHex(md5(spki));
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", blob));
  // As `ssh-keygen -l` prints it, without the padding.
  return toBase64(digest).replaceAll("=", "");
}

export const colonHex = (bytes: Uint8Array): string =>
  Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join(":");

/** Of an RSA key that WebCrypto can export. */
export async function rsaPublicKey(key: CryptoKey): Promise<PublicKey> {
  const { n, e } = await crypto.subtle.exportKey("jwk", key);
  const blob = concat([sshString(NAMES.rsa), sshInteger(jwkBytes(e)), sshInteger(jwkBytes(n))]);
  return { type: "rsa", blob, spki: new Uint8Array(await crypto.subtle.exportKey("spki", key)) };
}

export function ed25519PublicKey(raw: Uint8Array): PublicKey {
  return {
    type: "ed25519",
    blob: concat([sshString(NAMES.ed25519), sshString(raw)]),
    spki: concat([ED25519_SPKI, raw]),
  };
}

/** "type base64 comment", perhaps with options before it, as a line of authorized_keys (sshd(8)). */
function blobOfOpenSsh(text: string): Uint8Array | undefined {
  const line = text.split(/\r?\n/).find((one) => one.trim() !== "" && !one.startsWith("#")) ?? "";
  const words = line.trim().split(/[ \t]+/);
  const at = words.findIndex((word) => word.startsWith("ssh-"));
  return at < 0 ? undefined : (fromBase64(words[at + 1] ?? "") ?? new Uint8Array());
}

/** RFC 4716 §3: headers may go on over several lines, which end in a backslash. */
function blobOfRfc4716(text: string): Uint8Array | undefined {
  const file = /^---- BEGIN SSH2 PUBLIC KEY ----\r?\n([\s\S]*?)\r?\n---- END SSH2 PUBLIC KEY ----$/.exec(text);
  if (file === null) return undefined;
  const lines = (file[1] ?? "").replaceAll(/\\\r?\n/g, "").split(/\r?\n/);
  return fromBase64(lines.filter((line) => !line.includes(":")).join("")) ?? new Uint8Array();
}

async function keyOfBlob(blob: Uint8Array): Promise<PublicKey | undefined> {
  const reader = new SshReader(blob);
  const name = new TextDecoder().decode(reader.string());
  if (name === NAMES.ed25519) {
    const raw = reader.string();
    return raw?.byteLength === ED25519_BYTES && reader.atEnd ? ed25519PublicKey(raw) : undefined;
  }
  const [e, n] = [reader.integer(), reader.integer()];
  if (name !== NAMES.rsa || e === undefined || n === undefined || !reader.atEnd) return undefined;
  const jwk = { kty: "RSA", n: toBase64Url(n), e: toBase64Url(e) };
  const key = await crypto.subtle.importKey("jwk", jwk, RSA, true, ["verify"]).catch(() => undefined);
  return key && (await goodRsa(key));
}

async function keyOfDer(text: string): Promise<PublicKey | undefined> {
  const der = /^[A-Za-z0-9+/=\s]+$/.test(text) ? fromBase64(text) : undefined;
  if (der === undefined) return undefined;
  const { length: before } = ED25519_SPKI;
  if (der.byteLength === before + ED25519_BYTES && ED25519_SPKI.every((byte, index) => der[index] === byte)) {
    return ed25519PublicKey(der.slice(before));
  }
  const key = await crypto.subtle.importKey("spki", der, RSA, true, ["verify"]).catch(() => undefined);
  return key && (await goodRsa(key));
}

async function goodRsa(key: CryptoKey): Promise<PublicKey | undefined> {
  const { n } = await crypto.subtle.exportKey("jwk", key);
  const bytes = jwkBytes(n).byteLength;
  return bytes >= RSA_BYTES.least && bytes <= RSA_BYTES.most ? await rsaPublicKey(key) : undefined;
}

/** Not in all browsers: `UnsupportedOperation`. */
export async function generateEd25519(): Promise<CryptoKeyPair> {
  try {
    return (await crypto.subtle.generateKey(ED25519, true, ["sign", "verify"])) as CryptoKeyPair;
  } catch (error) {
    const text =
      "This browser cannot make ED25519 keys. Use a newer one, an RSA key, or import a key that ssh-keygen made.";
    throw new CloudError("UnsupportedOperation", text, {}, error);
  }
}

/** EC2's are of 2048 bits. */
export async function generateRsa(): Promise<CryptoKeyPair> {
  const algorithm = { ...RSA, modulusLength: 2048, publicExponent: Uint8Array.of(1, 0, 1) };
  return await crypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
}
