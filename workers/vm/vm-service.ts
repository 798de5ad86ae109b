import { CloudError } from "../../src/base/errors.ts";
import type { Implementation } from "../../src/protocol/contract.ts";
import type { ImageRef, MachineSpec, VmContract } from "../../src/protocol/vm-contract.ts";
import { KernelCache } from "./kernel-cache.ts";
import { Machine } from "./machine.ts";
import { rehearse } from "./rehearsal.ts";
import type { OpenResources } from "./resources.ts";

export interface VmServiceOptions {
  /** Fetches and compiles v86's WebAssembly. */
  compile(): Promise<WebAssembly.Module>;
  readonly openResources: OpenResources;
  /** Becomes the one that has the instance's machine, until the worker ends: `Instance.InUse` when it still has another one. */
  holdInstance(spec: MachineSpec): Promise<void>;
  /** Brings what a boot of the image reads into the cache; gives the kernel's file. */
  prefetch(image: ImageRef): Promise<Uint8Array>;
}

/** What the page may ask of this worker: at most one machine. */
export class VmService {
  readonly #options: VmServiceOptions;
  #module: WebAssembly.Module | undefined;
  #machine: Machine | undefined;
  #booting = false;
  readonly #kernels = new KernelCache();
  /** A rehearsal under way, to be given up when the real thing begins. */
  #rehearsal: { readonly abort: AbortController; readonly done: Promise<void> } | undefined;

  constructor(options: VmServiceOptions) {
    this.#options = options;
  }

  readonly implementation: Implementation<VmContract> = {
    prepare: (module) => this.#prepare(module),
    prefetch: (image) => this.#prefetch(image),
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
    attachVolume: (volume) => this.#running.volumes.attach(volume),
    detachVolume: (request) => this.#running.volumes.detach(request),
    resizeVolume: (request) => this.#running.volumes.resize(request),
    growFileSystem: (request) => this.#running.volumes.growFileSystem(request),
    snapshotVolumes: (request) => this.#running.volumes.snapshot(request),
    setVolumeLimits: (request) => this.#running.volumes.setLimits(request),
    attachInterface: (spec, port) => this.#running.network.attach(spec, port),
    detachInterface: (request) => this.#running.network.detach(request),
    reconnectInterface: (interfaceId, port) => this.#running.network.reconnect(interfaceId, port),
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

  async #prefetch(image: ImageRef): Promise<void> {
    const { kernel: file, commandLine } = image.manifest;
    const kernel = await this.#kernels.get(file, () => this.#options.prefetch(image));
    const { module } = await this.#prepare(null);
    if (this.#booting || this.#machine !== undefined || this.#rehearsal !== undefined) return;
    const abort = new AbortController();
    // A browser that has no memory for it has other worries; a kernel that does not boot shows when it matters.
    const done = rehearse(module, kernel, commandLine, abort.signal).catch(() => {});
    this.#rehearsal = { abort, done };
    await done;
    this.#rehearsal = undefined;
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
      this.#rehearsal?.abort.abort();
      await this.#rehearsal?.done;
      await this.#options.holdInstance(spec);
      const { module } = await this.#prepare(null);
      const machine = await Machine.create(spec, ports, {
        module,
        openResources: this.#options.openResources,
        kernels: this.#kernels,
      });
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
