import * as v from "valibot";
import { type Clock, systemClock } from "../base/clock.ts";
import { type Disposable, DisposableStore } from "../base/disposable.ts";
import { CloudError, toCloudError } from "../base/errors.ts";
import type { Client } from "../protocol/contract.ts";
import { encodeError } from "../protocol/error-codec.ts";
import { waitUntilReady, watchLife } from "../protocol/handshake.ts";
import { readPort } from "../protocol/port-stream.ts";
import { connect } from "../protocol/rpc.ts";
import {
  type ImageRef,
  type MachineSpec,
  type VmContract,
  type VmEvent,
  vmContract,
  vmEventSchema,
} from "../protocol/vm-contract.ts";
import type { Machine, MachineFactory, MachineNetwork } from "./machine.ts";
import { MachineInterfaces } from "./machine-interfaces.ts";
import { Signal } from "./signal.ts";

/** A worker's script is local and small; a minute covers a slow disk and a busy machine. */
const WORKER_START_MS = 60_000;

/** A worker that has loaded v86 and waits for its machine. */
class PreparedWorker implements Disposable {
  readonly client: Client<VmContract>;
  readonly module: Promise<WebAssembly.Module>;
  /** Epoch ms. */
  readonly startedAt = Date.now();
  wasmAt = 0;
  #lifeLock: string | undefined;
  readonly #worker: Worker;

  constructor(worker: Worker, module: WebAssembly.Module | null, clock: Clock) {
    this.#worker = worker;
    this.client = connect(vmContract, worker, clock);
    this.module = this.#prepare(module, clock);
    // Whoever takes the worker awaits `module`; until then a failure must not count as unhandled.
    this.module.catch(() => {});
  }

  async #prepare(module: WebAssembly.Module | null, clock: Clock): Promise<WebAssembly.Module> {
    this.#lifeLock = await waitUntilReady(this.#worker, WORKER_START_MS, clock);
    this.wasmAt = Date.now();
    return (await this.client.prepare(module)).module;
  }

  /** Calls back when the worker dies, or throws outside a call. */
  watch(onFailure: (error: CloudError) => void): Disposable {
    const store = new DisposableStore();
    const onError = (event: ErrorEvent) =>
      onFailure(
        new CloudError("Server.InternalError", `The instance's worker failed: ${event.message || "unknown error"}`),
      );
    this.#worker.addEventListener("error", onError);
    store.defer(() => this.#worker.removeEventListener("error", onError));
    if (this.#lifeLock !== undefined) {
      const died = () =>
        onFailure(new CloudError("Server.InternalError", "The instance's worker was killed or ran out of memory."));
      store.add(watchLife(this.#lifeLock, died));
    }
    return store;
  }

  dispose(): void {
    this.#worker.terminate();
  }
}

/** Machines in Web Workers: one worker each, one spare kept ready, one compiled WebAssembly module for all. */
export class WorkerMachineFactory implements MachineFactory, Disposable {
  readonly #network: MachineNetwork;
  readonly #createWorker: () => Worker;
  readonly #clock: Clock;
  #module: WebAssembly.Module | null = null;
  #spare: PreparedWorker | undefined;
  #disposed = false;

  constructor(network: MachineNetwork, createWorker: () => Worker = createVmWorker, clock: Clock = systemClock) {
    this.#network = network;
    this.#createWorker = createWorker;
    this.#clock = clock;
  }

  /** Has a worker ready for the next start, so that a launch need not wait for it. */
  warmUp(): void {
    if (this.#disposed || this.#spare !== undefined) return;
    this.#spare = new PreparedWorker(this.#createWorker(), this.#module, this.#clock);
  }

  /** Fetches what a boot of `image` needs into the cache, in the spare worker. */
  async prefetch(image: ImageRef): Promise<void> {
    const spare = this.#spare;
    if (spare === undefined) return;
    await spare.module;
    await spare.client.prefetch(image);
  }

  async start(spec: MachineSpec, onEvent: (event: VmEvent) => void, signal: AbortSignal): Promise<Machine> {
    this.warmUp();
    const worker = this.#spare;
    this.#spare = undefined;
    if (worker === undefined) throw new CloudError("Cloud.Disposed", "The cloud has been disposed of.");
    const giveUp = () => worker.dispose();
    signal.addEventListener("abort", giveUp, { once: true });
    try {
      onEvent({ type: "phase", phase: "worker", atEpochMs: worker.startedAt });
      this.#module = await abortable(worker.module, signal);
      onEvent({ type: "phase", phase: "wasm", atEpochMs: worker.wasmAt });
      // The next launch's worker loads once this guest is up, so that the two do not compete for the processor.
      const hear = (event: VmEvent) => {
        if (event.type === "ready") this.warmUp();
        onEvent(event);
      };
      return await abortable(bootIn(worker, spec, hear, this.#network), signal);
    } catch (thrown) {
      worker.dispose();
      throw toCloudError(thrown, "Server.InternalError");
    } finally {
      signal.removeEventListener("abort", giveUp);
    }
  }

  dispose(): void {
    this.#disposed = true;
    this.#spare?.dispose();
    this.#spare = undefined;
  }
}

async function bootIn(
  worker: PreparedWorker,
  spec: MachineSpec,
  hear: (event: VmEvent) => void,
  network: MachineNetwork,
): Promise<Machine> {
  const store = new DisposableStore();
  store.add(worker);
  const events = new MessageChannel();
  const out = new MessageChannel();
  store.defer(() => {
    events.port1.close();
    out.port1.close();
  });
  events.port1.onmessage = (message: MessageEvent<unknown>) => hear(parseEvent(message.data));
  store.add(worker.watch((error) => hear({ type: "failed", error: encodeError(error) })));
  const consoleOut = readPort(out.port1);
  const interfaces = store.add(new MachineInterfaces(worker.client, network));
  const booted = new Signal();
  try {
    const ways = interfaces.plugAtBoot(spec.networkInterfaces ?? [], booted.next());
    await worker.client.boot(spec, { events: events.port2, consoleOut: out.port2, network: ways });
    booted.fire();
  } catch (thrown) {
    store.dispose();
    throw thrown;
  }
  return { client: worker.client, interfaces, consoleOut, dispose: () => store.dispose() };
}

function parseEvent(data: unknown): VmEvent {
  const parsed = v.safeParse(vmEventSchema, data);
  if (parsed.success) return parsed.output;
  const error = new CloudError(
    "Protocol.Invalid",
    "The instance's worker sent an event that this page does not know. Reload the page.",
  );
  return { type: "failed", error: encodeError(error) };
}

function abortable<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(new CloudError("Client.UserInitiatedShutdown", "Given up while it was starting."));
    if (signal.aborted) onAbort();
    signal.addEventListener("abort", onAbort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", onAbort));
  });
}

/** The only place that starts a machine's worker. */
function createVmWorker(): Worker {
  return new Worker(new URL("../../workers/vm/entry.ts", import.meta.url), { type: "module", name: "tabvisor vm" });
}
