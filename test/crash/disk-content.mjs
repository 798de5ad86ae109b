// Disks whose every block can be told: made in the page, compared block by block with what is read back.

export const BLOCK_BYTES = 65_536;

/** A block of noise that belongs to a stamp and a place: it does not compress, and no two are the same. */
export function blockOf(stamp, block) {
  const words = new Uint32Array(BLOCK_BYTES / 4);
  // Xorshift (Marsaglia, 2003), whose state must not be 0.
  let state = (Math.imul(stamp, 0x9e3779b1) ^ Math.imul(block + 1, 0x85ebca6b)) >>> 0 || 1;
  for (let i = 0; i < words.length; i++) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    words[i] = state;
  }
  return new Uint8Array(words.buffer);
}

/** A raw disk image of so many blocks. */
export const diskImage = (stamp, blocks) =>
  new Blob(Array.from({ length: blocks }, (_, block) => blockOf(stamp, block)));

/**
 * Compares the beginning of a disk with what it may be: `candidates` are lists with the stamp and the place that each
 * block was made for. Throws when the disk is none of them from its first block to its last. Gives the blocks compared,
 * and which candidate it is.
 * @param {ReadableStream<Uint8Array>} stream the disk, raw
 * @param {[number, number][][]} candidates all of the same length
 */
export async function compareDisk(stream, candidates) {
  const [{ length }] = candidates;
  let possible = candidates.map((_, index) => index);
  let block = 0;
  for await (const bytes of inBlocks(stream)) {
    if (block === length) break;
    possible = possible.filter((index) => isEqual(bytes, blockOf(...candidates[index][block])));
    if (possible.length === 0) throw new Error(`block ${block} of ${length} is not what was written`);
    block++;
  }
  if (block < length) throw new Error(`the disk ends after ${block} of ${length} blocks`);
  return { blocks: length, candidate: possible[0] };
}

async function* inBlocks(stream) {
  const block = new Uint8Array(BLOCK_BYTES);
  let filled = 0;
  for await (const chunk of stream) {
    for (let at = 0; at < chunk.length; ) {
      const step = Math.min(BLOCK_BYTES - filled, chunk.length - at);
      block.set(chunk.subarray(at, at + step), filled);
      at += step;
      filled += step;
      if (filled < BLOCK_BYTES) continue;
      yield block;
      filled = 0;
    }
  }
}

function isEqual(a, b) {
  const [left, right] = [new Uint32Array(a.buffer), new Uint32Array(b.buffer)];
  return left.every((word, i) => word === right[i]);
}
