import { unsupported } from "./errors.ts";
import { isZstd } from "./zstd-frame.ts";

/** What a file is by its first bytes. Whatever is nothing else is raw. */
export type DetectedFormat = "qcow2" | "gzip" | "zstd" | "raw";

/** ISO 9660 has its mark behind 16 sectors of 2048 bytes (ECMA-119 §8.4.1). */
const ISO_MARK_AT = 16 * 2048 + 1;
/** So much of a file tells its format. */
export const FORMAT_HEAD_BYTES = ISO_MARK_AT + 5;
/** A fixed VHD is a raw disk with this footer; others have a copy of it at their begin. */
export const VHD_FOOTER_BYTES = 512;

const QCOW_MAGIC = "QFI\xfb";
const VHD_MAGIC = "conectix";

/** Formats that are known by name only. */
const REFUSED: readonly { readonly name: string; readonly magic: string; readonly at: number }[] = [
  { name: "VMDK", magic: "KDMV", at: 0 },
  { name: "VMDK", magic: "COWD", at: 0 },
  { name: "VMDK", magic: "# Disk DescriptorFile", at: 0 },
  { name: "VHD", magic: VHD_MAGIC, at: 0 },
  { name: "VHDX", magic: "vhdxfile", at: 0 },
  { name: "VDI", magic: "\x7f\x10\xda\xbe", at: 64 },
  { name: "QED", magic: "QED\0", at: 0 },
  { name: "xz", magic: "\xfd7zXZ\0", at: 0 },
  { name: "bzip2", magic: "1AY&SY", at: 4 },
  { name: "zip", magic: "PK\x03\x04", at: 0 },
];

/** Tells a file's format by its first bytes; `Image.Unsupported` for one that is known and not read. */
export function detectFormat(head: Uint8Array): DetectedFormat {
  if (hasText(head, 0, QCOW_MAGIC)) return "qcow2";
  if (head[0] === 0x1f && head[1] === 0x8b) return "gzip";
  if (head.byteLength >= 4 && isZstd(new DataView(head.buffer, head.byteOffset).getUint32(0, true))) return "zstd";
  for (const { name, magic, at } of REFUSED) if (hasText(head, at, magic)) throw refused(name);
  return "raw";
}

/** Says whether it is a CD or DVD image, or a hybrid one: a raw disk that a BIOS may boot from. */
export const isIso9660 = (head: Uint8Array): boolean => hasText(head, ISO_MARK_AT, "CD001");

/** `Image.Unsupported` if these last bytes of the file are a VHD's footer. */
export function refuseVhdFooter(tail: Uint8Array): void {
  if (hasText(tail, 0, VHD_MAGIC)) throw refused("VHD");
}

function refused(name: string) {
  const remedy = "Convert it to qcow2 (qemu-img convert -O qcow2), or unpack it, and import that.";
  return unsupported(`it is a ${name} file`, remedy, { format: name });
}

function hasText(bytes: Uint8Array, at: number, text: string): boolean {
  if (bytes.byteLength < at + text.length) return false;
  for (let i = 0; i < text.length; i++) if (bytes[at + i] !== text.charCodeAt(i)) return false;
  return true;
}
