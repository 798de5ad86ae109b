import type { Disposable } from "../base/disposable.ts";
import { CloudError } from "../base/errors.ts";
import type { Client } from "../protocol/contract.ts";
import { waitUntilReady } from "../protocol/handshake.ts";
import { connect } from "../protocol/rpc.ts";
import { type VolumeContract, volumeContract } from "../protocol/volume-contract.ts";

const WORKER_START_MS = 60_000;

/** The worker for volume work that needs no machine: started at the first call, one per cloud. */
export class VolumeWorker implements Disposable {
  readonly #createWorker: () => Worker;
  #running: { worker: Worker; client: Promise<Client<VolumeContract>> } | undefined;
  #disposed = false;

  constructor(createWorker: () => Worker = createVolumeWorker) {
    this.#createWorker = createWorker;
  }

  /** The worker's calls. A worker that failed to load is tried anew at the next call. */
  async client(): Promise<Client<VolumeContract>> {
    if (this.#disposed) throw new CloudError("Cloud.Disposed", "The cloud has been disposed of.");
    this.#running ??= this.#start();
    const { worker, client } = this.#running;
    try {
      return await client;
    } catch (error) {
      worker.terminate();
      if (this.#running?.worker === worker) this.#running = undefined;
      throw error;
    }
  }

  dispose(): void {
    this.#disposed = true;
    this.#running?.worker.terminate();
    this.#running = undefined;
  }

  #start() {
    const worker = this.#createWorker();
    const client = waitUntilReady(worker, WORKER_START_MS).then(() => connect(volumeContract, worker));
    return { worker, client };
  }
}

function createVolumeWorker(): Worker {
  return new Worker(new URL("../../workers/volume/entry.ts", import.meta.url), {
    type: "module",
    name: "tabvisor volumes",
  });
}
