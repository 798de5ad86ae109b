import type { EmulatorEvents } from "./emulator-events.ts";
import type { V86Cpu } from "./types.ts";

/** Bochs' and QEMU's power-off port: the string "Shutdown", byte by byte. */
const POWER_OFF_PORT = 0x8900;
const POWER_OFF_MESSAGE = "Shutdown";

/** Watches for what the guest does to its power: power-off and reset. */
export class IoPorts {
  /** The guest is halted because it asked for it: v86's halt event says nothing new. */
  expectedHalt = false;
  #matched = 0;

  constructor(cpu: V86Cpu, events: Pick<EmulatorEvents, "powerOff" | "reset">) {
    cpu.io.register_write(POWER_OFF_PORT, this, (byte) => {
      const expected = POWER_OFF_MESSAGE.charCodeAt(this.#matched);
      if (byte !== expected) this.#matched = byte === POWER_OFF_MESSAGE.charCodeAt(0) ? 1 : 0;
      else if (++this.#matched === POWER_OFF_MESSAGE.length) {
        this.#matched = 0;
        this.#halt(cpu);
        events.powerOff();
      }
    });
    // Called from within an instruction of the guest (keyboard controller, port 0xCF9): the processor's state must
    // not change under it, so it is halted, and whoever handles the event boots it again.
    cpu.reboot_internal = () => {
      this.#halt(cpu);
      events.reset();
    };
    guardConfigurationWrites(cpu);
  }

  #halt(cpu: V86Cpu): void {
    this.expectedHalt = true;
    cpu.in_hlt[0] = 1;
  }
}

/** v86 trips over a write to a PCI device that is not there; a guest must not be able to crash it so. */
function guardConfigurationWrites(cpu: V86Cpu): void {
  const { pci } = cpu.devices;
  for (const name of ["pci_write8", "pci_write16", "pci_write32"] as const) {
    const original = pci[name];
    pci[name] = (address, value) => {
      if (pci.device_spaces[(address >> 8) & 0xffff] !== undefined) original.call(pci, address, value);
    };
  }
}
