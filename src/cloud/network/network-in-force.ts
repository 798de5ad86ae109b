import { Breather, nextTask } from "../../base/breather.ts";
import { type Disposable, DisposableStore } from "../../base/disposable.ts";
import { anyOf, type Event } from "../../base/event.ts";
import type { NetworkModel } from "../../network/model.ts";
import type { Client } from "../../protocol/contract.ts";
import type { NetworkContract, NetworkSetup } from "../../protocol/network-contract.ts";
import { reportBackground } from "../background.ts";
import type { Registry } from "../registry.ts";
import { metadataModels, type RecordedInstance } from "./metadata-models.ts";
import { networkModel } from "./network-model.ts";

/** Where packets pass, and a model is put in force. */
export interface PacketNetwork {
  /** Resolves when it is. */
  configure(model: NetworkModel): Promise<void>;
  /** What the network is told besides, whenever it begins. */
  setUp(setup: () => Promise<NetworkSetup>): void;
  /** Undefined while nothing has ever been plugged into it. */
  client(): Promise<Client<NetworkContract> | undefined>;
}

/** Whom the metadata service tells about themselves. */
export interface ToldInstances {
  readonly onItem: Event<string>;
  recorded(id: string): RecordedInstance | undefined;
  allRecorded(): RecordedInstance[];
}

/** Has the network be what the records say, whenever they change. */
export class NetworkInForce implements Disposable {
  readonly #registry: Registry;
  readonly #instances: ToldInstances;
  readonly #network: PacketNetwork | undefined;
  readonly #owned = new DisposableStore();
  #isDue = false;
  /** What it was told last: tags and names are no business of its. */
  #told: readonly string[] = [];
  readonly #breather = new Breather();
  #work: Promise<void> | undefined;

  constructor(registry: Registry, instances: ToldInstances, network: PacketNetwork | undefined) {
    this.#registry = registry;
    this.#instances = instances;
    this.#network = network;
  }

  /** Begins, when the records are there. */
  start(): void {
    if (this.#network === undefined) return;
    this.#registry.whenNetworkChanges(() => this.settled());
    this.#owned.add(anyOf(...this.#registry.network.map(({ onChange }) => onChange))(() => this.#kick()));
    this.#owned.add(this.#whenAttached(() => this.#kick()));
    // Of an instance much changes of which its record knows nothing: how far its boot has come, its checks.
    const known = new Map<string, RecordedInstance["record"] | undefined>();
    this.#owned.add(
      this.#instances.onItem((id) => {
        const record = this.#instances.recorded(id)?.record;
        if (record === known.get(id)) return;
        if (record === undefined) known.delete(id);
        else known.set(id, record);
        this.#kick();
      }),
    );
    this.#kick();
  }

  /** Resolves when what the records say now is in force, or cannot be, which is reported. */
  async settled(): Promise<void> {
    while (this.#work !== undefined) await this.#work;
  }

  dispose(): void {
    this.#owned.dispose();
  }

  /** Volumes are in block device mappings: where they are attached, and nothing else of them. */
  #whenAttached(listener: () => void): Disposable {
    const { volumes } = this.#registry;
    const placeOf = (id: string) => {
      const attachment = volumes.get(id)?.attachment;
      return attachment ? `${attachment.instanceId} ${attachment.device}` : undefined;
    };
    const known = new Map<string, string>();
    for (const [id] of volumes.entries()) {
      const place = placeOf(id);
      if (place !== undefined) known.set(id, place);
    }
    return volumes.onRecord((id) => {
      const place = placeOf(id);
      if (place === known.get(id)) return;
      if (place === undefined) known.delete(id);
      else known.set(id, place);
      listener();
    });
  }

  #kick(): void {
    this.#isDue = true;
    this.#work ??= this.#configure();
  }

  async #configure(): Promise<void> {
    while (this.#isDue) {
      // Changes that belong together come one right after the other: those of a thousand instances in one go.
      await nextTask();
      this.#isDue = false;
      // What cannot be does not keep what comes after it.
      await this.#tell().catch(reportBackground);
    }
    // In the same breath as the look at `#isDue`: a change that comes in between would never be told.
    this.#work = undefined;
  }

  async #tell(): Promise<void> {
    const network = networkModel(this.#registry);
    const metadata = metadataModels(this.#registry, network, this.#instances.allRecorded());
    const model = { ...network, metadata };
    const text = await this.#textOf(model);
    if (text.length === this.#told.length && text.every((part, index) => part === this.#told[index])) return;
    // Until it has answered nobody knows what it is.
    this.#told = [];
    await this.#network?.configure(model);
    this.#told = text;
  }

  /** Of thousands of parts in several goes: the model is of one moment, and stays as it is. */
  async #textOf({ interfaces, metadata = [], ...rest }: NetworkModel): Promise<string[]> {
    const texts = [JSON.stringify(rest)];
    for (const part of [...interfaces, ...metadata]) {
      texts.push(JSON.stringify(part, readable));
      await this.#breather.breathe();
    }
    return texts;
  }
}

/** User data is bytes, which JSON would make an object of. */
const readable = (_: string, value: unknown): unknown => (value instanceof Uint8Array ? BYTES.decode(value) : value);

/** Another character for each byte (Encoding standard, index windows-1252). */
const BYTES = new TextDecoder("windows-1252");
