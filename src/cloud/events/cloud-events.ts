import type { Clock } from "../../base/clock.ts";
import { type Disposable, DisposableStore } from "../../base/disposable.ts";
import { Emitter, type Event } from "../../base/event.ts";
import type { CloudInstances } from "../instances.ts";
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
  readonly onChange: Event<void>;
  /** What there is, by id. */
  states(): ReadonlyMap<string, Standing>;
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
  #events: StateEvent[] = [];
  #count = 0;

  constructor(parts: EventParts) {
    this.#parts = parts;
  }

  /** Fires after each event. */
  readonly onChange = this.#changed.event;

  /** The latest, oldest first. */
  list(): StateEvent[] {
    return [...this.#events];
  }

  /** What there is now is where the events begin. */
  watch(): void {
    for (const source of sourcesOf(this.#parts)) {
      let before = source.states();
      const look = () => {
        const now = source.states();
        const changes = [...new Set([...before.keys(), ...now.keys()])].filter(
          (id) => before.get(id)?.state !== now.get(id)?.state,
        );
        const earlier = before;
        before = now;
        for (const id of changes) this.#add(source.type, id, earlier.get(id), now.get(id));
        if (changes.length > 0) this.#changed.fire();
      };
      this.#owned.add(source.onChange(look));
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
    this.#events = [...this.#events.slice(1 - KEPT), event];
  }
}

function sourcesOf({ registry, instances }: EventParts): EventSource[] {
  const { volumes, snapshots, images, keyPairs, launchTemplates } = registry;
  const standing = <T extends Owned>(
    entries: readonly (readonly [string, T])[],
    stateOf: (record: T) => string | undefined,
  ): Map<string, Standing> =>
    new Map(
      entries.flatMap(([id, record]) => {
        const state = stateOf(record);
        return state === undefined ? [] : [[id, { state, ownerId: record.ownerId, region: record.region }] as const];
      }),
    );
  const all = () => instances.list().map((instance) => [instance.id, instance] as const);
  return [
    { type: "instance", onChange: instances.onChange, states: () => standing(all(), ({ state }) => state) },
    { type: "volume", onChange: volumes.onChange, states: () => standing(volumes.entries(), ({ state }) => state) },
    {
      type: "attachment",
      onChange: volumes.onChange,
      states: () => standing(volumes.entries(), ({ attachment }) => attachment?.state),
    },
    {
      type: "snapshot",
      onChange: snapshots.onChange,
      states: () => standing(snapshots.entries(), ({ state, deleting }) => (deleting ? undefined : state)),
    },
    {
      type: "image",
      onChange: images.onChange,
      states: () => standing(images.entries(), ({ state }) => (state === "deregistered" ? undefined : state)),
    },
    { type: "key-pair", onChange: keyPairs.onChange, states: () => standing(keyPairs.entries(), () => THERE) },
    {
      type: "launch-template",
      onChange: launchTemplates.onChange,
      states: () => standing(launchTemplates.entries(), () => THERE),
    },
  ];
}
