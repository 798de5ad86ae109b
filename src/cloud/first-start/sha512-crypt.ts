import { sha512 } from "@noble/hashes/sha2.js";
import { concat } from "../../base/bytes.ts";

/** Ulrich Drepper, "Unix crypt using SHA-256 and SHA-512", version 0.6: "$6$salt$…", as in shadow(5). */

const ROUNDS = 5000;
const ALPHABET = "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const DIGEST_BYTES = 64;

/** `salt` has up to 16 characters of "./0-9A-Za-z". */
export function sha512Crypt(password: string, salt: string): string {
  const key = new TextEncoder().encode(password);
  const saltBytes = new TextEncoder().encode(salt);
  // Steps 1–12.
  const b = sha512(concat([key, saltBytes, key]));
  const parts = [key, saltBytes, repeated(b, key.length)];
  for (let bits = key.length; bits > 0; bits >>= 1) parts.push((bits & 1) === 1 ? b : key);
  let digest = sha512(concat(parts));
  // Steps 13–20.
  const p = repeated(sha512(concat(Array.from(key, () => key))), key.length);
  const times = 16 + (digest[0] ?? 0);
  const s = repeated(sha512(concat(Array.from({ length: times }, () => saltBytes))), saltBytes.length);
  // Step 21.
  for (let round = 0; round < ROUNDS; round++) {
    const odd = round % 2 === 1;
    digest = sha512(
      concat([odd ? p : digest, ...(round % 3 === 0 ? [] : [s]), ...(round % 7 === 0 ? [] : [p]), odd ? digest : p]),
    );
  }
  return `$6$${salt}$${encode(digest)}`;
}

export function newSalt(random: (count: number) => Uint8Array): string {
  return Array.from(random(16), (byte) => ALPHABET[byte & 63]).join("");
}

/** Step 22: three bytes at a time, in an order of its own, the last one alone; least significant digits first. */
function encode(digest: Uint8Array): string {
  let text = "";
  const put = (value: number, digits: number) => {
    for (let i = 0; i < digits; i++) text += ALPHABET[(value >> (6 * i)) & 63];
  };
  const at = (index: number) => digest[index] ?? 0;
  for (let i = 0; i < 21; i++) {
    const [x, y, z] = [i, i + 21, i + 42];
    const order = i % 3 === 0 ? [x, y, z] : i % 3 === 1 ? [y, z, x] : [z, x, y];
    const [high = 0, middle = 0, low = 0] = order.map(at);
    put((high << 16) | (middle << 8) | low, 4);
  }
  put(at(DIGEST_BYTES - 1), 2);
  return text;
}

function repeated(bytes: Uint8Array, length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, index) => bytes[index % bytes.length] ?? 0);
}
