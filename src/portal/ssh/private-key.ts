import { type KeyPair, SshAlgorithms, BigInt as SshInteger } from "@microsoft/dev-tunnels-ssh";
import { Buffer } from "buffer";
import { fromBase64Url } from "../../base/bytes.ts";
import { Ed25519KeyPair } from "./ed25519.ts";
import { fingerprintOf } from "./host-key.ts";
import { encrypted, unreadable } from "./key-errors.ts";
import { openSshKey } from "./openssh-key.ts";

/** A private key, in this page's memory and nowhere else. */
export interface PrivateKey {
  /** As SSH names it, e.g. "ssh-rsa", "ecdsa-sha2-nistp256", "ssh-ed25519". */
  readonly type: string;
  /** Of the public key, as `ssh-keygen -l` prints it. */
  readonly fingerprint: string;
  readonly pair: KeyPair;
}

/** A key is a few kB; a disk that was dropped here by mistake is not read. */
export const MAX_KEY_FILE_BYTES = 64 * 1024;

/** X.690's tags. */
const INTEGER = 0x02;
const OCTET_STRING = 0x04;
const SEQUENCE = 0x30;
const VERSION_0 = Uint8Array.of(INTEGER, 1, 0);

/** AlgorithmIdentifiers (RFC 8017 §A.1, RFC 5480 §2.1.1). */
const RSA = hex("300d06092a864886f70d0101010500");
const CURVES = [
  hex("301306072a8648ce3d020106082a8648ce3d030107"),
  hex("301006072a8648ce3d020106052b81040022"),
  hex("301006072a8648ce3d020106052b81040023"),
];

/** What a PKCS#8 file may hold; WebCrypto refuses what is not of the kind that it is told. */
const KINDS = [
  { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" },
  { name: "ECDSA", namedCurve: "P-256" },
  { name: "ECDSA", namedCurve: "P-384" },
  { name: "ECDSA", namedCurve: "P-521" },
  { name: "Ed25519" },
];

/**
 * Reads a private key's file: PEM of PKCS#1, PKCS#8 or SEC 1, or OpenSSH's own format; RSA, ECDSA or ED25519.
 * `Ssh.KeyFormat` for anything else, `Ssh.KeyEncrypted` for one with a passphrase.
 */
export async function readPrivateKey(text: string): Promise<PrivateKey> {
  const jwk = await jwkOf(text.trim());
  const pair = await pairOf(jwk).catch((thrown) => {
    throw unreadable("the key in it does not fit together", thrown);
  });
  const blob = await pair.getPublicKeyBytes();
  if (blob === null) throw unreadable("it has no public key");
  return { type: pair.keyAlgorithmName, fingerprint: await fingerprintOf(blob), pair };
}

async function jwkOf(text: string): Promise<JsonWebKey> {
  if (text.startsWith("PuTTY-User-Key-File")) {
    throw unreadable("it is in PuTTY's format: `puttygen FILE -O private-openssh -o KEY` makes an OpenSSH key of it");
  }
  if (/^(?:ssh-|ecdsa-|-----BEGIN (?:[A-Z]+ )?PUBLIC KEY)/.test(text)) throw unreadable("it is a public key");
  const [, label = "", body = ""] = /-----BEGIN ([A-Z0-9 ]+)-----(.*?)-----END \1-----/s.exec(text) ?? [];
  if (label === "ENCRYPTED PRIVATE KEY" || body.includes("ENCRYPTED")) throw encrypted();
  if (!label.endsWith("PRIVATE KEY")) throw unreadable('it has no line such as "-----BEGIN RSA PRIVATE KEY-----"');
  const der = bytesOf(body);
  if (label === "OPENSSH PRIVATE KEY") return openSshKey(der);
  if (label === "RSA PRIVATE KEY") return await fromPkcs8(pkcs8(RSA, der));
  if (label === "PRIVATE KEY") return await fromPkcs8(der);
  if (label === "EC PRIVATE KEY") return await fromPkcs8(...CURVES.map((curve) => pkcs8(curve, der)));
  throw unreadable(`a ${label} is not known here`);
}

async function fromPkcs8(...files: readonly Uint8Array<ArrayBuffer>[]): Promise<JsonWebKey> {
  for (const file of files) {
    for (const kind of KINDS) {
      const key = await crypto.subtle.importKey("pkcs8", file, kind, true, ["sign"]).catch(() => null);
      if (key !== null) return await crypto.subtle.exportKey("jwk", key);
    }
  }
  throw unreadable("it is neither RSA nor ECDSA nor ED25519, or it is damaged");
}

async function pairOf(jwk: JsonWebKey): Promise<KeyPair> {
  if (jwk.kty === "OKP") return await Ed25519KeyPair.ofPrivateKey(jwk);
  const integer = (value = "") => SshInteger.fromBytes(Buffer.from(bytesOf(value)), { unsigned: true });
  const { publicKey } = SshAlgorithms;
  if (jwk.kty === "RSA") {
    const pair = required(publicKey.rsaWithSha256).createKeyPair();
    const [modulus, exponent, d, p] = [jwk.n, jwk.e, jwk.d, jwk.p].map(integer);
    const [q, dp, dq, qi] = [jwk.q, jwk.dp, jwk.dq, jwk.qi].map(integer);
    await pair.importParameters({ modulus, exponent, d, p, q, dp, dq, qi });
    return withPlainName(pair);
  }
  const size = { "P-256": 256, "P-384": 384, "P-521": 521 }[jwk.crv ?? ""];
  if (size === undefined) throw unreadable("its curve is not known here");
  const pair = required(publicKey[`ecdsaSha2Nistp${size as 256 | 384 | 521}`]).createKeyPair();
  const curve = { name: `nistp${size}` };
  await pair.importParameters({ curve, x: integer(jwk.x), y: integer(jwk.y), d: integer(jwk.d) });
  return withPlainName(pair);
}

/**
 * The library writes the signature's name ("rsa-sha2-256") into the key as well, where RFC 8332 §3 has "ssh-rsa":
 * OpenSSH does not mind, Dropbear then does not find the key among those that may log in.
 */
function withPlainName(pair: KeyPair): KeyPair {
  const bytes = pair.getPublicKeyBytes.bind(pair);
  pair.getPublicKeyBytes = () => bytes();
  return pair;
}

/** PrivateKeyInfo (RFC 5208 §5) around a key of an older format. */
function pkcs8(algorithm: Uint8Array, key: Uint8Array): Uint8Array<ArrayBuffer> {
  return element(SEQUENCE, VERSION_0, algorithm, element(OCTET_STRING, key));
}

function element(tag: number, ...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  const long = length > 0xff ? [0x82, length >> 8, length & 0xff] : [0x81, length];
  return Uint8Array.from([tag, ...(length < 0x80 ? [length] : long), ...parts.flatMap((part) => [...part])]);
}

/** Base64 as PEM and JWK have it. */
function bytesOf(text: string): Uint8Array<ArrayBuffer> {
  const bytes = fromBase64Url(text);
  if (bytes === undefined) throw unreadable("what stands between its first and its last line is not base64");
  return bytes;
}

function hex(text: string): Uint8Array {
  return Uint8Array.from(text.match(/../g) ?? [], (byte) => Number.parseInt(byte, 16));
}

function required<T>(algorithm: T | null | undefined): T {
  if (algorithm == null) throw new TypeError("The library lacks an algorithm.");
  return algorithm;
}
