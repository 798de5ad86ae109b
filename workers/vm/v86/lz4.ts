/** Thrown when compressed data is not what it says it is. */
export class Lz4Error extends Error {}

const LEGACY_MAGIC = 0x184c2102;
/** The legacy frame's blocks hold up to 8 MiB each (lz4 `doc/lz4_Frame_format.md`, "Legacy frame"). */
const LEGACY_BLOCK_BYTES = 8 << 20;

/** Decompresses an LZ4 legacy frame, as Linux packs its kernel, into `size` bytes. */
export function decompressLegacyFrame(source: Uint8Array, size: number): Uint8Array<ArrayBuffer> {
  const view = new DataView(source.buffer, source.byteOffset, source.byteLength);
  if (source.byteLength < 4 || view.getUint32(0, true) !== LEGACY_MAGIC) throw new Lz4Error("not an LZ4 legacy frame");
  const output = new Uint8Array(size);
  let at = 4;
  let written = 0;
  while (written < size) {
    if (at + 4 > source.byteLength) throw new Lz4Error("truncated frame");
    const blockBytes = view.getUint32(at, true);
    at += 4;
    if (at + blockBytes > source.byteLength) throw new Lz4Error("truncated block");
    const end = Math.min(written + LEGACY_BLOCK_BYTES, size);
    written = decompressBlock(source, at, at + blockBytes, output, written, end);
    at += blockBytes;
  }
  return output;
}

/** Decompresses one block of `source` into `output` from `start`, at most to `limit`; gives where it ended. */
function decompressBlock(
  source: Uint8Array,
  from: number,
  to: number,
  output: Uint8Array,
  start: number,
  limit: number,
): number {
  let input = from;
  let out = start;
  while (input < to) {
    const token = source[input++] as number;
    let literals = token >> 4;
    if (literals === 15) {
      let more = 255;
      while (more === 255) {
        if (input >= to) throw new Lz4Error("truncated literals");
        more = source[input++] as number;
        literals += more;
      }
    }
    if (input + literals > to || out + literals > limit) throw new Lz4Error("literals beyond the block");
    for (let i = 0; i < literals; i++) output[out++] = source[input++] as number;
    if (input === to) break;

    const distance = (source[input] as number) | ((source[input + 1] as number) << 8);
    input += 2;
    let length = (token & 15) + 4;
    if (length === 19) {
      let more = 255;
      while (more === 255) {
        if (input >= to) throw new Lz4Error("truncated match");
        more = source[input++] as number;
        length += more;
      }
    }
    if (distance === 0 || out - distance < start || out + length > limit) throw new Lz4Error("match beyond the block");
    let match = out - distance;
    const end = out + length;
    while (out < end) output[out++] = output[match++] as number;
  }
  return out;
}
