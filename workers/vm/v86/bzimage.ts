import { CloudError } from "../../../src/base/errors.ts";
import { decompressLegacyFrame } from "./lz4.ts";

// Linux, Documentation/x86/boot.rst, "The Real-Mode Kernel Header".
const SETUP_SECTORS = 0x1f1;
const HEADER_START = 0x1f1;
const HEADER_END_OFFSET = 0x201;
const MAGIC = 0x202;
const VERSION = 0x206;
const PAYLOAD_OFFSET = 0x248;
const PAYLOAD_LENGTH = 0x24c;
const MAGIC_HDRS = 0x53726448;
/** 2.08 brought `payload_offset` and `payload_length`. */
const MINIMUM_VERSION = 0x208;

// ELF-32 (System V ABI).
const ELF_MAGIC = 0x464c457f;
const ELF = { entry: 24, programHeaders: 28, programHeaderBytes: 42, programHeaderCount: 44 };
const PROGRAM = { type: 0, offset: 4, physicalAddress: 12, fileBytes: 16, memoryBytes: 20 };
const PT_LOAD = 1;

export interface KernelSegment {
  readonly address: number;
  readonly bytes: Uint8Array;
  readonly memoryBytes: number;
}

/** A kernel ready to be copied into memory and entered at `entry` in 32-bit mode (boot.rst, "32-bit BOOT PROTOCOL"). */
export interface LinuxKernel {
  /** The setup header, to be copied into `boot_params` at 0x1f1. */
  readonly setupHeader: Uint8Array;
  readonly segments: readonly KernelSegment[];
  readonly entry: number;
}

/**
 * Unpacks a bzImage on the host: the kernel's own decompressor would run in the guest, some ten times slower.
 * Throws `Image.KernelUnsupported` for what is not a 32-bit LZ4 bzImage.
 */
export function parseBzImage(file: Uint8Array): LinuxKernel {
  try {
    return parse(file);
  } catch (cause) {
    if (cause instanceof CloudError) throw cause;
    throw unsupported((cause as Error).message, cause);
  }
}

function parse(file: Uint8Array): LinuxKernel {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  if (view.getUint32(MAGIC, true) !== MAGIC_HDRS) throw unsupported("it is not a bzImage");
  if (view.getUint16(VERSION, true) < MINIMUM_VERSION) throw unsupported("its boot protocol is older than 2.08");
  const headerEnd = 0x202 + view.getUint8(HEADER_END_OFFSET);
  const protectedMode = ((view.getUint8(SETUP_SECTORS) || 4) + 1) * 512;
  const payloadStart = protectedMode + view.getUint32(PAYLOAD_OFFSET, true);
  const payloadEnd = payloadStart + view.getUint32(PAYLOAD_LENGTH, true);
  if (payloadEnd > file.byteLength) throw unsupported("it is truncated");
  // The build appends the unpacked size (scripts/Makefile.lib, size_append).
  const unpackedBytes = view.getUint32(payloadEnd - 4, true);
  const elf = decompressLegacyFrame(file.subarray(payloadStart, payloadEnd - 4), unpackedBytes);
  return { setupHeader: file.slice(HEADER_START, headerEnd), ...parseElf(elf) };
}

function parseElf(elf: Uint8Array): Pick<LinuxKernel, "segments" | "entry"> {
  const view = new DataView(elf.buffer, elf.byteOffset, elf.byteLength);
  if (view.getUint32(0, true) !== ELF_MAGIC || view.getUint8(4) !== 1) throw unsupported("its payload is not ELF-32");
  const table = view.getUint32(ELF.programHeaders, true);
  const entryBytes = view.getUint16(ELF.programHeaderBytes, true);
  const segments: KernelSegment[] = [];
  for (let index = 0; index < view.getUint16(ELF.programHeaderCount, true); index++) {
    const at = table + entryBytes * index;
    if (view.getUint32(at + PROGRAM.type, true) !== PT_LOAD) continue;
    const offset = view.getUint32(at + PROGRAM.offset, true);
    const fileBytes = view.getUint32(at + PROGRAM.fileBytes, true);
    if (offset + fileBytes > elf.byteLength) throw unsupported("a segment is truncated");
    segments.push({
      address: view.getUint32(at + PROGRAM.physicalAddress, true),
      bytes: elf.subarray(offset, offset + fileBytes),
      memoryBytes: view.getUint32(at + PROGRAM.memoryBytes, true),
    });
  }
  if (segments.length === 0) throw unsupported("it has nothing to load");
  return { segments, entry: view.getUint32(ELF.entry, true) };
}

function unsupported(why: string, cause?: unknown): CloudError {
  return new CloudError("Image.KernelUnsupported", `The image's kernel cannot be started: ${why}.`, { why }, cause);
}
