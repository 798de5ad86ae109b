import { systemClock } from "../../base/clock.ts";
import { CloudError } from "../../base/errors.ts";
import { systemRandom } from "../../base/random.ts";
import { fetchContent } from "../content-fetch.ts";
import { throwIfCancelled } from "../formats/errors.ts";
import type { Bundle } from "./bundle.ts";
import { chunkPath, MANIFEST_PATH, MAX_MANIFEST_BYTES, malformedBundle } from "./bundle-paths.ts";

/** A bundle on a server. Files are tried several times, as those of any image. */
export function urlBundle(url: string): Bundle {
  return {
    manifest: (signal) => fetchManifest(new URL(MANIFEST_PATH, url).href, signal),
    async *files(wanted, signal) {
      const fetch = (input: RequestInfo | URL, init?: RequestInit) =>
        globalThis.fetch(input, { ...init, signal: AbortSignal.any([init?.signal, signal].filter((each) => !!each)) });
      for (const file of wanted) {
        throwIfCancelled(signal);
        const kind = file.path === chunkPath(file.sha256) ? "Chunk" : "File";
        const content = {
          ...file,
          url: new URL(file.path, url).href,
          what: `"${file.path}" of the bundle`,
          kind,
        } as const;
        const fetching = fetchContent(content, { fetch, clock: systemClock, random: systemRandom });
        yield { file, content: new Uint8Array(await orCancelled(fetching, signal)) };
      }
    },
  };
}

/** Rejects with `Image.Cancelled` as soon as the signal says so, whatever pause there is between two tries. */
async function orCancelled<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return await work;
  let stop = () => {};
  const cancelled = new Promise<never>((_, reject) => {
    stop = () => {
      try {
        throwIfCancelled(signal);
      } catch (error) {
        reject(error as Error);
      }
    };
    signal.addEventListener("abort", stop);
  });
  try {
    return await Promise.race([work, cancelled]);
  } finally {
    signal.removeEventListener("abort", stop);
    work.catch(() => {});
  }
}

async function fetchManifest(url: string, signal?: AbortSignal): Promise<string> {
  let response: Response;
  try {
    response = await fetch(url, signal === undefined ? {} : { signal });
    if (!response.ok) throw new Error(`the server answers ${response.status}`);
    return await textOf(response);
  } catch (thrown) {
    throwIfCancelled(signal);
    if (thrown instanceof CloudError) throw thrown;
    const other = new URL(url).origin === globalThis.location?.origin ? "" : POLICY;
    const message = `${url} cannot be fetched: ${(thrown as Error).message}.${other} Check the address, and that the bundle is there.`;
    throw new CloudError("Image.SourceUnavailable", message, { url }, thrown);
  }
}

const POLICY =
  " The page's policy (connect-src 'self') lets it read its own server only: put the bundle there, or download it and import the file.";

/** What is longer than a manifest can be is not read to its end. */
async function textOf(response: Response): Promise<string> {
  const parts: Uint8Array<ArrayBuffer>[] = [];
  let length = 0;
  const reader = response.body?.getReader();
  for (;;) {
    const part = await reader?.read();
    if (part === undefined || part.done) return await new Blob(parts).text();
    length += part.value.byteLength;
    parts.push(part.value);
    if (length <= MAX_MANIFEST_BYTES) continue;
    await reader?.cancel();
    throw malformedBundle(`its ${MANIFEST_PATH} has more than ${MAX_MANIFEST_BYTES} bytes`, { url: response.url });
  }
}
