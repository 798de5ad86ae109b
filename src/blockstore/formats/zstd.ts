import type { ByteReader } from "./byte-reader.ts";
import { malformed, truncated } from "./errors.ts";
import { ZstdUnpacker } from "./zstd-codec.ts";
import {
  BLOCK_HEAD_BYTES,
  FRAME_CHECKSUM_BYTES,
  MAX_FRAME_HEAD_BYTES,
  readBlockHead,
  readFrameHead,
  type ZstdFrame,
} from "./zstd-frame.ts";

// The frames and blocks are followed here, and the library gets one block at a time: each gives at most 128 KiB, where
// a chunk of the file could give gigabytes at once. It also tells a file that is cut off from one that is damaged.

type DataFrame = Extract<ZstdFrame, { kind: "data" }>;

/** Unpacks zstd (RFC 8878), all its frames, and checks their checksums where they have some. A piece is valid until the next. */
export async function* unzstdStream(reader: ByteReader): AsyncGenerator<Uint8Array, void, void> {
  const unpacker = await ZstdUnpacker.open();
  try {
    while ((await reader.peek(1)).byteLength > 0) {
      const frame = readFrameHead(await reader.peek(MAX_FRAME_HEAD_BYTES));
      if (frame === undefined) throw truncated("the head of a zstd frame is cut off", { position: reader.position });
      if (frame.kind === "data") {
        yield* readFrame(reader, unpacker, frame);
        continue;
      }
      await reader.skip(frame.headBytes, "a zstd frame");
      await reader.skip(frame.skipBytes, "a skippable zstd frame");
    }
  } finally {
    unpacker.dispose();
  }
}

async function* readFrame(
  reader: ByteReader,
  unpacker: ZstdUnpacker,
  { headBytes, contentBytes, hasChecksum }: DataFrame,
): AsyncGenerator<Uint8Array, void, void> {
  const { position } = reader;
  unpacker.begin(await reader.take(headBytes, "the head of a zstd frame"));
  let length = 0;
  for (let last = false; !last; ) {
    const head = await reader.peek(BLOCK_HEAD_BYTES);
    if (head.byteLength < BLOCK_HEAD_BYTES) throw truncated("a zstd frame is cut off", { position });
    const block = readBlockHead(head);
    last = block.last;
    const bytes = await reader.take(BLOCK_HEAD_BYTES + block.bytes, "a zstd block");
    const piece = unpacker.block(bytes, block.contentBytes);
    length += piece.byteLength;
    if (piece.byteLength > 0) yield piece;
  }
  unpacker.end(
    hasChecksum ? await reader.take(FRAME_CHECKSUM_BYTES, "the checksum of a zstd frame") : new Uint8Array(0),
  );
  if (contentBytes !== undefined && contentBytes !== length) {
    throw malformed(`a zstd frame has ${length} bytes and says ${contentBytes}`, { position });
  }
}

/**
 * Unpacks a cluster of a qcow2 image into `whole`: the first bytes of its frames. What follows them is left alone; a
 * frame that has some of the cluster's bytes is read to its end, with its checksum.
 */
export function unzstdCluster(unpacker: ZstdUnpacker, packed: Uint8Array, whole: Uint8Array): void {
  const length = whole.byteLength;
  let [at, filled] = [0, 0];
  const take = (bytes: number) => {
    if (at + bytes > packed.byteLength) throw truncated("a compressed cluster is cut off");
    at += bytes;
    return packed.subarray(at - bytes, at);
  };
  while (filled < length) {
    const frame = readFrameHead(packed.subarray(at, at + MAX_FRAME_HEAD_BYTES));
    if (frame === undefined) throw truncated("a compressed cluster is cut off");
    const head = take(frame.headBytes);
    if (frame.kind === "skippable") {
      take(frame.skipBytes);
      continue;
    }
    unpacker.begin(head);
    for (let last = false; !last; ) {
      const block = readBlockHead(packed.subarray(at, at + BLOCK_HEAD_BYTES));
      last = block.last;
      const piece = unpacker.block(take(BLOCK_HEAD_BYTES + block.bytes), block.contentBytes);
      whole.set(piece.subarray(0, Math.max(0, length - filled)), Math.min(filled, length));
      filled += piece.byteLength;
      if (filled > length + MAX_EXCESS_BYTES) throw malformed("a compressed cluster has far more bytes than a cluster");
    }
    unpacker.end(frame.hasChecksum ? take(FRAME_CHECKSUM_BYTES) : new Uint8Array(0));
  }
}

/** A bound on what is unpacked in vain: one block. */
const MAX_EXCESS_BYTES = 128 * 1024;
