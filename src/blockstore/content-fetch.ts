import { toHex } from "../base/bytes.ts";
import { type Clock, delay } from "../base/clock.ts";
import { CloudError } from "../base/errors.ts";
import type { Random } from "../base/random.ts";

/** A file whose content is known before it is fetched. */
export interface Content {
  readonly url: string;
  /** Lower-case hexadecimal SHA-256 and size of the file as it is served. */
  readonly sha256: string;
  readonly bytes: number;
  /** For messages: "chunk 7 of the image tiny", and codes: `Image.ChunkCorrupt`, `Image.FileCorrupt`. */
  readonly what: string;
  readonly kind: "Chunk" | "File";
  /** Of a chunk. */
  readonly index?: number;
}

export interface FetchTools {
  readonly fetch: typeof globalThis.fetch;
  readonly clock: Clock;
  readonly random: Random;
}

/** Five tries over about ten seconds: enough for a server that restarts, short enough for a guest that waits. */
const ATTEMPTS = 5;
const FIRST_PAUSE_MS = 600;
/** Pauses vary by a quarter either way, so that many chunks that failed together do not come back together. */
const JITTER = 0.25;
/** One try takes no longer than this: a connection may hang without an error. */
const ATTEMPT_MS = 30_000;

/**
 * Fetches and verifies. Rejects with `Image.ChunkUnavailable` (network or status), `Image.ChunkCorrupt` (not the bytes
 * asked for) — or `Image.File…` — after several tries; `Image.InsecureContext` where the browser cannot hash.
 */
export async function fetchContent(content: Content, tools: FetchTools): Promise<ArrayBuffer> {
  requireHashing();
  for (let attempt = 1; ; attempt++) {
    try {
      return await tryOnce(content, tools, attempt);
    } catch (thrown) {
      if (attempt === ATTEMPTS) throw thrown;
    }
    const jitter = 1 + JITTER * (((tools.random.bytes(1)[0] as number) / 255) * 2 - 1);
    await delay(tools.clock, FIRST_PAUSE_MS * 2 ** (attempt - 1) * jitter);
  }
}

/** Says whether these are the bytes of `content`. */
export async function matches(content: Content, body: ArrayBuffer): Promise<boolean> {
  return body.byteLength === content.bytes && (await sha256Hex(body)) === content.sha256;
}

export async function sha256Hex(bytes: BufferSource): Promise<string> {
  requireHashing();
  return toHex(await crypto.subtle.digest("SHA-256", bytes));
}

function requireHashing(): void {
  if (globalThis.crypto?.subtle !== undefined) return;
  throw new CloudError(
    "Image.InsecureContext",
    "The browser offers no hashing here, so images cannot be verified. Serve the page over https, or from localhost.",
  );
}

async function tryOnce(content: Content, { fetch, clock }: FetchTools, attempt: number): Promise<ArrayBuffer> {
  const abort = new AbortController();
  const cancel = clock.setTimer(ATTEMPT_MS, () => abort.abort());
  try {
    // A wrong answer may sit in the browser's HTTP cache: only the first try may come from there.
    const response = await fetch(content.url, { signal: abort.signal, cache: attempt === 1 ? "default" : "reload" });
    if (!response.ok) {
      await response.body?.cancel();
      throw unavailable(content, `the server answers ${response.status}`, { status: response.status });
    }
    const body = await readBody(response, content.bytes);
    if (body === undefined || !(await matches(content, body))) throw corrupt(content, response, body);
    return body;
  } catch (thrown) {
    if (thrown instanceof CloudError) throw thrown;
    const reason = abort.signal.aborted ? `no answer within ${ATTEMPT_MS / 1000} s` : (thrown as Error).message;
    throw unavailable(content, reason, {}, thrown);
  } finally {
    cancel();
  }
}

/** The body, or `undefined` as soon as it is longer than it should be. */
async function readBody(response: Response, expected: number): Promise<ArrayBuffer | undefined> {
  const whole = new Uint8Array(expected);
  let length = 0;
  const reader = response.body?.getReader();
  for (;;) {
    const part = await reader?.read();
    if (part === undefined || part.done) return whole.buffer.slice(0, length);
    if (length + part.value.byteLength > expected) {
      await reader?.cancel();
      return undefined;
    }
    whole.set(part.value, length);
    length += part.value.byteLength;
  }
}

function unavailable(content: Content, reason: string, facts: object, cause?: unknown): CloudError {
  return new CloudError(
    `Image.${content.kind}Unavailable`,
    `Cannot fetch ${content.what} from ${content.url}: ${reason}. Check the connection and that the image's files are served there.`,
    { ...identity(content), reason, ...facts },
    cause,
  );
}

const identity = ({ url, what, index }: Content) => ({ url, what, ...(index === undefined ? {} : { index }) });

function corrupt(content: Content, response: Response, body: ArrayBuffer | undefined): CloudError {
  const length = body === undefined ? `more than ${content.bytes} bytes` : `${body.byteLength} bytes`;
  const wrong =
    body?.byteLength === content.bytes ? "other bytes of the same length" : `${length}, not ${content.bytes}`;
  return new CloudError(
    `Image.${content.kind}Corrupt`,
    `What ${content.url} answers is not ${content.what}: it has ${wrong}.${hint(response)}`,
    {
      ...identity(content),
      sha256: content.sha256,
      bytes: content.bytes,
      got: body?.byteLength ?? null,
    },
  );
}

function hint(response: Response): string {
  if (response.headers.get("content-type")?.startsWith("text/html")) {
    return " The server answers with a web page, as many do for a file they do not have: put the image's files there.";
  }
  if (response.headers.has("content-encoding")) {
    return " The server sends it with a Content-Encoding: have it serve the file as it is.";
  }
  return "";
}
