import { parse } from "set-cookie-parser";

interface Cookie {
  readonly name: string;
  readonly value: string;
  readonly path: string;
  /** In milliseconds; infinite: as long as the jar. */
  readonly expires: number;
}

/** RFC 6265 §6.1 wants 50 of a host and 4096 bytes each at least; browsers keep 180. */
const MAX_COOKIES = 180;
const MAX_BYTES = 4096;

/** The cookies of one origin (RFC 6265), in memory. A guest's scripts do not see them: a service worker cannot set any. */
export class CookieJar {
  readonly #now: () => number;
  /** In the order in which they were first set. */
  readonly #cookies = new Map<string, Cookie>();

  constructor(now: () => number = Date.now) {
    this.#now = now;
  }

  /** Takes the `Set-Cookie` fields of the answer to a request for `path`. */
  take(fields: readonly string[], path: string): void {
    for (const field of fields) {
      const [cookie] = parse([field], { decodeValues: false });
      if (cookie === undefined || cookie.name === "" || field.length > MAX_BYTES) continue;
      const { name, value, maxAge } = cookie;
      const where = cookie.path?.startsWith("/") ? cookie.path : defaultPath(path);
      const expires =
        maxAge === undefined
          ? (cookie.expires?.getTime() ?? Number.POSITIVE_INFINITY)
          : this.#now() + (maxAge > 0 ? maxAge * 1000 : 0);
      const key = `${name};${where}`;
      if (expires <= this.#now()) this.#cookies.delete(key);
      else this.#cookies.set(key, { name, value, path: where, expires });
    }
    for (const key of this.#cookies.keys()) {
      if (this.#cookies.size <= MAX_COOKIES) break;
      this.#cookies.delete(key);
    }
  }

  /** The `Cookie` field for a request; empty: none. */
  fieldFor(path: string): string {
    const asked = withoutQuery(path);
    const matching: Cookie[] = [];
    for (const [key, cookie] of this.#cookies) {
      if (cookie.expires <= this.#now()) this.#cookies.delete(key);
      else if (isBelow(asked, cookie.path)) matching.push(cookie);
    }
    // RFC 6265 §5.4: longer paths first.
    matching.sort((a, b) => b.path.length - a.path.length);
    return matching.map(({ name, value }) => `${name}=${value}`).join("; ");
  }
}

const withoutQuery = (path: string): string => path.replace(/[?#].*$/s, "");

/** RFC 6265 §5.1.4. */
const defaultPath = (path: string): string => withoutQuery(path).replace(/\/[^/]*$/, "") || "/";

const isBelow = (path: string, folder: string): boolean =>
  path === folder || path.startsWith(folder.endsWith("/") ? folder : `${folder}/`);
