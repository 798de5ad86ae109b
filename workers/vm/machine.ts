import { CloudError, toCloudError } from "../../src/base/errors.ts";
import { encodeError } from "../../src/protocol/error-codec.ts";
import { PortWriter } from "../../src/protocol/port-stream.ts";
import type { MachineSpec, MachineState, VmEvent } from "../../src/protocol/vm-contract.ts";
import { AgentService } from "./agent/agent-service.ts";
import { Console } from "./console.ts";
import { ConsoleOutput } from "./console-output.ts";
import { GuestDisks, type RunInGuest } from "./guest-disks.ts";
import { GuestInterfaces } from "./guest-interfaces.ts";
import { type AssembledMachine, assemble, type MachineParts } from "./machine-assembly.ts";
import { MachineDevices } from "./machine-devices.ts";
import { MachineEvents } from "./machine-events.ts";
import { checkHeader, stateHeader } from "./machine-state.ts";
import { NetworkOperations } from "./network-operations.ts";
import type { MachineResources } from "./resources.ts";
import { SerialInput } from "./serial-input.ts";
import type { BootProgram, Emulator } from "./v86/emulator.ts";
import { VolumeOperations } from "./volume-operations.ts";

/**
 * A guest without an agent counts as booted after so long: its CPU share applies from then on, and what needs its agent
 * waits no more.
 */
const BOOT_MS = 30_000;
/** An agent that has been there may be on its way back. */
const AGENT_BACK_MS = 2_000;

export interface MachinePorts {
  readonly events: MessagePort;
  readonly consoleOut: MessagePort;
  readonly network?: Readonly<Record<string, MessagePort>> | undefined;
}

/** The part of a saved state's devices that is not a virtio device. */
const CONSOLE = "console";

type Life = "running" | "saved" | "ended";

/** One machine from power-on to power-off. */
export class Machine {
  readonly #spec: MachineSpec;
  readonly #events: MachineEvents;
  readonly #resources: MachineResources;
  readonly #program: BootProgram;
  readonly #emulator: Emulator;
  readonly #devices: MachineDevices;
  readonly console: Console;
  /** What the guest's agent does for us. */
  readonly agent: AgentService;
  readonly volumes: VolumeOperations;
  readonly network: NetworkOperations;
  readonly #consoleOutput: ConsoleOutput;
  #life: Life = "running";
  /** The guest's clock stopped when it was saved: it is set when its agent is back. */
  #clockIsStale = false;
  #share: number;
  #shareTimer: ReturnType<typeof setTimeout> | undefined;
  #poweredOnAt = 0;
  /** What ends or restarts the machine happens one after the other. */
  #turn: Promise<void> = Promise.resolve();

  /**
   * Fetches what the machine needs and builds it; it does not run yet. Rejects with `InsufficientInstanceCapacity`
   * when its memory cannot be had, and with whatever code its image or its volumes give.
   */
  static async create(spec: MachineSpec, ports: MachinePorts, parts: MachineParts): Promise<Machine> {
    const events = new MachineEvents(ports.events);
    events.phase("download");
    // The emulator tells of nothing before it runs, and it runs after `create`.
    const late: { machine?: Machine } = {};
    const assembled = await assemble(
      spec,
      parts,
      (loadedBytes, totalBytes) => events.send({ type: "download", loadedBytes, totalBytes }),
      {
        serialByte: (byte) => late.machine?.console.serialByte(byte),
        powerOff: () => late.machine?.onPowerOff(),
        reset: () => late.machine?.onReset(),
        halted: () => late.machine?.onHalted(),
        failed: (error) => late.machine?.fail(error),
        bootLoader: () => events.phase("kernel"),
        notBootable: () => events.send({ type: "not-bootable" }),
      },
    );
    late.machine = new Machine(spec, ports, events, assembled);
    return late.machine;
  }

  private constructor(
    spec: MachineSpec,
    ports: MachinePorts,
    events: MachineEvents,
    { resources, program, emulator, disks }: AssembledMachine,
  ) {
    this.#spec = spec;
    this.#share = spec.cpuShare;
    this.#events = events;
    this.#resources = resources;
    this.#program = program;
    this.#emulator = emulator;
    const { uart, scheduler } = emulator;
    const hasScreen = program.mode === "legacy-bios";
    const serialInput = new SerialInput({
      get pending() {
        return uart.input.length;
      },
      get listening() {
        return (uart.ier & 1) !== 0;
      },
      polled: hasScreen,
      receive: (byte) => uart.data_received(byte),
    });
    this.#consoleOutput = new ConsoleOutput(new PortWriter(ports.consoleOut), {
      setPaused: (paused) => {
        if (paused) scheduler.hold("console");
        else {
          scheduler.release("console");
          this.console.resumed();
        }
      },
    });
    this.console = new Console(this.#consoleOutput, serialInput, hasScreen ? screenOf(emulator) : undefined);
    this.#devices = new MachineDevices(
      emulator,
      disks,
      { interfaces: spec.networkInterfaces ?? [], ports: ports.network ?? {} },
      {
        onOutput: (bytes) => this.console.virtioOutput(bytes),
        onDriver: (up) => {
          if (!up) this.console.virtioReset();
        },
      },
      (volumeId, error) => events.volumeError(volumeId, error),
    );
    this.console.attach(this.#devices.console);
    this.console.watch.onPrompt = () => events.phase("login");
    this.agent = new AgentService({
      transport: this.#devices.vsock,
      onReady: ({ agentVersion }) => this.#react(() => this.#agentReady(agentVersion)),
      onLost: () => this.#agentLost(),
    });
    const runInGuest: RunInGuest = (program) => this.agent.run({ waitMs: this.#agentWaitMs(), ...program });
    this.volumes = new VolumeOperations({
      disks: this.#devices.disks,
      guest: new GuestDisks(runInGuest),
      openVolume: (volume) => resources.openVolume(volume),
      expectRunning: () => this.#expect("running"),
      onNames: (names) => events.send({ type: "disks", names }),
    });
    this.network = new NetworkOperations({
      interfaces: this.#devices.interfaces,
      guest: new GuestInterfaces(runInGuest),
      inTurn: (work) => this.volumes.inTurn(work),
      expectRunning: () => this.#expect("running"),
    });
    emulator.scheduler.afterSlice = () => {
      this.console.afterSlice();
      this.#devices.interfaces.afterSlice();
    };
  }

  /** Switches the machine on. */
  start(): void {
    this.#powerOn();
  }

  /** Takes a saved machine's state, which must fit, and goes on with it. */
  restore(state: MachineState): void {
    checkHeader(state.header, this.#spec, this.#devices.names);
    this.#emulator.restore(state.cpu);
    this.#devices.restoreState(state.devices);
    this.console.restoreState(state.devices[CONSOLE]);
    // What waited in the rings when it was saved: the guest does not ask twice.
    this.#devices.resume();
    this.#clockIsStale = true;
    this.#emulator.scheduler.start();
    this.#applyShareLater();
  }

  /** Stops the machine, makes its volumes durable and gives its whole state. It stays stopped until `resume`. */
  save(): Promise<MachineState> {
    return this.volumes.inTurn(() => this.#save());
  }

  async #save(): Promise<MachineState> {
    this.#expect("running");
    this.#life = "saved";
    try {
      await this.#emulator.scheduler.stop();
      await this.#devices.drain();
      await this.#devices.disks.flush();
      return {
        header: stateHeader(this.#spec, this.#devices.names, new Date()),
        cpu: this.#emulator.save(),
        devices: { ...this.#devices.saveState(), [CONSOLE]: this.console.saveState() },
      };
    } catch (error) {
      if (this.#life === "saved") this.resume();
      throw error;
    }
  }

  resume(): void {
    this.#expect("saved");
    this.#life = "running";
    this.#devices.resume();
    this.#emulator.scheduler.start();
  }

  /** Cuts the power. What the guest had written to its disks, flushed or not, is kept. */
  powerOff(): Promise<void> {
    return this.#inTurn(() => this.#end());
  }

  /** The reset button. */
  reset(): Promise<void> {
    return this.#inTurn(() => this.#restart());
  }

  setCpuShare(share: number): void {
    this.#share = share;
    if (this.#shareTimer === undefined) this.#emulator.scheduler.setShare(share);
  }

  consoleWrite(bytes: Uint8Array): Promise<void> {
    return this.console.write(bytes);
  }

  consoleResize(columns: number, rows: number): void {
    this.console.resize(columns, rows);
  }

  stats(): Record<string, number> {
    return {
      busyMs: this.#emulator.scheduler.busyMs,
      instructions: this.#emulator.instructions,
      ...this.#devices.stats(),
    };
  }

  /** Something threw that must not: the machine cannot go on. Its disks are flushed if they can be. */
  fail(thrown: unknown): void {
    if (this.#life === "ended") return;
    const error = toCloudError(thrown, "Server.InternalError");
    // The page hears of this error; one of the clean-up after it would tell it less.
    this.#inTurn(() => this.#end({ type: "failed", error: encodeError(error) })).catch(() => {});
  }

  onPowerOff(): void {
    this.#react(() => this.#end({ type: "powered-off" }));
  }

  onReset(): void {
    this.#react(() => this.#guestReset());
  }

  onHalted(): void {
    this.#react(() => this.#halted());
  }

  #powerOn(): void {
    this.#events.phase("bios");
    this.console.watch.clear();
    this.#devices.guestRestarts();
    this.#poweredOnAt = performance.now();
    this.console.restarted();
    this.#emulator.boot(this.#program);
    // A BIOS tells when it is done.
    if (this.#program.mode === "kernel") this.#events.phase("kernel");
    this.#emulator.scheduler.setShare(1);
    this.#applyShareLater();
    this.#emulator.scheduler.start();
  }

  /** Booting is never slowed: the share applies once the guest is ready. */
  #applyShareLater(): void {
    clearTimeout(this.#shareTimer);
    this.#shareTimer = setTimeout(() => this.#applyShare(), BOOT_MS);
  }

  #applyShare(): void {
    clearTimeout(this.#shareTimer);
    this.#shareTimer = undefined;
    this.#emulator.scheduler.setShare(this.#share);
  }

  async #agentReady(agentVersion: number): Promise<void> {
    this.#events.phase("init");
    this.#applyShare();
    this.volumes.agentReady();
    this.network.agentReady();
    const clockIsStale = this.#clockIsStale;
    this.#clockIsStale = false;
    try {
      if (clockIsStale) await this.agent.setClock(Date.now());
    } finally {
      // An agent that went away meanwhile has been reported as lost.
      if (this.agent.identity !== undefined) this.#events.send({ type: "ready", agentVersion });
    }
  }

  /** How long an agent that is not there may still come. */
  #agentWaitMs(): number {
    return Math.max(AGENT_BACK_MS, this.#poweredOnAt + BOOT_MS - performance.now());
  }

  #agentLost(): void {
    if (this.#life !== "ended") this.#events.send({ type: "agent-lost" });
  }

  #expect(life: Life): void {
    if (this.#life === life) return;
    throw new CloudError("IncorrectInstanceState", `The machine is ${this.#life}, not ${life}.`, { life: this.#life });
  }

  /** Runs `work` after what is under way; nothing happens any more once the machine has ended. */
  #inTurn(work: () => Promise<void>): Promise<void> {
    const turn = this.#turn.then(async () => {
      if (this.#life !== "ended") await work();
    });
    this.#turn = turn.catch(() => {});
    return turn;
  }

  /** Handles what the guest did; a failure to do so is the machine's. */
  #react(work: () => Promise<void>): void {
    this.#inTurn(work).catch((error: unknown) => this.fail(error));
  }

  async #halted(): Promise<void> {
    this.console.flushSerial();
    // A machine without power management halts when it is told to power off.
    if (this.console.watch.poweredDown) return await this.#end({ type: "powered-off" });
    await this.#emulator.scheduler.stop();
    await this.#devices.disks.flush();
    this.#events.send({ type: "halted" });
  }

  async #guestReset(): Promise<void> {
    this.console.flushSerial();
    const panic = this.console.watch.panic;
    if (panic === undefined) await this.#restart();
    else await this.#end({ type: "panicked", message: panic });
  }

  async #restart(): Promise<void> {
    await this.#emulator.scheduler.stop();
    this.#life = "running";
    this.#events.restarted();
    this.#powerOn();
    this.#devices.resume();
  }

  /** Stops for good: drains, closes the volumes, tells the page why, ends the console's stream. */
  async #end(event?: VmEvent): Promise<void> {
    this.#life = "ended";
    clearTimeout(this.#shareTimer);
    this.agent.close();
    await this.#emulator.scheduler.stop();
    let last = event;
    try {
      await this.#devices.drain();
      await this.#devices.disks.close();
    } catch (error) {
      last = event?.type === "failed" ? event : { type: "failed", error: encodeError(toCloudError(error)) };
      if (event === undefined) throw error;
    } finally {
      // Only the image's cache is left open, which has nothing to lose.
      this.#resources.close().catch(() => {});
      this.console.flushSerial();
      await this.#consoleOutput.end();
      if (last !== undefined) this.#events.send(last);
      this.console.dispose();
      this.#emulator.dispose();
    }
  }
}

function screenOf(emulator: Emulator) {
  const { keyboard } = emulator;
  return {
    readScreen: () => emulator.readScreen(),
    keyboard: {
      get pending() {
        return keyboard.kbd_buffer.length;
      },
      get listening() {
        return keyboard.enable_keyboard_stream;
      },
      receive: (code: number) => keyboard.kbd_send_code(code),
    },
  };
}
