import { HttpError } from "./message.ts";

export interface RequestHead {
  readonly method: string;
  readonly target: string;
  readonly minor: number;
  readonly headers: Headers;
}

export interface ResponseHead {
  readonly status: number;
  readonly reason: string;
  readonly minor: number;
  readonly headers: Headers;
}

const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
/** What methods, names of fields and the like are made of (RFC 9110 §5.6.2). */
export const isToken = (text: string): boolean => TOKEN.test(text);

/** Visible characters, spaces and tabs, and what is beyond ASCII (RFC 9110 §5.5). */
const FIELD_VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;

/** RFC 9112 §3. Strict: who asks differently may mean something else than it seems. */
export function readRequestHead([first = "", ...fields]: readonly string[]): RequestHead {
  const parts = /^(\S+) (\S+) HTTP\/(\d)\.(\d)$/.exec(first);
  if (parts === null) throw new HttpError(400, "The first line of the request is no request line.");
  const [, method = "", target = "", major, minor] = parts;
  if (!TOKEN.test(method)) throw new HttpError(400, "The request's method is none.");
  if (major !== "1") throw new HttpError(505, "Only HTTP/1.0 and HTTP/1.1 are spoken here.");
  if (fields.some((line) => /^[ \t]/.test(line))) throw new HttpError(400, "A header field is folded.");
  return { method, target, minor: Number(minor), headers: headersOf(fields) };
}

/** RFC 9112 §4; folded lines are joined, as a user agent has to (§5.2). */
export function readResponseHead([first = "", ...fields]: readonly string[]): ResponseHead {
  const parts = /^HTTP\/1\.(\d) (\d{3})(?: (.*))?$/.exec(first);
  if (parts === null) throw new HttpError(502, "What answered does not speak HTTP/1.1.");
  const unfolded: string[] = [];
  for (const line of fields) {
    const last = unfolded.length - 1;
    if (/^[ \t]/.test(line) && last >= 0) unfolded[last] += ` ${line.trim()}`;
    else unfolded.push(line);
  }
  return { minor: Number(parts[1]), status: Number(parts[2]), reason: parts[3] ?? "", headers: headersOf(unfolded) };
}

function headersOf(lines: readonly string[]): Headers {
  const headers = new Headers();
  for (const line of lines) {
    const colon = line.indexOf(":");
    const name = line.slice(0, Math.max(0, colon));
    const value = line.slice(colon + 1).replace(/^[ \t]+|[ \t]+$/g, "");
    if (!TOKEN.test(name) || !FIELD_VALUE.test(value)) throw new HttpError(400, "A header field is malformed.");
    headers.append(name, value);
  }
  return headers;
}

/** The head of a message, to be sent. Throws where a value would be more than a value. */
export function formatHead(first: string, headers: Iterable<readonly [string, string]>): Uint8Array {
  let text = `${first}\r\n`;
  for (const [name, value] of headers) {
    if (!TOKEN.test(name) || !FIELD_VALUE.test(value)) {
      throw new HttpError(400, `The header field ${JSON.stringify(name)} cannot be sent.`);
    }
    text += `${name}: ${value}\r\n`;
  }
  return Uint8Array.from(`${text}\r\n`, (character) => character.charCodeAt(0));
}

/** Whether a field that is a list has this member, e.g. `Connection: keep-alive, Upgrade`. */
export const hasMember = (headers: Headers, name: string, member: string): boolean =>
  (headers.get(name) ?? "").split(",").some((part) => part.trim().toLowerCase() === member);
