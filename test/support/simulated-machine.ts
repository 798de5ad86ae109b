import { CloudError } from "../../src/base/errors.ts";
import type { Machine, MachineFactory } from "../../src/lifecycle/machine.ts";
import type { Client } from "../../src/protocol/contract.ts";
import type { MachineSpec, VmContract, VmEvent } from "../../src/protocol/vm-contract.ts";

/** A machine that only keeps a record of what it is asked: for tests of the control plane, never for a user. */
export class SimulatedMachine implements Machine {
  readonly spec: MachineSpec;
  readonly calls: string[] = [];
  readonly consoleOut: ReadableStream<Uint8Array<ArrayBuffer>>;
  readonly hear: (event: VmEvent) => void;
  disposed = false;
  /** Whether the guest obeys `shutdown` and `reboot`. */
  obeys = true;
  /** What the next hard power-off rejects with. */
  powerOffError: CloudError | undefined;
  #console: ReadableStreamDefaultController<Uint8Array<ArrayBuffer>> | undefined;

  constructor(spec: MachineSpec, hear: (event: VmEvent) => void) {
    this.spec = spec;
    this.hear = hear;
    this.consoleOut = new ReadableStream({
      start: (controller) => {
        this.#console = controller;
      },
    });
  }

  readonly client = {
    shutdown: async () => {
      this.calls.push("shutdown");
      if (this.obeys) queueMicrotask(() => this.hear({ type: "powered-off" }));
    },
    reboot: async () => {
      this.calls.push("reboot");
      if (this.obeys) queueMicrotask(() => this.hear({ type: "restarted" }));
    },
    reset: async () => {
      this.calls.push("reset");
      this.hear({ type: "restarted" });
    },
    powerOff: async () => {
      this.calls.push("powerOff");
      if (this.powerOffError !== undefined) throw this.powerOffError;
    },
  } as Partial<Client<VmContract>> as Client<VmContract>;

  print(text: string): void {
    this.#console?.enqueue(new TextEncoder().encode(text));
  }

  dispose(): void {
    this.disposed = true;
  }
}

/** Makes simulated machines; `hold` keeps the next start waiting, `failWith` makes it fail. */
export class SimulatedMachines implements MachineFactory {
  readonly started: SimulatedMachine[] = [];
  failWith: CloudError | undefined;
  hold: Promise<void> | undefined;
  /** Report the agent as ready as soon as the machine runs. */
  readyAtOnce = true;

  get last(): SimulatedMachine {
    const machine = this.started.at(-1);
    if (machine === undefined) throw new Error("no machine was started");
    return machine;
  }

  async start(spec: MachineSpec, onEvent: (event: VmEvent) => void, signal: AbortSignal): Promise<Machine> {
    const aborted = new Promise<never>((_, reject) => {
      signal.addEventListener("abort", () => reject(new CloudError("Client.UserInitiatedShutdown", "given up")));
    });
    aborted.catch(() => {});
    if (this.hold !== undefined) await Promise.race([this.hold, aborted]);
    if (this.failWith !== undefined) throw this.failWith;
    const machine = new SimulatedMachine(spec, onEvent);
    this.started.push(machine);
    if (this.readyAtOnce) setTimeout(() => onEvent({ type: "ready", agentVersion: 1 }), 0);
    return machine;
  }
}
