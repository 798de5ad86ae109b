import { V86 } from "v86";
import { CloudError } from "../../../src/base/errors.ts";
import type { Medium } from "../devices/cdrom.ts";
import type { CreateVirtioDevice } from "../devices/virtio-types.ts";
import { enterBios, type Firmware, installBios } from "./bios-boot.ts";
import type { BiosEvents } from "./bios-log.ts";
import type { LinuxKernel } from "./bzimage.ts";
import { insertCdrom } from "./cdrom.ts";
import type { EmulatorEvents } from "./emulator-events.ts";
import { GuestMemory } from "./guest-memory.ts";
import { IoPorts } from "./io-ports.ts";
import { configureJit } from "./jit.ts";
import { JIT, type JitSettings } from "./jit-settings.ts";
import { enterLinux, routePciInterrupts } from "./linux-boot.ts";
import { Scheduler } from "./scheduler.ts";
import type { V86Cpu, V86Machine, V86Ps2, V86Starter, V86Uart } from "./types.ts";
import { readTextScreen, type TextScreen } from "./vga-text.ts";
import { moveOnPci, removeFromPci, VirtioBus } from "./virtio.ts";

/** The exact version that this adapter is written against; recorded in saved states. */
export const V86_VERSION = "0.5.462";
/** The least that v86 takes; text needs less. */
export const VGA_MEMORY_BYTES = 1 << 20;
const MIB = 1 << 20;
/** v86 takes sizes for signed 32-bit numbers. */
const MEMORY_MAX_MIB = 2047;

/**
 * v86's own devices, by slot and function. Our machine does without them where it can: their drivers cost boot time.
 * What is kept goes where no disk of ours has its place: VGA to the last slot, IDE beside the bridge, as on a PIIX3.
 */
const PCI = { network: 0x0a << 3, vga: 0x12 << 3, ide: 0x1e << 3, newVga: 0x1f << 3, newIde: (1 << 3) | 1 };

/** What a machine starts: an unpacked kernel, or the BIOS, which finds a boot loader on a disk. */
export type BootProgram =
  | { readonly mode: "kernel"; readonly kernel: LinuxKernel; readonly commandLine: string }
  | ({ readonly mode: "legacy-bios" } & Firmware);

export interface EmulatorOptions {
  /** v86's compiled WebAssembly. */
  readonly module: WebAssembly.Module;
  readonly memoryMiB: number;
  /** The machine starts with a BIOS, and has a screen, a keyboard and maybe a CD drive; else a kernel is entered directly. */
  readonly bios?: BiosEvents & { readonly hasCdrom: boolean };
  readonly jit?: JitSettings;
  readonly events: EmulatorEvents;
}

/** One machine: v86 with the devices that the caller puts on its bus. */
export class Emulator {
  readonly memory: GuestMemory;
  readonly createDevice: CreateVirtioDevice;
  readonly scheduler: Scheduler;
  readonly #machine: V86Machine;
  readonly #cpu: V86Cpu;
  readonly #bus: VirtioBus;
  readonly #ports: IoPorts;
  readonly #bootMode: BootProgram["mode"];
  #pristine = true;

  /**
   * Builds a machine; it does not run yet. Rejects with `InsufficientInstanceCapacity` when the browser does not give
   * the memory.
   */
  static async create(options: EmulatorOptions): Promise<Emulator> {
    if (options.memoryMiB > MEMORY_MAX_MIB) {
      throw capacityError(`v86 has at most ${MEMORY_MAX_MIB} MiB of memory.`, options.memoryMiB);
    }
    const starter = await construct(options);
    return new Emulator(starter, options);
  }

  private constructor(starter: V86Starter, { events, bios, jit }: EmulatorOptions) {
    this.#bootMode = bios === undefined ? "kernel" : "legacy-bios";
    this.#machine = starter.v86;
    const cpu = starter.v86.cpu;
    this.#cpu = cpu;
    const VirtIO = cpu.devices.virtio_net?.virtio.constructor;
    if (VirtIO === undefined) throw new Error("v86's VirtIO class is not where it was");
    removeFromPci(cpu, PCI.network);
    if (bios === undefined) removeFromPci(cpu, PCI.vga);
    else {
      moveOnPci(cpu, PCI.vga, PCI.newVga);
      installBios(cpu, bios);
    }
    if (bios?.hasCdrom) moveOnPci(cpu, PCI.ide, PCI.newIde);
    else removeFromPci(cpu, PCI.ide);
    routePciInterrupts(cpu);
    configureJit(cpu, jit ?? JIT);
    this.memory = new GuestMemory(cpu);
    this.#bus = new VirtioBus(cpu, this.memory, VirtIO);
    this.createDevice = this.#bus.createDevice;

    this.#ports = new IoPorts(cpu, events);
    starter.add_listener("serial0-output-byte", (byte: number) => events.serialByte(byte));
    starter.add_listener("cpu-event-halt", () => {
      if (!this.#ports.expectedHalt) events.halted();
    });
    this.scheduler = new Scheduler({
      step: () => cpu.main_loop(),
      failed: (error) => events.failed(error),
    });
    cpu.stop_idling = () => this.scheduler.wake();
  }

  /** v86's UART at 0x3F8. */
  get uart(): V86Uart {
    return this.#cpu.devices.uart0;
  }

  /** The keyboard of a machine that starts with a BIOS. */
  get keyboard(): V86Ps2 {
    return this.#cpu.devices.ps2;
  }

  /** What the screen of a machine that starts with a BIOS shows. */
  readScreen(): TextScreen | "graphics" | undefined {
    return readTextScreen(this.#cpu.devices.vga);
  }

  /** Puts a CD into the drive, before the machine first runs. `UnsupportedOperation` where there is no drive. */
  insertCdrom(medium: Medium): void {
    if (this.#bootMode !== "legacy-bios") {
      const text =
        "A machine that enters its kernel directly has no CD-ROM drive. Detach what is in it, or boot by the BIOS.";
      throw new CloudError("UnsupportedOperation", text);
    }
    insertCdrom(this.#cpu, medium);
  }

  /** Instructions executed, modulo 2³². */
  get instructions(): number {
    return (this.#cpu.instruction_counter[0] ?? 0) >>> 0;
  }

  /**
   * Resets processor and devices and enters the program, which must be of the machine's boot mode. Call
   * `scheduler.start` then. The processor must be stopped.
   */
  boot(program: BootProgram): void {
    if (program.mode !== this.#bootMode) throw new Error(`this machine was built to boot by ${this.#bootMode}`);
    this.#ports.expectedHalt = false;
    this.#bus.reset();
    if (!this.#pristine) this.#cpu.jit_clear_cache();
    this.#pristine = false;
    if (program.mode === "kernel") enterLinux(this.#cpu, this.memory, program.kernel, program.commandLine);
    else enterBios(this.#cpu, program);
  }

  /** The processor's, the memory's and v86's own devices' state. The processor must be stopped. */
  save(): ArrayBuffer {
    return this.#machine.save_state();
  }

  /** The processor must be stopped. Our own devices are restored separately, afterwards. */
  restore(state: ArrayBuffer): void {
    const { fpu_status_word, mxcsr } = this.#cpu;
    // v86 zeroes all memory first; that of a machine that never ran is zero already.
    if (this.#pristine) this.#cpu.zero_memory = () => {};
    this.#pristine = false;
    this.#machine.restore_state(state);
    // v86 replaces these two views with plain arrays instead of writing through them (`src/cpu.js`, set_state).
    fpu_status_word[0] = this.#cpu.fpu_status_word[0] ?? 0;
    mxcsr[0] = this.#cpu.mxcsr[0] ?? 0x1f80;
    this.#cpu.fpu_status_word = fpu_status_word;
    this.#cpu.mxcsr = mxcsr;
  }

  dispose(): void {
    this.scheduler.dispose();
  }
}

/** Runs v86's constructor, which is asynchronous, starts a helper worker and reports no errors, safely. */
function construct(options: EmulatorOptions): Promise<V86Starter> {
  return new Promise((resolve, reject) => {
    const restoreWorker = withoutHelperWorker();
    const fail = (error: unknown) => {
      restoreWorker();
      reject(asCapacityError(error, options.memoryMiB));
    };
    const instantiate = async (imports: WebAssembly.Imports) => {
      try {
        return (await WebAssembly.instantiate(options.module, imports)).exports;
      } catch (error) {
        fail(error);
        return await new Promise<never>(() => {});
      }
    };
    const starter = new V86({
      wasm_fn: instantiate,
      memory_size: options.memoryMiB * MIB,
      vga_memory_size: VGA_MEMORY_BYTES,
      autostart: false,
      disable_keyboard: true,
      disable_mouse: true,
      disable_speaker: true,
      net_device: { type: "virtio" },
      // v86's own types miss `wasm_fn`'s real shape.
    } as any) as unknown as V86Starter;
    let machine: V86Machine;
    Object.defineProperty(starter, "v86", {
      get: () => machine,
      set(value: V86Machine) {
        machine = value;
        restoreWorker();
        const init = value.init;
        value.init = (settings) => {
          try {
            init.call(value, settings);
            // v86 goes on with a null pointer when its allocator fails.
            if (value.cpu.mem8.byteOffset === 0) throw new RangeError("no memory for the guest");
            resolve(starter);
          } catch (error) {
            fail(error);
          }
        };
      },
    });
  });
}

/** v86 starts a worker from a `blob:` to be woken by; our scheduler replaces it, so it gets a stand-in. */
function withoutHelperWorker(): () => void {
  const scope = globalThis as { Worker?: unknown };
  if (scope.Worker === undefined) return () => {};
  const original = scope.Worker;
  scope.Worker = class {
    postMessage(): void {}
    terminate(): void {}
  };
  return () => {
    scope.Worker = original;
  };
}

/** A wasm memory that cannot grow shows as a RangeError, or as a trap of v86's allocator. */
function asCapacityError(error: unknown, memoryMiB: number): unknown {
  if (!(error instanceof RangeError || error instanceof WebAssembly.RuntimeError)) return error;
  return capacityError(
    `The browser does not give ${memoryMiB} MiB of memory. Stop another instance or close other tabs, or choose a smaller instance type.`,
    memoryMiB,
    error,
  );
}

function capacityError(message: string, memoryMiB: number, cause?: unknown): CloudError {
  return new CloudError("InsufficientInstanceCapacity", message, { memoryMiB }, cause);
}
