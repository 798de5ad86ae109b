import { toHex } from "../base/bytes.ts";
import { CloudError } from "../base/errors.ts";
import type { Random } from "../base/random.ts";

/** EC2's most for one page. */
export const MAX_PAGE = 1000;
const KEY_BYTES = 32;
const MAC_DIGITS = 32;

export interface PageRequest {
  readonly MaxResults?: number | undefined;
  readonly NextToken?: string | undefined;
}

export interface Page<T> {
  readonly items: readonly T[];
  /** Undefined on the last page. */
  readonly nextToken: string | undefined;
}

/**
 * Pages of lists (F75). Pages go by id, so that what comes or goes meanwhile makes nothing appear twice or be left out. A
 * token carries the last id with a message authentication code: what was not given out by us, or for another list, is
 * `InvalidNextToken`. The key is this object's own, so tokens end with it.
 */
export class Pages {
  readonly #key: Promise<CryptoKey>;

  constructor(random: Random) {
    const bytes = new Uint8Array(random.bytes(KEY_BYTES));
    this.#key = crypto.subtle.importKey("raw", bytes, { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
  }

  /** `list` says which list it is: the action with its filters. All items, in their order, when no page is asked for. */
  async page<T>(
    items: readonly T[],
    idOf: (item: T) => string,
    { MaxResults: most, NextToken: given }: PageRequest,
    list: string,
  ): Promise<Page<T>> {
    // Clients that have none yet send an empty one.
    const token = given === "" ? undefined : given;
    if (most === undefined && token === undefined) return { items, nextToken: undefined };
    const after = token === undefined ? undefined : await this.#read(token, list);
    const rest = items
      .map((item) => ({ id: idOf(item), item }))
      .filter(({ id }) => after === undefined || id > after)
      .sort((a, b) => (a.id < b.id ? -1 : 1));
    const page = rest.slice(0, most ?? MAX_PAGE);
    const last = page.at(-1);
    const isLast = last === undefined || page.length === rest.length;
    return { items: page.map(({ item }) => item), nextToken: isLast ? undefined : await this.#write(last.id, list) };
  }

  async #write(lastId: string, list: string): Promise<string> {
    return btoa(`${await this.#mac(lastId, list)}${encodeURIComponent(lastId)}`);
  }

  async #read(token: string, list: string): Promise<string> {
    const text = decodeBase64(token);
    const lastId = decodeUri(text.slice(MAC_DIGITS));
    if (lastId !== "" && (await this.#mac(lastId, list)) === text.slice(0, MAC_DIGITS)) return lastId;
    throw new CloudError("InvalidNextToken", "The token 'NextToken' is invalid: it is not one of this list.");
  }

  async #mac(lastId: string, list: string): Promise<string> {
    const bytes = new TextEncoder().encode(JSON.stringify([lastId, list]));
    return toHex(await crypto.subtle.sign("HMAC", await this.#key, bytes)).slice(0, MAC_DIGITS);
  }
}

function decodeBase64(text: string): string {
  try {
    return atob(text);
  } catch {
    return "";
  }
}

function decodeUri(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return "";
  }
}
