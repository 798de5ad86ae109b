import { CloudError, toCloudError } from "../../base/errors.ts";
import { throwIfCancelled, truncated, unavailable } from "./errors.ts";

/** A file that can be read anywhere. */
export interface RandomAccessSource {
  readonly kind: "random-access";
  /** As messages name it: a file's name, a URL. */
  readonly name: string;
  readonly sizeBytes: number;
  /**
   * Exactly these bytes, the caller's own. Rejects with `Image.Truncated` for what is behind the end,
   * `Image.SourceUnavailable`, `Image.SourceChanged`, `Image.Cancelled`.
   */
  read(offset: number, length: number, signal?: AbortSignal): Promise<Uint8Array<ArrayBuffer>>;
}

/** A file that can be read once, front to back. */
export interface StreamSource {
  readonly kind: "stream";
  readonly name: string;
  /** `undefined` where nobody knows. */
  readonly sizeBytes: number | undefined;
  /** Why it cannot be read anywhere, and what to do about it, as sentences. */
  readonly whyNotRandom: string;
  readonly stream: ReadableStream<Uint8Array>;
}

export type ImportSource = RandomAccessSource | StreamSource;

/** What `bytesOf` reads at once of a random-access source: few enough requests, and little garbage. */
const STEP_BYTES = 1024 * 1024;

/** A file that the user chose, or any other blob. */
export function blobSource(blob: Blob, name = "the file"): RandomAccessSource {
  const sizeBytes = blob.size;
  return {
    kind: "random-access",
    name,
    sizeBytes,
    async read(offset, length, signal) {
      throwIfCancelled(signal);
      checkRange(name, offset, length, sizeBytes);
      let bytes: ArrayBuffer;
      try {
        bytes = await blob.slice(offset, offset + length).arrayBuffer();
      } catch (thrown) {
        throw unavailable(name, thrown, { offset, length });
      }
      if (bytes.byteLength !== length) throw shortRead(name, offset, length, bytes.byteLength);
      throwIfCancelled(signal);
      return new Uint8Array(bytes);
    },
  };
}

/** Any stream of bytes, such as a response's body. */
export function streamSource(
  stream: ReadableStream<Uint8Array>,
  name = "the stream",
  sizeBytes?: number,
): StreamSource {
  const whyNotRandom = "It comes as a stream. Save it as a file, and import that.";
  return { kind: "stream", name, sizeBytes, whyNotRandom, stream };
}

/** The bytes of a source from first to last, checked against its size. Lets go of the source when it ends. */
export function bytesOf(source: ImportSource, signal?: AbortSignal): AsyncGenerator<Uint8Array, void, void> {
  return source.kind === "stream" ? streamedBytes(source, signal) : steppedBytes(source, signal);
}

/** Lets go of a source that nobody reads. */
export async function releaseSource(source: ImportSource): Promise<void> {
  if (source.kind === "random-access" || source.stream.locked) return;
  await source.stream.cancel().catch(() => undefined);
}

/** `Image.Truncated` for a range that is not all in the file. */
export function checkRange(name: string, offset: number, length: number, sizeBytes: number): void {
  if (offset >= 0 && length >= 0 && offset + length <= sizeBytes) return;
  throw truncated(`${name} has ${sizeBytes} bytes, and ${offset + length} are needed`, { offset, length, sizeBytes });
}

/** For a file that changed between being looked at and being read. */
export function shortRead(name: string, offset: number, length: number, got: number): CloudError {
  const what = `${name} gave ${got} bytes instead of ${length}`;
  return unavailable(name, new CloudError("Image.ShortRead", `${what}.`), { offset, length, got });
}

async function* steppedBytes(
  { sizeBytes, read }: RandomAccessSource,
  signal?: AbortSignal,
): AsyncGenerator<Uint8Array, void, void> {
  const readAt = (offset: number) => {
    const bytes = read(offset, Math.min(STEP_BYTES, sizeBytes - offset), signal);
    // It is awaited a step later, or not at all when the reader stops: either way its error is not unheard of.
    bytes.catch(() => undefined);
    return bytes;
  };
  let next = sizeBytes > 0 ? readAt(0) : undefined;
  for (let offset = STEP_BYTES; next !== undefined; offset += STEP_BYTES) {
    const bytes = await next;
    next = offset < sizeBytes ? readAt(offset) : undefined;
    yield bytes;
  }
}

async function* streamedBytes(
  { stream, name, sizeBytes }: StreamSource,
  signal?: AbortSignal,
): AsyncGenerator<Uint8Array, void, void> {
  throwIfCancelled(signal);
  const reader = stream.getReader();
  const cancel = () => void reader.cancel().catch(() => undefined);
  signal?.addEventListener("abort", cancel, { once: true });
  let length = 0;
  try {
    for (;;) {
      const { done, value } = await reader.read().catch((thrown: unknown) => {
        throwIfCancelled(signal);
        throw unavailable(name, toCloudError(thrown), { position: length });
      });
      throwIfCancelled(signal);
      if (done) break;
      length += value.byteLength;
      if (value.byteLength > 0) yield value;
    }
  } finally {
    signal?.removeEventListener("abort", cancel);
    await reader.cancel().catch(() => undefined);
    reader.releaseLock();
  }
  if (sizeBytes !== undefined && length < sizeBytes) {
    throw truncated(`${name} should have ${sizeBytes} bytes, and only ${length} came`, { sizeBytes, length });
  }
}
