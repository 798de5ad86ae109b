import { concat } from "../../base/bytes.ts";
import { type ByteReader, streamOf } from "./byte-reader.ts";
import { HttpError } from "./message.ts";

/** Where a body ends (RFC 9112 §6.3). */
export type Framing =
  | { readonly kind: "length"; readonly length: number }
  | { readonly kind: "chunked" }
  /** Where the connection does. */
  | { readonly kind: "close" };

export const NO_BODY: Framing = { kind: "length", length: 0 };

/** Of a chunk's size with its extensions, which are passed over. */
const MAX_CHUNK_LINE = 4096;
const MAX_TRAILERS = 16 * 1024;
const PIECE = 256 * 1024;

/** What the fields say; `absent`: what it is when they say nothing. */
export function framingOf(headers: Headers, absent: Framing, isRequest: boolean): Framing {
  const coding = headers.get("transfer-encoding");
  const length = headers.get("content-length");
  if (coding !== null) {
    // Both at once is how a request is smuggled past somebody (RFC 9112 §6.1).
    if (isRequest && length !== null) throw new HttpError(400, "The request has both a length and a transfer coding.");
    if (coding.trim().toLowerCase() !== "chunked")
      throw new HttpError(501, `The transfer coding ${coding} is not known.`);
    return { kind: "chunked" };
  }
  if (length === null) return absent;
  const lengths = new Set(length.split(",").map((part) => part.trim()));
  const [only = ""] = lengths;
  if (lengths.size !== 1 || !/^\d{1,15}$/.test(only)) throw new HttpError(400, "The Content-Length is no length.");
  return { kind: "length", length: Number(only) };
}

/** The body that follows. `onEnd` is called once all of it has been read; `cancel` when nobody wants it any more. */
export function readBody(
  reader: ByteReader,
  framing: Framing,
  { onEnd, cancel }: { onEnd(): void; cancel(reason: unknown): Promise<void> | void },
): ReadableStream<Uint8Array> {
  const pieces = piecesOf(reader, framing);
  return streamOf(async () => {
    const { done, value } = await pieces.next();
    if (!done) return value;
    onEnd();
    return undefined;
  }, cancel);
}

async function* piecesOf(reader: ByteReader, framing: Framing): AsyncGenerator<Uint8Array, void> {
  if (framing.kind === "length") yield* exactly(reader, framing.length);
  else if (framing.kind === "chunked") yield* chunks(reader);
  else for (let piece = await reader.some(PIECE); piece !== undefined; piece = await reader.some(PIECE)) yield piece;
}

async function* exactly(reader: ByteReader, length: number): AsyncGenerator<Uint8Array, void> {
  for (let left = length; left > 0; ) {
    const piece = await reader.some(Math.min(left, PIECE));
    if (piece === undefined) throw new HttpError(400, `The connection ended ${left} bytes before the message did.`);
    left -= piece.length;
    yield piece;
  }
}

/** RFC 9112 §7.1. */
async function* chunks(reader: ByteReader): AsyncGenerator<Uint8Array, void> {
  for (;;) {
    const [size = ""] = (await reader.line(MAX_CHUNK_LINE)).split(";");
    if (!/^[0-9a-f]{1,12}[ \t]*$/i.test(size)) throw new HttpError(400, "The size of a chunk is none.");
    const length = Number.parseInt(size, 16);
    if (length === 0) break;
    yield* exactly(reader, length);
    if ((await reader.line(MAX_CHUNK_LINE)) !== "") throw new HttpError(400, "A chunk is longer than it says.");
  }
  for (let left = MAX_TRAILERS; ; ) {
    const trailer = await reader.line(left);
    if (trailer === "") return;
    left -= trailer.length + 1;
  }
}

/** Sends a stream in chunks; undefined `chunked`: as it is. */
export async function writeStream(
  writer: WritableStreamDefaultWriter<Uint8Array>,
  body: ReadableStream<Uint8Array>,
  chunked: boolean,
): Promise<void> {
  const reader = body.getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      if (value.length > 0) await writer.write(chunked ? chunkOf(value) : value);
    }
    if (chunked) await writer.write(LAST_CHUNK);
  } catch (error) {
    await reader.cancel(error).catch(() => undefined);
    throw error;
  }
}

function chunkOf(bytes: Uint8Array): Uint8Array {
  const size = ENCODER.encode(`${bytes.length.toString(16)}\r\n`);
  return concat([size, bytes, CR_LF]);
}

const ENCODER = new TextEncoder();
const CR_LF = ENCODER.encode("\r\n");
const LAST_CHUNK = ENCODER.encode("0\r\n\r\n");
