import { systemClock } from "../base/clock.ts";
import { type Disposable, toDisposable } from "../base/disposable.ts";
import { CloudError, hasCode, reportUncaught } from "../base/errors.ts";
import type { Client } from "../protocol/contract.ts";
import { waitUntilReady, watchLife } from "../protocol/handshake.ts";
import {
  type NetworkConfiguration,
  type NetworkContract,
  type NetworkSetup,
  networkContract,
} from "../protocol/network-contract.ts";
import { connect } from "../protocol/rpc.ts";

const WORKER_START_MS = 60_000;
/** A worker that dies as soon as it lives is not started for ever, nor all the time. */
const RESTART_MS = [0, 1_000, 5_000, 30_000] as const;
/** One that lived so long did not die of what it was told at its start. */
const LIVED_MS = 60_000;

/** An interface that a machine has, and who is given the machine's end of a new way to the network. */
interface Plug {
  readonly interfaceId: string;
  readonly connect: (port: MessagePort) => void;
}

interface Running {
  readonly worker: Worker;
  readonly client: Promise<Client<NetworkContract>>;
  readonly startedAt: number;
  isReady: boolean;
  readonly stopWatching: () => void;
}

/**
 * The worker of a cloud's network: started with the first interface that is plugged in, or before, one per cloud. When it dies
 * another one is started and told everything anew: guests go on, and what was on its way is lost as on any network.
 * Connections go on, too, where a rule lets their next packet through; what the network had translated or ended itself is
 * reset.
 */
export class NetworkWorker implements Disposable {
  readonly #createWorker: () => Worker;
  #running: Running | undefined;
  #model: NetworkConfiguration | undefined;
  #setup: (() => Promise<NetworkSetup>) | undefined;
  /** By interface: one that is plugged in anew belongs to who did so last. */
  readonly #plugs = new Map<string, Plug>();
  #deaths = 0;
  #cancelRestart = () => {};
  #disposed = false;

  constructor(createWorker: () => Worker = createNetworkWorker) {
    this.#createWorker = createWorker;
  }

  /** What each worker is told when it has started. Nothing waits for it. */
  setUp(setup: () => Promise<NetworkSetup>): void {
    this.#setup = setup;
  }

  /**
   * The network is to be so. Resolves when it is: at once, while there is no worker or it still loads, since nothing passes
   * before it has been told. So no launch waits for it.
   */
  async configure(model: NetworkConfiguration): Promise<void> {
    this.#model = model;
    const running = this.#running;
    if (!running?.isReady) return;
    try {
      await (await running.client).configure(model);
    } catch (error) {
      // The next worker is told the same; without one there is nothing that could be otherwise.
      if (!hasCode(error, "Worker.Gone")) throw error;
    }
  }

  /** Has the worker ready for the first interface, so that its start takes no processor from that machine's boot. */
  warmUp(): void {
    if (!this.#disposed && this.#running === undefined) this.#start();
  }

  /**
   * Plugs an interface in until it is disposed of, or plugged in again: from then on it is the next one's. `give` is handed
   * the machine's end at once, so that nobody waits for the worker, and another one whenever that has to be started anew.
   */
  plug(interfaceId: string, give: (port: MessagePort) => void): Disposable {
    if (this.#disposed) throw new CloudError("Cloud.Disposed", "The cloud has been disposed of.");
    const plug: Plug = { interfaceId, connect: give };
    this.#plugs.set(interfaceId, plug);
    if (this.#running === undefined) this.#start();
    else this.#connect(plug);
    return toDisposable(() => {
      if (this.#plugs.get(interfaceId) !== plug) return;
      this.#plugs.delete(interfaceId);
      this.#tell((client) => client.unplug(interfaceId));
    });
  }

  /** Its calls; `undefined` while it has never been started, so that nothing can be plugged in. */
  async client(): Promise<Client<NetworkContract> | undefined> {
    return await this.#running?.client;
  }

  dispose(): void {
    this.#disposed = true;
    this.#cancelRestart();
    this.#running?.stopWatching();
    this.#running?.worker.terminate();
    this.#running = undefined;
    this.#plugs.clear();
  }

  /** Everything that is plugged in is, into the new worker. */
  #start(): void {
    this.#cancelRestart();
    const worker = this.#createWorker();
    let stopWatching = () => {};
    const client = waitUntilReady(worker, WORKER_START_MS).then((lifeLock) => {
      const gone = new Promise<never>((_, reject) => {
        const watch = watchLife(lifeLock, () => {
          reject(new CloudError("Worker.Gone", "The network's worker has ended. It is started anew."));
          this.#died(worker);
        });
        stopWatching = () => watch.dispose();
      });
      // Who called hears of it.
      gone.catch(() => {});
      running.isReady = true;
      return connect(networkContract, worker, systemClock, gone);
    });
    client.catch((error: unknown) => {
      if (this.#running?.worker === worker) reportUncaught(error);
      this.#died(worker);
    });
    const running: Running = {
      worker,
      client,
      startedAt: systemClock.now(),
      isReady: false,
      stopWatching: () => stopWatching(),
    };
    this.#running = running;
    // In their order, since the worker takes calls as they come: what is plugged in finds its network.
    this.#tell(async (calls) => {
      if (this.#model !== undefined) await calls.configure(this.#model);
    });
    for (const plug of this.#plugs.values()) this.#connect(plug);
    const setup = this.#setup;
    if (setup !== undefined) this.#tell(async (calls) => calls.setUp(await setup()));
  }

  #connect(plug: Plug): void {
    const { port1, port2 } = new MessageChannel();
    this.#tell((client) => client.plug(plug.interfaceId, port1));
    plug.connect(port2);
  }

  /** Nobody waits for it: what fails because the worker has gone is done again with the next one. */
  #tell(call: (client: Client<NetworkContract>) => Promise<void>): void {
    const running = this.#running;
    if (running === undefined) return;
    running.client.then(call).catch((error: unknown) => {
      if (this.#running === running && !hasCode(error, "Worker.Gone")) reportUncaught(error);
    });
  }

  #died(worker: Worker): void {
    const running = this.#running;
    if (running?.worker !== worker) return;
    worker.terminate();
    this.#running = undefined;
    if (systemClock.now() - running.startedAt > LIVED_MS) this.#deaths = 0;
    const wait = RESTART_MS[Math.min(this.#deaths++, RESTART_MS.length - 1)] ?? 0;
    this.#cancelRestart = systemClock.setTimer(wait, () => {
      if (this.#plugs.size > 0) this.#start();
    });
  }
}

function createNetworkWorker(): Worker {
  return new Worker(new URL("../../workers/network/entry.ts", import.meta.url), {
    type: "module",
    name: "tabvisor network",
  });
}
