import { isIso9660 } from "./detect.ts";

/**
 * What a PC's BIOS would find on a disk: a boot sector (of a PC's partition table, a GPT's protective one, or a file
 * system); a CD's El Torito boot record; a CD without one ("iso9660"); or nothing.
 */
export type BootLoader = "boot-sector" | "el-torito" | "iso9660";

export interface ReadableDisk {
  readonly sizeBytes: number;
  /** Exactly these bytes, whole sectors. */
  read(offset: number, length: number): Promise<Uint8Array>;
}

const SECTOR = 512;
const SIGNATURE = { at: 510, bytes: [0x55, 0xaa] };

// ECMA-119 §8.1: volume descriptors from sector 16 on. El Torito 1.0, figures 2 to 4.
const CD_SECTOR = 2048;
const DESCRIPTORS_FROM = 16;
/** A disc has three or four. */
const DESCRIPTORS_MAX = 32;
const DESCRIPTOR = { bootRecord: 0, terminator: 255 };
const EL_TORITO = { name: "EL TORITO SPECIFICATION", nameAt: 7, catalogueAt: 0x47 };
const VALIDATION = { header: 1, platformAt: 1, x86: 0, keyAt: 30, key: [0x55, 0xaa] };
const FIRST_ENTRY = { at: 32, bootable: 0x88 };

/** Looks at a disk; reads a few sectors. */
export async function findBootLoader(disk: ReadableDisk): Promise<BootLoader | null> {
  const first = await sector(disk, 0, SECTOR);
  const hasBootSector = first !== undefined && has(first, SIGNATURE.at, SIGNATURE.bytes);
  const cd = await lookAtCd(disk);
  // A hybrid disc is a CD first; one whose boot record is for other firmware may still be a disk for this one.
  if (cd === "el-torito") return cd;
  return hasBootSector ? "boot-sector" : cd;
}

async function lookAtCd(disk: ReadableDisk): Promise<"el-torito" | "iso9660" | null> {
  const headBytes = (DESCRIPTORS_FROM + 1) * CD_SECTOR;
  if (disk.sizeBytes < headBytes || !isIso9660(await disk.read(0, headBytes))) return null;
  for (let index = DESCRIPTORS_FROM; index < DESCRIPTORS_FROM + DESCRIPTORS_MAX; index++) {
    const descriptor = await sector(disk, index, CD_SECTOR);
    if (descriptor === undefined || descriptor[0] === DESCRIPTOR.terminator) break;
    if (descriptor[0] !== DESCRIPTOR.bootRecord) continue;
    const name = [...new TextEncoder().encode(EL_TORITO.name)];
    if (!has(descriptor, EL_TORITO.nameAt, name)) continue;
    const at = new DataView(descriptor.buffer, descriptor.byteOffset).getUint32(EL_TORITO.catalogueAt, true);
    const catalogue = await sector(disk, at, CD_SECTOR);
    if (catalogue !== undefined && bootsOnPc(catalogue)) return "el-torito";
  }
  return "iso9660";
}

/** The BIOS takes the catalogue's first entry. */
function bootsOnPc(catalogue: Uint8Array): boolean {
  return (
    catalogue[0] === VALIDATION.header &&
    catalogue[VALIDATION.platformAt] === VALIDATION.x86 &&
    has(catalogue, VALIDATION.keyAt, VALIDATION.key) &&
    catalogue[FIRST_ENTRY.at] === FIRST_ENTRY.bootable
  );
}

async function sector(disk: ReadableDisk, index: number, bytes: number): Promise<Uint8Array | undefined> {
  const at = index * bytes;
  return at + bytes > disk.sizeBytes ? undefined : await disk.read(at, bytes);
}

const has = (bytes: Uint8Array, at: number, expected: readonly number[]) =>
  expected.every((byte, index) => bytes[at + index] === byte);
