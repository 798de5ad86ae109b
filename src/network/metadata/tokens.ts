import { hmac } from "@noble/hashes/hmac.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { fromBase64, toBase64 } from "../../base/bytes.ts";

/** Seconds (EC2 User Guide, "How IMDSv2 works"). */
export const LONGEST_TTL = 21_600;

/** Expiry, then the code over it and the instance. */
const EXPIRY_BYTES = 8;
const CODE_BYTES = 32;

/**
 * Session tokens of version 2. A token tells its own end and is bound to its instance by a keyed code, so that nothing has to
 * be kept for it, however many a guest asks for.
 */
export class MetadataTokens {
  readonly #secret: Uint8Array;
  readonly #now: () => number;

  /** `secret`: 32 bytes or more that nobody else has; `now`: milliseconds. Tokens are good as long as the secret stays. */
  constructor(secret: Uint8Array, now: () => number) {
    this.#secret = secret;
    this.#now = now;
  }

  /** `ttl`: seconds. */
  issue(instanceId: string, ttl: number): string {
    const expiry = this.#now() + ttl * 1000;
    const bytes = new Uint8Array(EXPIRY_BYTES + CODE_BYTES);
    new DataView(bytes.buffer).setFloat64(0, expiry);
    bytes.set(this.#codeOf(instanceId, expiry), EXPIRY_BYTES);
    return toBase64(bytes);
  }

  /** Whole seconds that a token is still good for; 0: it is none of this instance, or none any more. */
  secondsLeft(instanceId: string, token: string): number {
    const bytes = bytesOf(token);
    if (bytes?.length !== EXPIRY_BYTES + CODE_BYTES) return 0;
    const expiry = new DataView(bytes.buffer).getFloat64(0);
    const isOurs = areEqual(bytes.subarray(EXPIRY_BYTES), this.#codeOf(instanceId, expiry));
    return isOurs ? Math.max(0, Math.ceil((expiry - this.#now()) / 1000)) : 0;
  }

  #codeOf(instanceId: string, expiry: number): Uint8Array {
    return hmac(sha256, this.#secret, new TextEncoder().encode(`${instanceId} ${expiry}`));
  }
}

/** In the same time wherever they differ, so that a code cannot be found byte by byte. */
const areEqual = (a: Uint8Array, b: Uint8Array): boolean =>
  a.length === b.length && a.reduce((difference, byte, i) => difference | (byte ^ (b[i] as number)), 0) === 0;

function bytesOf(token: string): Uint8Array<ArrayBuffer> | undefined {
  if (!/^[A-Za-z0-9+/]{1,200}={0,2}$/.test(token) || token.length % 4 !== 0) return undefined;
  return fromBase64(token);
}
