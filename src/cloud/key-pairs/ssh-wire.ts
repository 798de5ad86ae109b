import { concat, fromBase64Url } from "../../base/bytes.ts";

/** SSH's data types (RFC 4251 §5), as public keys and PuTTY's and OpenSSH's files have them. */

const ENCODER = new TextEncoder();

export function sshUint32(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value);
  return bytes;
}

/** Text is UTF-8. */
export function sshString(content: string | Uint8Array): Uint8Array {
  const bytes = typeof content === "string" ? ENCODER.encode(content) : content;
  return concat([sshUint32(bytes.byteLength), bytes]);
}

/** An "mpint" of an unsigned number, big-endian: without zeros in front, but with one where the first bit is set. */
export function sshInteger(unsigned: Uint8Array): Uint8Array {
  const first = unsigned.findIndex((byte) => byte !== 0);
  const digits = first < 0 ? new Uint8Array() : unsigned.subarray(first);
  return sshString((digits[0] ?? 0) < 0x80 ? digits : concat([Uint8Array.of(0), digits]));
}

/** Reads strings one after the other; undefined when there is not as much as is said. */
export class SshReader {
  readonly #bytes: Uint8Array;
  #offset = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get atEnd(): boolean {
    return this.#offset === this.#bytes.byteLength;
  }

  string(): Uint8Array | undefined {
    const { buffer, byteOffset, byteLength } = this.#bytes;
    if (byteLength - this.#offset < 4) return undefined;
    const length = new DataView(buffer, byteOffset + this.#offset, 4).getUint32(0);
    const start = this.#offset + 4;
    if (byteLength - start < length) return undefined;
    this.#offset = start + length;
    return this.#bytes.slice(start, this.#offset);
  }

  /** A number that is not negative, without zeros in front. */
  integer(): Uint8Array | undefined {
    const bytes = this.string();
    if (bytes === undefined || (bytes[0] ?? 0) >= 0x80) return undefined;
    return bytes.slice(bytes.findIndex((byte) => byte !== 0));
  }
}

/** A member of a JSON Web Key. */
export const jwkBytes = (text = ""): Uint8Array<ArrayBuffer> => fromBase64Url(text) ?? new Uint8Array();
