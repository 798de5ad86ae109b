import { CloudError } from "../base/errors.ts";
import { checksum } from "./checksum.ts";
import { BLOCK_BYTES } from "./geometry.ts";

/** A block as it came from the store, or `Volume.BlockCorrupt`. `owner`: the volume or layer that it is part of. */
export function checkBlock(
  stored: unknown,
  owner: string,
  block: number,
  sum: number,
  storedBytes = BLOCK_BYTES,
): Uint8Array<ArrayBuffer> {
  const corrupt = (why: string) => {
    const text = `Block ${block} of '${owner}' ${why}. Restore it from a copy.`;
    return new CloudError("Volume.BlockCorrupt", text, { volumeId: owner, block, why });
  };
  if (!(stored instanceof ArrayBuffer)) throw corrupt("is missing");
  if (stored.byteLength !== storedBytes) throw corrupt(`has ${stored.byteLength} bytes`);
  if (checksum(new Int32Array(stored), block) !== sum) throw corrupt("does not match its checksum");
  return new Uint8Array(stored);
}
