import { CloudError, toCloudError } from "../../base/errors.ts";
import { throwIfCancelled, truncated, unavailable } from "./errors.ts";

export type Bytes = Uint8Array<ArrayBuffer>;

/** A file that can be read anywhere. */
export interface RandomAccessSource {
  readonly kind: "random-access";
  /** As messages name it: a file's name, a URL. */
  readonly name: string;
  readonly sizeBytes: number;
  /**
   * Exactly these bytes, the caller's own; put into `into`, where that is given. Rejects with `Image.Truncated` for what
   * is behind the end, `Image.SourceUnavailable`, `Image.SourceChanged`, `Image.Cancelled`.
   */
  read(offset: number, length: number, signal?: AbortSignal, into?: Bytes): Promise<Bytes>;
  /** All bytes from first to last; rejects as `read` does. A chunk is valid until the next. */
  bytes(signal?: AbortSignal): AsyncGenerator<Uint8Array, void, void>;
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

/** What is read at once of a stream. */
const CHUNK_BYTES = 256 * 1024;
/** Buffers of streams that have ended, for the next ones; an import reads two at a time at most. */
const spares: ArrayBuffer[] = [];
const MAX_SPARES = 2;

/** A file that the user chose, or any other blob. */
export function blobSource(blob: Blob, name = "the file"): RandomAccessSource {
  const sizeBytes = blob.size;
  return {
    kind: "random-access",
    name,
    sizeBytes,
    async read(offset, length, signal, into) {
      checkRange(name, offset, length, sizeBytes);
      return await collect(blob.slice(offset, offset + length).stream(), { name, offset, length, signal, into });
    },
    async *bytes(signal) {
      let length = 0;
      for await (const chunk of chunksOf(blob.stream(), name, signal)) {
        length += chunk.byteLength;
        yield chunk;
      }
      if (length !== sizeBytes) throw shortRead(name, 0, sizeBytes, length);
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

/**
 * The bytes of a source from first to last, checked against its size. A chunk is valid until the next. Lets go of the
 * source when it ends.
 */
export function bytesOf(source: ImportSource, signal?: AbortSignal): AsyncGenerator<Uint8Array, void, void> {
  return source.kind === "stream" ? streamedBytes(source, signal) : source.bytes(signal);
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

async function* streamedBytes(
  { stream, name, sizeBytes }: StreamSource,
  signal?: AbortSignal,
): AsyncGenerator<Uint8Array, void, void> {
  let length = 0;
  for await (const chunk of chunksOf(stream, name, signal)) {
    length += chunk.byteLength;
    yield chunk;
  }
  if (sizeBytes !== undefined && length < sizeBytes) {
    throw truncated(`${name} should have ${sizeBytes} bytes, and only ${length} came`, { sizeBytes, length });
  }
}

/** Exactly the bytes of a stream, which is a range of a file. */
export async function collect(
  stream: ReadableStream<Uint8Array>,
  range: { name: string; offset: number; length: number; signal: AbortSignal | undefined; into: Bytes | undefined },
): Promise<Bytes> {
  const { name, offset, length, signal, into = new Uint8Array(length) } = range;
  let filled = 0;
  for await (const chunk of chunksOf(stream, name, signal)) {
    if (filled + chunk.byteLength > length) throw shortRead(name, offset, length, filled + chunk.byteLength);
    into.set(chunk, filled);
    filled += chunk.byteLength;
  }
  if (filled < length) throw shortRead(name, offset, length, filled);
  return into.subarray(0, length);
}

/**
 * The chunks of a stream; one is valid until the next. Cancels the stream when it is left before its end. Rejects with
 * `Image.SourceUnavailable`, `Image.Cancelled`.
 */
export async function* chunksOf(
  stream: ReadableStream<Uint8Array>,
  name: string,
  signal?: AbortSignal,
): AsyncGenerator<Uint8Array, void, void> {
  throwIfCancelled(signal);
  const reader = openReader(stream);
  const cancel = () => void reader.cancel().catch(() => undefined);
  signal?.addEventListener("abort", cancel, { once: true });
  let position = 0;
  try {
    for (;;) {
      const { done, value } = await reader.read().catch((thrown: unknown) => {
        throwIfCancelled(signal);
        throw unavailable(name, toCloudError(thrown), { position });
      });
      throwIfCancelled(signal);
      if (done) return;
      position += value.byteLength;
      if (value.byteLength > 0) yield value;
    }
  } finally {
    signal?.removeEventListener("abort", cancel);
    await reader.cancel().catch(() => undefined);
    reader.releaseLock();
  }
}

interface ChunkReader {
  read(): Promise<{ done: false; value: Uint8Array } | { done: true; value?: Uint8Array | undefined }>;
  cancel(): Promise<void>;
  releaseLock(): void;
}

/**
 * Reads into one buffer again and again, where the stream can: with a new one for each chunk, a browser that reads fast
 * has hundreds of MiB of them before it collects the first.
 */
function openReader(stream: ReadableStream<Uint8Array>): ChunkReader {
  let reader: ReadableStreamBYOBReader;
  try {
    reader = stream.getReader({ mode: "byob" });
  } catch {
    return stream.getReader();
  }
  let buffer = spares.pop() ?? new ArrayBuffer(CHUNK_BYTES);
  return {
    async read() {
      const result = await reader.read(new Uint8Array(buffer));
      // At the end, too, the buffer comes back.
      if (result.value !== undefined) buffer = result.value.buffer;
      return result.done ? { done: true } : result;
    },
    cancel: () => reader.cancel(),
    releaseLock: () => {
      reader.releaseLock();
      // One that the stream still has is detached, and has no bytes.
      if (buffer.byteLength === CHUNK_BYTES && spares.length < MAX_SPARES) spares.push(buffer);
    },
  };
}
