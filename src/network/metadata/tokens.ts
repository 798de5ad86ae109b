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
  readonly #key: Promise<CryptoKey>;
  readonly #now: () => number;

  /** `secret`: 32 bytes or more that nobody else has; `now`: milliseconds. Tokens are good as long as the secret stays. */
  constructor(secret: Uint8Array<ArrayBuffer>, now: () => number) {
    const algorithm = { name: "HMAC", hash: "SHA-256" };
    this.#key = crypto.subtle.importKey("raw", secret, algorithm, false, ["sign", "verify"]);
    this.#now = now;
  }

  /** `ttl`: seconds. */
  async issue(instanceId: string, ttl: number): Promise<string> {
    const expiry = this.#now() + ttl * 1000;
    const code = await crypto.subtle.sign("HMAC", await this.#key, messageOf(instanceId, expiry));
    const bytes = new Uint8Array(EXPIRY_BYTES + CODE_BYTES);
    new DataView(bytes.buffer).setFloat64(0, expiry);
    bytes.set(new Uint8Array(code), EXPIRY_BYTES);
    return btoa(String.fromCharCode(...bytes));
  }

  /** Whole seconds that a token is still good for; 0: it is none of this instance, or none any more. */
  async secondsLeft(instanceId: string, token: string): Promise<number> {
    const bytes = bytesOf(token);
    if (bytes?.length !== EXPIRY_BYTES + CODE_BYTES) return 0;
    const expiry = new DataView(bytes.buffer).getFloat64(0);
    const code = bytes.slice(EXPIRY_BYTES);
    const isOurs = await crypto.subtle.verify("HMAC", await this.#key, code, messageOf(instanceId, expiry));
    return isOurs ? Math.max(0, Math.ceil((expiry - this.#now()) / 1000)) : 0;
  }
}

const messageOf = (instanceId: string, expiry: number) => new TextEncoder().encode(`${instanceId} ${expiry}`);

function bytesOf(token: string): Uint8Array<ArrayBuffer> | undefined {
  if (!/^[A-Za-z0-9+/]{1,200}={0,2}$/.test(token) || token.length % 4 !== 0) return undefined;
  return Uint8Array.from(atob(token), (character) => character.charCodeAt(0));
}
