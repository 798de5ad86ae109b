import { type Disposable, DisposableStore } from "../../base/disposable.ts";
import { anyOf } from "../../base/event.ts";
import type { NetworkModel } from "../../network/model.ts";
import { reportBackground } from "../background.ts";
import type { Registry } from "../registry.ts";
import { networkModel } from "./network-model.ts";

/** Where a model is put in force. */
export interface ConfigurableNetwork {
  /** Resolves when it is. */
  configure(model: NetworkModel): Promise<void>;
}

/** Has the network be what the records say, whenever they change. */
export class NetworkInForce implements Disposable {
  readonly #registry: Registry;
  readonly #network: ConfigurableNetwork | undefined;
  readonly #owned = new DisposableStore();
  #isDue = false;
  /** What it was told last: tags and names are no business of its. */
  #told = "";
  #work: Promise<void> | undefined;

  constructor(registry: Registry, network: ConfigurableNetwork | undefined) {
    this.#registry = registry;
    this.#network = network;
  }

  /** Begins, when the records are there. */
  start(): void {
    if (this.#network === undefined) return;
    this.#registry.whenNetworkChanges(() => this.settled());
    this.#owned.add(anyOf(...this.#registry.network.map(({ onChange }) => onChange))(() => this.#kick()));
    this.#kick();
  }

  /** Resolves when what the records say now is in force, or cannot be, which is reported. */
  async settled(): Promise<void> {
    while (this.#work !== undefined) await this.#work.catch(() => {});
  }

  dispose(): void {
    this.#owned.dispose();
  }

  #kick(): void {
    this.#isDue = true;
    if (this.#work !== undefined) return;
    const work = this.#configure().finally(() => {
      this.#work = undefined;
    });
    this.#work = work;
    work.catch(reportBackground);
  }

  async #configure(): Promise<void> {
    while (this.#isDue) {
      // Changes that belong together come one right after the other.
      await Promise.resolve();
      this.#isDue = false;
      const model = networkModel(this.#registry);
      const text = JSON.stringify(model);
      if (text === this.#told) continue;
      await this.#network?.configure(model);
      this.#told = text;
    }
  }
}
