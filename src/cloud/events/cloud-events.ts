import type { Clock } from "../../base/clock.ts";
import { type Disposable, DisposableStore } from "../../base/disposable.ts";
import { Emitter, type Event } from "../../base/event.ts";
import type { CloudInstances } from "../instances.ts";
import type { RecordTable } from "../record-table.ts";
import type { Registry } from "../registry.ts";
import type { Owned } from "../scope.ts";

/** A resource's change of state. */
export interface StateEvent {
  /** In order within one tab's time as the owner. */
  readonly id: string;
  readonly time: Date;
  readonly resourceType: EventSource["type"];
  readonly resourceId: string;
  /** Null: it was not there before. */
  readonly from: string | null;
  /** Null: it is gone. */
  readonly to: string | null;
  readonly ownerId: string;
  readonly region: string;
}

interface Standing extends Owned {
  readonly state: string;
}

interface EventSource {
  readonly type: "instance" | "volume" | "attachment" | "snapshot" | "image" | "key-pair" | "launch-template";
  /** Fires with each that may have changed. */
  readonly onItem: Event<string>;
  ids(): readonly string[];
  /** Undefined for what is not there. */
  stateOf(id: string): Standing | undefined;
}

export interface EventParts {
  readonly registry: Registry;
  readonly instances: CloudInstances;
  readonly clock: Clock;
  /** Tells events of this page from those of one before. */
  readonly session: string;
}

/** A tab that looks so rarely that it is behind by more misses the oldest. */
const KEPT = 500;

/** What has no states of its own is there, or is not. */
const THERE = "available";

/** Every change of every resource's state, in order. Those of the last time, for tabs that follow. */
export class CloudEvents implements Disposable {
  readonly #parts: EventParts;
  readonly #owned = new DisposableStore();
  readonly #changed = new Emitter<void>();
  /** More than the latest at times, so that not each event moves them all. */
  #events: StateEvent[] = [];
  #count = 0;
  #untold = 0;

  constructor(parts: EventParts) {
    this.#parts = parts;
  }

  /** Fires after events: once for those of one go, unless they are too many to be kept until its end. */
  readonly onChange = this.#changed.event;

  /** The latest, oldest first. */
  list(): StateEvent[] {
    return this.#events.slice(-KEPT);
  }

  /** What there is now is where the events begin. */
  watch(): void {
    for (const source of sourcesOf(this.#parts)) {
      const known = new Map(source.ids().map((id) => [id, source.stateOf(id)] as const));
      const look = (id: string) => {
        const [before, now] = [known.get(id), source.stateOf(id)];
        if (now === undefined) known.delete(id);
        else known.set(id, now);
        if (before?.state !== now?.state) this.#add(source.type, id, before, now);
      };
      this.#owned.add(source.onItem(look));
    }
  }

  dispose(): void {
    this.#owned.dispose();
  }

  #add(resourceType: EventSource["type"], resourceId: string, from: Standing | undefined, to: Standing | undefined) {
    const { clock, session } = this.#parts;
    const { ownerId = "", region = "" } = to ?? from ?? {};
    const event: StateEvent = {
      id: `${session} ${++this.#count}`,
      time: new Date(clock.now()),
      resourceType,
      resourceId,
      from: from?.state ?? null,
      to: to?.state ?? null,
      ownerId,
      region,
    };
    this.#events.push(event);
    if (this.#events.length > 2 * KEPT) this.#events = this.#events.slice(-KEPT);
    this.#untold++;
    if (this.#untold === 1) queueMicrotask(() => this.#tell());
    else if (this.#untold >= KEPT / 2) this.#tell();
  }

  #tell(): void {
    if (this.#untold === 0) return;
    this.#untold = 0;
    this.#changed.fire();
  }
}

function sourcesOf({ registry, instances }: EventParts): EventSource[] {
  const { volumes, snapshots, images, keyPairs, launchTemplates } = registry;
  const standing = ({ ownerId, region }: Owned, state: string | undefined): Standing | undefined =>
    state === undefined ? undefined : { state, ownerId, region };
  const ofTable = <T extends Owned>(
    type: EventSource["type"],
    table: RecordTable<T>,
    stateOf: (record: T) => string | undefined,
  ): EventSource => ({
    type,
    onItem: table.onRecord,
    ids: () => table.entries().map(([id]) => id),
    stateOf(id) {
      const record = table.get(id);
      return record && standing(record, stateOf(record));
    },
  });
  const ofInstances: EventSource = {
    type: "instance",
    onItem: instances.onItem,
    ids: () => instances.list().map(({ id }) => id),
    stateOf(id) {
      const instance = instances.find(id);
      return instance && standing(instance, instance.state);
    },
  };
  return [
    ofInstances,
    ofTable("volume", volumes, ({ state }) => state),
    ofTable("attachment", volumes, ({ attachment }) => attachment?.state),
    ofTable("snapshot", snapshots, ({ state, deleting }) => (deleting ? undefined : state)),
    ofTable("image", images, ({ state }) => (state === "deregistered" ? undefined : state)),
    ofTable("key-pair", keyPairs, () => THERE),
    ofTable("launch-template", launchTemplates, () => THERE),
  ];
}
