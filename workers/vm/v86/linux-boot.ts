import { CloudError } from "../../../src/base/errors.ts";
import type { LinuxKernel } from "./bzimage.ts";
import type { GuestMemory } from "./guest-memory.ts";
import type { V86Cpu } from "./types.ts";

// Where things go below 1 MiB; the kernel copies what it needs and frees the rest.
const BOOT_PARAMS = 0x10000;
const COMMAND_LINE = 0x20000;
const LOW_MEMORY_END = 0xa0000;
const ROM_START = 0xf0000;
const HIGH_MEMORY = 0x100000;

// `struct boot_params` (Linux, Documentation/x86/zero-page.rst).
const PARAMS = { bytes: 4096, e820Count: 0x1e8, setupHeader: 0x1f1, e820: 0x2d0 };
const HEADER = { loaderType: 0x210, loadFlags: 0x211, commandLine: 0x228, commandLineBytes: 0x238 };
const LOADER_UNDEFINED = 0xff;
const LOADED_HIGH = 1;
const E820 = { usable: 1, reserved: 2, bytes: 20 };

/** PIIX3's PIRQ A–D: an interrupt each, so that four devices share none. */
const PIRQ_ROUTING = 0x60;
const PIRQ_INTERRUPTS = [5, 9, 10, 11];
/** ELCR in v86's record of an interrupt controller (v86 `src/rust/cpu/pic.rs`): PCI interrupts are level-triggered. */
const PIC_ELCR = 10;

const REG_ESI = 6;
const SEGMENTS = 6;
const CS = 1;
const ACCESS_CODE = 0x9b;
const ACCESS_DATA = 0x93;
const EFLAGS_RESET = 2;
const CR0_PROTECTED = 1;

/** Sets up what a BIOS would have set up once: interrupt routing. */
export function routePciInterrupts(cpu: V86Cpu): void {
  PIRQ_INTERRUPTS.forEach((irq, pin) => {
    cpu.devices.pci.isa_bridge_space8[PIRQ_ROUTING + pin] = irq;
  });
}

/**
 * Puts the machine in the state in which a boot loader enters Linux (boot.rst, "32-bit BOOT PROTOCOL"): no BIOS runs.
 * Throws `InsufficientInstanceCapacity` when the kernel does not fit.
 */
export function enterLinux(cpu: V86Cpu, memory: GuestMemory, kernel: LinuxKernel, commandLine: string): void {
  for (const segment of kernel.segments) {
    if (!memory.contains(segment.address, segment.memoryBytes)) {
      throw new CloudError(
        "InsufficientInstanceCapacity",
        `The image's kernel does not fit into ${memory.byteLength >> 20} MiB of memory. Choose a larger instance type.`,
        { memoryBytes: memory.byteLength },
      );
    }
    memory.write(segment.address, segment.bytes);
  }
  const text = new TextEncoder().encode(`${commandLine}\0`);
  const params = bootParams(kernel, text.byteLength, memory.byteLength);
  memory.write(COMMAND_LINE, text);
  memory.write(BOOT_PARAMS, params);
  setLevelTriggered(cpu);
  enterFlatMode(cpu, kernel.entry);
}

function bootParams(kernel: LinuxKernel, commandLineBytes: number, memoryBytes: number): Uint8Array {
  const params = new Uint8Array(PARAMS.bytes);
  const view = new DataView(params.buffer);
  params.set(kernel.setupHeader, PARAMS.setupHeader);
  const limit = view.getUint32(HEADER.commandLineBytes, true);
  if (commandLineBytes > limit) {
    throw new CloudError("Image.ManifestMalformed", `The kernel takes a command line of at most ${limit} bytes.`);
  }
  view.setUint8(HEADER.loaderType, LOADER_UNDEFINED);
  view.setUint8(HEADER.loadFlags, view.getUint8(HEADER.loadFlags) | LOADED_HIGH);
  view.setUint32(HEADER.commandLine, COMMAND_LINE, true);

  const map: [from: number, to: number, type: number][] = [
    [0, LOW_MEMORY_END, E820.usable],
    [ROM_START, HIGH_MEMORY, E820.reserved],
    [HIGH_MEMORY, memoryBytes, E820.usable],
  ];
  map.forEach(([from, to, type], index) => {
    const at = PARAMS.e820 + E820.bytes * index;
    view.setUint32(at, from, true);
    view.setUint32(at + 8, to - from, true);
    view.setUint32(at + 16, type, true);
  });
  view.setUint8(PARAMS.e820Count, map.length);
  return params;
}

function setLevelTriggered(cpu: V86Cpu): void {
  const bytes = new Uint8Array(cpu.wasm_memory.buffer);
  let mask = 0;
  for (const irq of PIRQ_INTERRUPTS) mask |= 1 << irq;
  bytes[cpu.get_pic_addr_master() + PIC_ELCR] = mask & 0xff;
  bytes[cpu.get_pic_addr_slave() + PIC_ELCR] = mask >> 8;
}

/** 32-bit protected mode, paging off, flat segments, interrupts off, ESI at the boot parameters. */
function enterFlatMode(cpu: V86Cpu, entry: number): void {
  cpu.reset_cpu();
  cpu.cr[0] = CR0_PROTECTED;
  cpu.protected_mode[0] = 1;
  cpu.flags[0] = EFLAGS_RESET;
  cpu.is_32[0] = 1;
  cpu.stack_size_32[0] = 1;
  for (let segment = 0; segment < SEGMENTS; segment++) {
    cpu.segment_is_null[segment] = 0;
    cpu.segment_offsets[segment] = 0;
    cpu.segment_limits[segment] = 0xffffffff;
    cpu.segment_access_bytes[segment] = segment === CS ? ACCESS_CODE : ACCESS_DATA;
    // __BOOT_CS and __BOOT_DS.
    cpu.sreg[segment] = segment === CS ? 0x10 : 0x18;
  }
  cpu.reg32[REG_ESI] = BOOT_PARAMS;
  cpu.instruction_pointer[0] = entry;
  cpu.in_hlt[0] = 0;
  cpu.update_state_flags();
}
