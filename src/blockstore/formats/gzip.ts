import type { ByteReader } from "./byte-reader.ts";
import { crc32 } from "./crc32.ts";
import { malformed, truncated } from "./errors.ts";
import { Inflater } from "./inflate.ts";

/** Unpacked bytes of one piece. */
const PIECE_BYTES = 256 * 1024;
/** RFC 1952 §2.3.1. */
const [FHCRC, FEXTRA, FNAME, FCOMMENT, RESERVED] = [2, 4, 8, 16, 0xe0];
const DEFLATE = 8;
/** A file's name and comment are of no use here; longer ones than this are no names. */
const MAX_TEXT_BYTES = 64 * 1024;

/** Unpacks gzip (RFC 1952), all its members, and checks each one's length and checksum. A piece is valid until the next. */
export async function* gunzipStream(reader: ByteReader): AsyncGenerator<Uint8Array, void, void> {
  const inflater = new Inflater(new Uint8Array(PIECE_BYTES));
  do {
    await readHeader(reader);
    yield* readMember(reader, inflater);
  } while (await hasAnotherMember(reader));
}

async function readHeader(reader: ByteReader): Promise<void> {
  const [magic1, magic2, method, flags = 0] = await reader.take(10, "the head of a gzip member");
  if (magic1 !== 0x1f || magic2 !== 0x8b) throw malformed("what follows a gzip member is no other one", at(reader));
  if (method !== DEFLATE) throw malformed(`its gzip method is ${method}, and there is only 8`, at(reader));
  if ((flags & RESERVED) !== 0) throw malformed("a gzip member has flags that do not exist", at(reader));
  if ((flags & FEXTRA) !== 0) {
    const [low = 0, high = 0] = await reader.take(2, "an extra field of gzip");
    await reader.skip(low + high * 256, "an extra field of gzip");
  }
  if ((flags & FNAME) !== 0) await skipText(reader);
  if ((flags & FCOMMENT) !== 0) await skipText(reader);
  if ((flags & FHCRC) !== 0) await reader.skip(2, "the head of a gzip member");
}

async function skipText(reader: ByteReader): Promise<void> {
  for (let skipped = 0; skipped < MAX_TEXT_BYTES; ) {
    const bytes = await reader.takeAny();
    if (bytes === undefined) throw truncated("the head of a gzip member is cut off", at(reader));
    const end = bytes.indexOf(0);
    skipped += bytes.byteLength;
    if (end < 0) continue;
    reader.untake(bytes.subarray(end + 1));
    return;
  }
  throw malformed("the head of a gzip member has a name without an end", at(reader));
}

async function* readMember(reader: ByteReader, inflater: Inflater): AsyncGenerator<Uint8Array, void, void> {
  inflater.reset();
  let [sum, length] = [0, 0];
  for (;;) {
    const stop = inflater.run();
    if (inflater.position > 0 && stop !== "input") {
      const piece = inflater.output.subarray(0, inflater.position);
      sum = crc32(piece, sum);
      length += piece.byteLength;
      yield piece;
      inflater.clear();
    }
    if (stop === "end") break;
    if (stop === "output") continue;
    const bytes = await reader.takeAny();
    inflater.push(bytes ?? new Uint8Array(0), bytes === undefined);
  }
  const rest = inflater.leftOver();
  if (rest.byteLength > 0) reader.untake(rest);
  const trailer = await reader.take(8, "the end of a gzip member");
  const view = new DataView(trailer.buffer, trailer.byteOffset);
  if (view.getUint32(0, true) !== sum) throw malformed("a gzip member does not have its checksum", at(reader));
  if (view.getUint32(4, true) !== length % 2 ** 32)
    throw malformed("a gzip member does not have its length", at(reader));
}

/** Zeros may follow, for what goes onto tapes and disks. */
async function hasAnotherMember(reader: ByteReader): Promise<boolean> {
  for (let bytes = await reader.takeAny(); bytes !== undefined; bytes = await reader.takeAny()) {
    const start = bytes.findIndex((byte) => byte !== 0);
    if (start < 0) continue;
    reader.untake(bytes.subarray(start));
    return true;
  }
  return false;
}

const at = (reader: ByteReader) => ({ position: reader.position });
