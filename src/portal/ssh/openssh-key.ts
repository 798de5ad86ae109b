import { SshDataReader } from "@microsoft/dev-tunnels-ssh";
import { Buffer } from "buffer";
import { toBase64Url } from "../../base/bytes.ts";
import { encrypted, unreadable } from "./key-errors.ts";

/** OpenSSH's PROTOCOL.key. */
const MAGIC = "openssh-key-v1\0";
const CURVES: Readonly<Record<string, string>> = { nistp256: "P-256", nistp384: "P-384", nistp521: "P-521" };
/** RFC 8032 §5.1.5: the private key is the seed, which OpenSSH stores with the public key behind it. */
const SEED_BYTES = 32;

/** Reads what stands between the lines of an "OPENSSH PRIVATE KEY". */
export function openSshKey(bytes: Uint8Array): JsonWebKey {
  const buffer = Buffer.from(bytes);
  if (buffer.subarray(0, MAGIC.length).toString("latin1") !== MAGIC) throw unreadable("it is not OpenSSH's");
  try {
    return keyIn(new SshDataReader(buffer.subarray(MAGIC.length)));
  } catch (thrown) {
    throw unreadable("it is damaged", thrown);
  }
}

function keyIn(file: SshDataReader): JsonWebKey {
  const cipher = file.readString("ascii");
  file.readString("ascii");
  file.readBinary();
  if (cipher !== "none") throw encrypted();
  if (file.readUInt32() !== 1) throw unreadable("there are several keys in it");
  file.readBinary();
  const key = new SshDataReader(file.readBinary());
  const [check, again] = [key.readUInt32(), key.readUInt32()];
  if (check !== again) throw unreadable("it is damaged");
  const type = key.readString("ascii");
  if (type === "ssh-rsa") return rsa(key);
  if (type === "ssh-ed25519") return ed25519(key);
  if (type.startsWith("ecdsa-sha2-")) return ecdsa(key);
  throw unreadable(`keys of the type ${type} are not known here`);
}

function rsa(key: SshDataReader): JsonWebKey {
  const [n, e, d] = [key.readBinary(), key.readBinary(), key.readBinary()];
  const [qi, p, q] = [key.readBinary(), key.readBinary(), key.readBinary()];
  const less = (prime: Uint8Array) => toBase64Url(integerBytes(integer(d) % (integer(prime) - 1n)));
  const field = (value: Uint8Array) => toBase64Url(withoutZeros(value));
  return {
    kty: "RSA",
    n: field(n),
    e: field(e),
    d: field(d),
    p: field(p),
    q: field(q),
    dp: less(p),
    dq: less(q),
    qi: field(qi),
  };
}

function ed25519(key: SshDataReader): JsonWebKey {
  const x = key.readBinary();
  const seed = key.readBinary().subarray(0, SEED_BYTES);
  return { kty: "OKP", crv: "Ed25519", x: toBase64Url(x), d: toBase64Url(seed) };
}

function ecdsa(key: SshDataReader): JsonWebKey {
  const curve = CURVES[key.readString("ascii")];
  if (curve === undefined) throw unreadable("its curve is not known here");
  // SEC 1 §2.3.3: 4, and both coordinates in full length.
  const point = key.readBinary().subarray(1);
  const size = point.length / 2;
  const d = withoutZeros(key.readBinary());
  const padded = new Uint8Array(size);
  padded.set(d, size - d.length);
  const [x, y] = [point.subarray(0, size), point.subarray(size)];
  return { kty: "EC", crv: curve, x: toBase64Url(x), y: toBase64Url(y), d: toBase64Url(padded) };
}

/** An mpint (RFC 4251 §5) has a zero in front where its first bit is set. */
function withoutZeros(bytes: Uint8Array): Uint8Array {
  const first = bytes.findIndex((byte) => byte !== 0);
  return bytes.subarray(first === -1 ? bytes.length : first);
}

const integer = (bytes: Uint8Array): bigint => BigInt(`0x0${Buffer.from(bytes).toString("hex")}`);

function integerBytes(value: bigint): Uint8Array {
  const text = value.toString(16);
  return Buffer.from(text.length % 2 === 0 ? text : `0${text}`, "hex");
}
