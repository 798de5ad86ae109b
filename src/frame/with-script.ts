/** Of a page that begins with comments without end; what comes later is its text. */
const MAX_START = 16 * 1024;
/** What may stand before the first element of a head, so that a browser takes the page for what it is (HTML §13.1). */
const ATTRIBUTES = `(?:[^<>"']|"[^"]*"|'[^']*')*`;
const START = new RegExp(
  String.raw`^(?:ï»¿)?(?:\s|<!--[^]*?-->|<!doctype\b${ATTRIBUTES}>|<html\b${ATTRIBUTES}>)*(?:<head\b${ATTRIBUTES}>)?`,
  "i",
);
/** Whether it may still become one of those. */
const UNDECIDED = new RegExp(
  String.raw`^(?:$|<$|<!|<h(?:t(?:ml?)?|e(?:ad?)?)?\b${ATTRIBUTES}(?:"[^"]*|'[^']*)?$)`,
  "i",
);

/** Has a page load a script before all of its own. What is no page, or is not to be read as one, is left as it is. */
export function withScript(response: Response, url: string): Response {
  const { headers, status, statusText, body } = response;
  if (body === null || !isPage(headers)) return response;
  const tag = `<script src="${url}"${nonceOf(headers)}></script>`;
  return new Response(body.pipeThrough(new TransformStream(new Inserter(tag))), { headers, status, statusText });
}

function isPage(headers: Headers): boolean {
  const type = headers.get("content-type") ?? "";
  if (!/^text\/html\b/i.test(type) || /charset\s*=\s*"?utf-?16/i.test(type)) return false;
  return !headers.has("content-encoding") && !/^\s*attachment\b/i.test(headers.get("content-disposition") ?? "");
}

/** A policy that lets scripts in by a nonce lets ours in by the same (CSP3 §6.7.3.1). */
function nonceOf(headers: Headers): string {
  const nonce = /'nonce-([\w+/=-]+)'/.exec(headers.get("content-security-policy") ?? "")?.[1];
  return nonce === undefined ? "" : ` nonce="${nonce}"`;
}

/** Puts a tag where a page's head begins. Whatever its encoding is, that is ASCII there. */
class Inserter implements Transformer<Uint8Array, Uint8Array> {
  readonly #tag: Uint8Array;
  #start = "";
  #isDone = false;

  constructor(tag: string) {
    this.#tag = new TextEncoder().encode(tag);
  }

  transform(bytes: Uint8Array, controller: TransformStreamDefaultController<Uint8Array>): void {
    if (this.#isDone) {
      controller.enqueue(bytes);
      return;
    }
    for (const byte of bytes) this.#start += String.fromCharCode(byte);
    const at = START.exec(this.#start)?.[0].length ?? 0;
    if (UNDECIDED.test(this.#start.slice(at)) && this.#start.length < MAX_START) return;
    this.#insert(at, controller);
  }

  flush(controller: TransformStreamDefaultController<Uint8Array>): void {
    if (!this.#isDone && this.#start !== "") this.#insert(START.exec(this.#start)?.[0].length ?? 0, controller);
  }

  #insert(at: number, controller: TransformStreamDefaultController<Uint8Array>): void {
    this.#isDone = true;
    const bytes = Uint8Array.from(this.#start, (character) => character.charCodeAt(0));
    this.#start = "";
    if (at > 0) controller.enqueue(bytes.subarray(0, at));
    controller.enqueue(this.#tag);
    if (at < bytes.length) controller.enqueue(bytes.subarray(at));
  }
}
