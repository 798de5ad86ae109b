import { put32, u8 } from "../frames/bytes.ts";

/** Without extensions (RFC 5905 §7.3). */
const NTP_BYTES = 48;
const MODE = { client: 3, server: 4 } as const;
/** EC2's time service says 3. */
const STRATUM = 3;
/** About 2^-10 s: a browser's clock is no finer. */
const PRECISION = -10 & 0xff;
/** Seconds from 1900 to 1970. */
const NTP_EPOCH = 2208988800;

/** A time server's answer (RFC 5905 §9.2); undefined: it is no client's question. `now`: milliseconds since 1970. */
export function answerNtp(request: Uint8Array, now: number): Uint8Array | undefined {
  if (request.length < NTP_BYTES) return undefined;
  const first = u8(request, 0);
  const version = (first >>> 3) & 7;
  if ((first & 7) !== MODE.client || version < 1 || version > 4) return undefined;
  const bytes = new Uint8Array(NTP_BYTES);
  bytes.set([(version << 3) | MODE.server, STRATUM, u8(request, 2), PRECISION]);
  // Root delay and dispersion: a thousandth of a second, in 1/65536 s. Reference: loopback's clock.
  put32(bytes, 4, 66);
  put32(bytes, 8, 66);
  put32(bytes, 12, 0x7f000001);
  putTime(bytes, 16, now);
  // Origin: what the client says it is, so that it knows its own question.
  bytes.set(request.subarray(40, 48), 24);
  putTime(bytes, 32, now);
  putTime(bytes, 40, now);
  return bytes;
}

/** Seconds since 1900, and a fraction in 2^-32 s; the era ends in 2036 (§6), where clients count on. */
function putTime(bytes: Uint8Array, at: number, now: number): void {
  const seconds = Math.floor(now / 1000);
  put32(bytes, at, (seconds + NTP_EPOCH) % 2 ** 32);
  put32(bytes, at + 4, Math.floor(((now - seconds * 1000) / 1000) * 2 ** 32));
}
