import { type Clock, systemClock } from "../../base/clock.ts";
import { CloudError, hasCode } from "../../base/errors.ts";
import { throwIfCancelled, unavailable } from "./errors.ts";
import { checkRange, chunksOf, collect, type ImportSource, type RandomAccessSource, shortRead } from "./source.ts";

export interface UrlSourceOptions {
  readonly fetch?: typeof globalThis.fetch;
  readonly clock?: Clock;
  readonly signal?: AbortSignal;
}

/** A network that drops out for a moment does not end an import of hours; one that is gone does, after half a minute. */
const RETRY_AFTER_MS = [500, 2_000, 8_000, 16_000] as const;

interface Probe {
  readonly sizeBytes: number;
  /** Of the file's content: what has another one is another file. */
  readonly version: string | null;
}

/**
 * Opens a file of a server: with random access if the server has ranges (RFC 9110 §14), else as a stream. Rejects with
 * `Image.SourceUnavailable`, `Image.Cancelled`.
 */
export async function openUrlSource(url: string, options: UrlSourceOptions = {}): Promise<ImportSource> {
  const tools = { fetch: globalThis.fetch.bind(globalThis), clock: systemClock, ...options };
  const response = await request(url, { headers: { Range: "bytes=0-0" } }, tools.fetch, options.signal);
  if (response.status === 206) {
    const probe = await probeOf(url, response, tools.fetch, options.signal);
    await response.body?.cancel();
    if (probe !== undefined) return rangedSource(url, probe, tools);
    return streamOf(url, await request(url, {}, tools.fetch, options.signal));
  }
  // An empty file has no first byte (RFC 9110 §15.5.17).
  if (response.status === 416) return streamOf(url, await request(url, {}, tools.fetch, options.signal));
  return streamOf(url, response);
}

/** What the server says of the file. Other origins may not show the whole size in the answer to a range. */
async function probeOf(
  url: string,
  response: Response,
  fetch: typeof globalThis.fetch,
  signal?: AbortSignal,
): Promise<Probe | undefined> {
  if (isEncoded(response)) return undefined;
  const version = versionOf(response);
  const total = /^bytes 0-0\/(\d+)$/.exec(response.headers.get("Content-Range") ?? "")?.[1];
  if (total !== undefined) return { sizeBytes: Number(total), version };
  const head = await request(url, { method: "HEAD" }, fetch, signal);
  const sizeBytes = lengthOf(head);
  return sizeBytes === undefined ? undefined : { sizeBytes, version };
}

function rangedSource(
  url: string,
  { sizeBytes, version }: Probe,
  { fetch, clock }: { fetch: typeof globalThis.fetch; clock: Clock },
): RandomAccessSource {
  /** Asks for a range, and makes sure that it is that of the same file. */
  async function requestRange(offset: number, length: number, signal?: AbortSignal): Promise<Response> {
    const wanted = `${offset}-${offset + length - 1}`;
    const response = await request(url, { headers: { Range: `bytes=${wanted}` } }, fetch, signal);
    const now = versionOf(response);
    const range = response.headers.get("Content-Range") ?? `bytes ${wanted}/${sizeBytes}`;
    const same = version === null || now === null || now === version;
    if (response.status === 206 && !isEncoded(response) && same && range === `bytes ${wanted}/${sizeBytes}`)
      return response;
    await response.body?.cancel();
    throw changed(url, { offset, length, sizeBytes, status: response.status, version, now, range });
  }

  async function* readOn(offset: number, signal?: AbortSignal): AsyncGenerator<Uint8Array, void, void> {
    const length = sizeBytes - offset;
    const { body } = await requestRange(offset, length, signal);
    let got = 0;
    for await (const chunk of chunksOf(body ?? new Blob([]).stream(), url, signal)) {
      got += chunk.byteLength;
      if (got > length) break;
      yield chunk;
    }
    if (got !== length) throw shortRead(url, offset, length, got);
  }

  /** Waits after the n-th failure in a row, unless it is final. */
  async function afterFailure(thrown: unknown, failures: number, signal?: AbortSignal): Promise<void> {
    const waitMs = RETRY_AFTER_MS[failures];
    if (!mayPass(thrown) || waitMs === undefined) throw thrown;
    await pause(clock, waitMs, signal);
  }

  return {
    kind: "random-access",
    name: url,
    sizeBytes,
    async read(offset, length, signal, into) {
      checkRange(url, offset, length, sizeBytes);
      if (length === 0) return new Uint8Array(0);
      for (let failures = 0; ; failures++) {
        try {
          const { body } = await requestRange(offset, length, signal);
          return await collect(body ?? new Blob([]).stream(), { name: url, offset, length, signal, into });
        } catch (thrown) {
          await afterFailure(thrown, failures, signal);
        }
      }
    },
    async *bytes(signal) {
      for (let position = 0, failures = 0; position < sizeBytes; failures++) {
        try {
          for await (const chunk of readOn(position, signal)) {
            yield chunk;
            position += chunk.byteLength;
            failures = 0;
          }
        } catch (thrown) {
          await afterFailure(thrown, failures, signal);
        }
      }
    },
  };
}

function streamOf(url: string, response: Response): ImportSource {
  const sizeBytes = lengthOf(response);
  const whyNotRandom = "Its server gives no ranges of it. Download it, and import the file.";
  const stream = response.body ?? new Blob([]).stream();
  return { kind: "stream", name: url, sizeBytes, whyNotRandom, stream };
}

async function request(
  url: string,
  init: RequestInit,
  fetch: typeof globalThis.fetch,
  signal: AbortSignal | undefined,
): Promise<Response> {
  throwIfCancelled(signal);
  let response: Response;
  try {
    response = await fetch(url, { ...init, ...(signal === undefined ? {} : { signal }) });
  } catch (thrown) {
    throwIfCancelled(signal);
    throw unavailable(url, thrown);
  }
  if (response.ok || response.status === 416) return response;
  await response.body?.cancel();
  throw unavailable(
    url,
    new Error(`the server answers ${response.status} ${response.statusText}`.trimEnd().concat(".")),
    {
      status: response.status,
    },
  );
}

/** Says whether it may go well another time: not where the server says that it is the request that is wrong. */
function mayPass(thrown: unknown): boolean {
  if (!hasCode(thrown, "Image.SourceUnavailable")) return false;
  const { status } = thrown.details;
  return typeof status !== "number" || status >= 500 || status === 408 || status === 429;
}

/** Waits, at most until the signal; then rejects with `Image.Cancelled`. */
async function pause(clock: Clock, ms: number, signal: AbortSignal | undefined): Promise<void> {
  await new Promise<void>((resolve) => {
    const end = () => {
      cancelTimer();
      signal?.removeEventListener("abort", end);
      resolve();
    };
    const cancelTimer = clock.setTimer(ms, end);
    signal?.addEventListener("abort", end);
    if (signal?.aborted === true) end();
  });
  throwIfCancelled(signal);
}

/** Ranges and lengths of what is packed for the way are not those of the file. */
const isEncoded = ({ headers }: Response) => (headers.get("Content-Encoding") ?? "identity") !== "identity";

const versionOf = ({ headers }: Response) => headers.get("ETag") ?? headers.get("Last-Modified");

function lengthOf(response: Response): number | undefined {
  const text = response.headers.get("Content-Length");
  return text === null || isEncoded(response) || !/^\d+$/.test(text) ? undefined : Number(text);
}

function changed(url: string, details: Readonly<Record<string, unknown>>): CloudError {
  const message = `${url} is not the file any more that it was when the import began. Start the import again.`;
  return new CloudError("Image.SourceChanged", message, { url, ...details });
}
