import { systemClock } from "../base/clock.ts";
import { type Disposable, DisposableStore } from "../base/disposable.ts";
import { CloudError } from "../base/errors.ts";
import type { Client } from "../protocol/contract.ts";
import { waitUntilReady, watchLife } from "../protocol/handshake.ts";
import { connect } from "../protocol/rpc.ts";
import { type VolumeContract, volumeContract } from "../protocol/volume-contract.ts";

const WORKER_START_MS = 60_000;

/** The worker for volume work that needs no machine: started at the first call, one per cloud. One that dies is replaced. */
export class VolumeWorker implements Disposable {
  readonly #createWorker: () => Worker;
  #running: { worker: Worker; client: Promise<Client<VolumeContract>> } | undefined;
  #disposed = false;
  readonly #watches = new DisposableStore();

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
    this.#watches.dispose();
    this.#running?.worker.terminate();
    this.#running = undefined;
  }

  #start() {
    const worker = this.#createWorker();
    const client = waitUntilReady(worker, WORKER_START_MS).then((lifeLock) => {
      const gone = new Promise<never>((_, reject) => {
        const watch = watchLife(lifeLock, () => {
          if (this.#running?.worker === worker) this.#running = undefined;
          reject(new CloudError("Worker.Gone", "The worker for volumes has ended. Try again: it is started anew."));
        });
        this.#watches.add(watch);
      });
      // Who called hears of it.
      gone.catch(() => {});
      return connect(volumeContract, worker, systemClock, gone);
    });
    return { worker, client };
  }
}

function createVolumeWorker(): Worker {
  return new Worker(new URL("../../workers/volume/entry.ts", import.meta.url), {
    type: "module",
    name: "tabvisor volumes",
  });
}
