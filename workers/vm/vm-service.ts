import { CloudError } from "../../src/base/errors.ts";
import type { Implementation } from "../../src/protocol/contract.ts";
import type { VmContract } from "../../src/protocol/vm-contract.ts";
import { Machine } from "./machine.ts";
import type { OpenResources } from "./resources.ts";

export interface VmServiceOptions {
  /** Fetches and compiles v86's WebAssembly. */
  compile(): Promise<WebAssembly.Module>;
  readonly openResources: OpenResources;
  readonly prefetch: Implementation<VmContract>["prefetch"];
}

/** What the page may ask of this worker: at most one machine. */
export class VmService {
  readonly #options: VmServiceOptions;
  #module: WebAssembly.Module | undefined;
  #machine: Machine | undefined;
  #booting = false;

  constructor(options: VmServiceOptions) {
    this.#options = options;
  }

  readonly implementation: Implementation<VmContract> = {
    prepare: (module) => this.#prepare(module),
    prefetch: (image) => this.#options.prefetch(image),
    boot: async (spec, ports) => {
      await this.#create(spec, ports, (machine) => machine.start());
    },
    restore: async (spec, state, ports) => {
      await this.#create(spec, ports, (machine) => machine.restore(state));
    },
    save: () => this.#running.save(),
    resume: () => this.#running.resume(),
    powerOff: () => this.#running.powerOff(),
    reset: () => this.#running.reset(),
    setCpuShare: (share) => this.#running.setCpuShare(share),
    consoleWrite: (bytes) => this.#running.consoleWrite(bytes),
    consoleResize: (columns, rows) => this.#running.consoleResize(columns, rows),
    stats: () => this.#running.stats(),

    exec: (request, ports) => this.#running.agent.exec(request, ports),
    readFile: (path, port) => this.#running.agent.readFile(path, port),
    writeFile: (path, options, port) => this.#running.agent.writeFile(path, options, port),
    shutdown: () => this.#running.agent.shutdown(),
    reboot: () => this.#running.agent.reboot(),
    setClock: (epochMs) => this.#running.agent.setClock(epochMs),
    ping: () => this.#running.agent.ping(),
  };

  /** An error that nobody caught. */
  fail(error: unknown): void {
    this.#machine?.fail(error);
  }

  async #prepare(module: WebAssembly.Module | null) {
    const start = performance.now();
    this.#module ??= module ?? (await this.#options.compile());
    return { module: this.#module, timings: { wasmMs: performance.now() - start } };
  }

  async #create(
    spec: Parameters<Implementation<VmContract>["boot"]>[0],
    ports: Parameters<Implementation<VmContract>["boot"]>[1],
    begin: (machine: Machine) => void,
  ): Promise<void> {
    if (this.#booting || this.#machine !== undefined) {
      throw new CloudError("IncorrectInstanceState", "This worker has had its machine.");
    }
    this.#booting = true;
    try {
      const { module } = await this.#prepare(null);
      const machine = await Machine.create(spec, ports, module, this.#options.openResources);
      this.#machine = machine;
      begin(machine);
    } finally {
      this.#booting = false;
    }
  }

  get #running(): Machine {
    if (this.#machine !== undefined) return this.#machine;
    throw new CloudError("IncorrectInstanceState", "The machine has not been booted.");
  }
}
