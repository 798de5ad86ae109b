import { type BiosEvents, BiosLog } from "./bios-log.ts";
import type { V86Cpu } from "./types.ts";
import { clearText } from "./vga-text.ts";

/** SeaBIOS and its VGA BIOS, as the image has them. */
export interface Firmware {
  readonly bios: Uint8Array;
  readonly vgaBios: Uint8Array;
}

/** Where QEMU's boards take the order of boot devices from (SeaBIOS, `src/hw/rtc.h`, CMOS_BIOS_BOOTFLAG1 and 2). */
const CMOS_BOOT_ORDER_LAST = 0x38;
const CMOS_BOOT_ORDER = 0x3d;
/** Low nibble first: 2 is the hard disk, 3 the CD-ROM. An installed disk starts though its CD is still in the drive. */
const DISK_THEN_CDROM = 0x32;
/** Low bit: take any floppy for bootable. High nibble: the third to try, nothing. */
const NOTHING_ELSE = 1;
/** Types of the floppy drives; none is there. */
const CMOS_FLOPPIES = 0x10;

/** Bochs' display interface: index and data port, 16 bits each. Register 0 is its version, the oldest one here. */
const DISPLAY = { index: 0x1ce, data: 0x1cf, versionRegister: 0, version: 0xb0c0 };

/** SeaBIOS' settings (SeaBIOS, docs/Runtime_config.md), little-endian. */
const SETTINGS: readonly (readonly [name: string, bytes: readonly number[]])[] = [
  // The menu would wait 2.5 s for a key, at each boot.
  ["etc/show-boot-menu", [0, 0]],
  // Stay with "No bootable device" instead of trying again every minute.
  ["etc/boot-fail-wait", [0xff, 0xff, 0xff, 0xff]],
];

/** Makes the machine one that can start with a BIOS: its settings, its log, and no graphics beyond standard VGA. */
export function installBios(cpu: V86Cpu, events: BiosEvents): void {
  const { rtc } = cpu.devices;
  rtc.cmos_write(CMOS_BOOT_ORDER, DISK_THEN_CDROM);
  rtc.cmos_write(CMOS_BOOT_ORDER_LAST, NOTHING_ELSE);
  rtc.cmos_write(CMOS_FLOPPIES, 0);
  for (const [name, bytes] of SETTINGS) cpu.option_roms.push({ name, data: Uint8Array.from(bytes) });
  withoutGraphics(cpu);
  new BiosLog(cpu, events);
}

/** Resets what the BIOS does not, loads it afresh, and puts the processor before its first instruction. */
export function enterBios(cpu: V86Cpu, { bios, vgaBios }: Firmware): void {
  cpu.reset_cpu();
  cpu.devices.ps2.reset();
  clearText(cpu.devices.vga);
  cpu.bios.main = Uint8Array.from(bios).buffer;
  cpu.bios.vga = Uint8Array.from(vgaBios).buffer;
  cpu.load_bios();
  cpu.in_hlt[0] = 0;
}

/**
 * The console shows text only. A display without memory and with a width of 0 has the VGA BIOS take all modes beyond
 * standard VGA from its list, and Linux' driver for it give up: boot loaders and kernels stay in text mode, where their
 * menus and their login can be seen.
 */
function withoutGraphics(cpu: V86Cpu): void {
  const display = {};
  let register = 0;
  const select = (index: number) => {
    register = index;
  };
  cpu.io.register_write(DISPLAY.index, display, undefined, select);
  cpu.io.register_write(DISPLAY.data, display, undefined, () => {});
  cpu.io.register_read(DISPLAY.index, display, undefined, () => register);
  cpu.io.register_read(DISPLAY.data, display, undefined, () =>
    register === DISPLAY.versionRegister ? DISPLAY.version : 0,
  );
}
