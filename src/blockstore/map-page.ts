import { CloudError } from "../base/errors.ts";
import { checksum } from "./checksum.ts";
import { PAGE_BLOCKS } from "./geometry.ts";

/** What a layer says about a block: nothing (ask the layer below), zeros, or data under the block's key. */
export const ABSENT = 0;
export const ZERO = 1;
export const DATA = 2;
export type BlockState = typeof ABSENT | typeof ZERO | typeof DATA;

/** The states and checksums of `PAGE_BLOCKS` blocks of one layer. */
export interface MapPage {
  readonly states: Uint8Array<ArrayBuffer>;
  /** XXH32 of each block in state `DATA`, seeded with the block's number: a block under another's key is found out. */
  readonly sums: Uint32Array<ArrayBuffer>;
}

export const emptyMapPage = (): MapPage => ({
  states: new Uint8Array(PAGE_BLOCKS),
  sums: new Uint32Array(PAGE_BLOCKS),
});

/** Stored form: "TVMP", version, blocks, XXH32 of what follows, then the states and the sums. */
const MAGIC = 0x504d5654;
const VERSION = 1;
const HEADER_WORDS = 4;
const STORED_BYTES = HEADER_WORDS * 4 + PAGE_BLOCKS * 5;

export function encodeMapPage(page: MapPage): ArrayBuffer {
  const buffer = new ArrayBuffer(STORED_BYTES);
  new Uint8Array(buffer, HEADER_WORDS * 4).set(page.states);
  new Uint32Array(buffer, HEADER_WORDS * 4 + PAGE_BLOCKS).set(page.sums);
  const sum = checksum(new Int32Array(buffer, HEADER_WORDS * 4), 0);
  new Uint32Array(buffer, 0, HEADER_WORDS).set([MAGIC, VERSION, PAGE_BLOCKS, sum]);
  return buffer;
}

/** Throws `Volume.MapCorrupt` for anything but an intact page of this version. */
export function decodeMapPage(stored: unknown, layerId: string, page: number): MapPage {
  const corrupt = (why: string) =>
    new CloudError("Volume.MapCorrupt", `Page ${page} of the map of layer ${layerId} ${why}.`, { layerId, page, why });
  if (!(stored instanceof ArrayBuffer)) throw corrupt("is missing");
  if (stored.byteLength !== STORED_BYTES) throw corrupt(`has ${stored.byteLength} bytes instead of ${STORED_BYTES}`);
  const [magic, version, blocks, sum] = new Uint32Array(stored, 0, HEADER_WORDS);
  if (magic !== MAGIC || version !== VERSION || blocks !== PAGE_BLOCKS) throw corrupt("has an unknown header");
  if (sum !== checksum(new Int32Array(stored, HEADER_WORDS * 4), 0)) throw corrupt("does not match its checksum");
  return {
    states: new Uint8Array(stored.slice(HEADER_WORDS * 4, HEADER_WORDS * 4 + PAGE_BLOCKS)),
    sums: new Uint32Array(stored.slice(HEADER_WORDS * 4 + PAGE_BLOCKS)),
  };
}

/** How many blocks from a slot on a stored page says are data; none when it is damaged. */
export function countData(stored: unknown, fromSlot: number): number {
  try {
    return decodeMapPage(stored, "", 0)
      .states.subarray(Math.min(fromSlot, PAGE_BLOCKS))
      .filter((s) => s === DATA).length;
  } catch {
    return 0;
  }
}
