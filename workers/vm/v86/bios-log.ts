import type { V86Cpu } from "./types.ts";

export interface BiosEvents {
  /** The BIOS enters a boot loader. */
  bootLoader(): void;
  /** The BIOS has tried all disks in vain. It waits for a reset. */
  notBootable(): void;
}

/** QEMU's debug console, on which SeaBIOS tells what it does (SeaBIOS, docs/Debugging.md). */
const DEBUG_PORT = 0x402;
/** What a reader finds there when the port exists. */
const READBACK = 0xe9;
/** SeaBIOS' lines are shorter; what is longer is not from it. */
const LINE_CHARACTERS = 200;

/** SeaBIOS' words when it jumps to what it has loaded, and when it has nothing left to load. */
const ENTERS = /^Booting from [0-9a-f]{4}:[0-9a-f]{4}/;
const GIVES_UP = /^No bootable device\./;

/** Listens to the BIOS. A guest may write there too, which tells the user no more than that. */
export class BiosLog {
  #line = "";

  constructor(cpu: V86Cpu, events: BiosEvents) {
    cpu.io.register_read(DEBUG_PORT, this, () => READBACK);
    cpu.io.register_write(DEBUG_PORT, this, (byte) => {
      const character = String.fromCharCode(byte);
      if (character !== "\n") {
        if (this.#line.length < LINE_CHARACTERS) this.#line += character;
        return;
      }
      const line = this.#line.trim();
      this.#line = "";
      if (ENTERS.test(line)) events.bootLoader();
      else if (GIVES_UP.test(line)) events.notBootable();
    });
  }
}
