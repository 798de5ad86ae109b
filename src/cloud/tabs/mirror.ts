import { CloudError } from "../../base/errors.ts";
import { Emitter, type Event } from "../../base/event.ts";
import { type IdPrefix, parseId } from "../../base/ids.ts";
import { readPort } from "../../protocol/port-stream.ts";
import type { TabUpdate } from "../../protocol/tab-contract.ts";
import { KINDS, type NetworkKind } from "../network/network-errors.ts";
import { InstanceCopy } from "./instance-copy.ts";
import { type InstanceFacts, RESOURCES, type ResourceName } from "./plan.ts";

interface Item {
  readonly id: string;
}

type Lookup = { prefix: IdPrefix; malformed: string; notFound: string; noun: string };

const NETWORK_LOOKUPS = Object.fromEntries(
  Object.entries(KINDS).map(([kind, one]): [string, Lookup] => [kind, { malformed: one.notFound, ...one }]),
) as Readonly<Record<NetworkKind, Lookup>>;

/** What the resources that have a `get` say to an id that is none, or unknown. */
const LOOKUPS: Partial<Record<ResourceName, Lookup>> = {
  instances: {
    prefix: "i",
    malformed: "InvalidInstanceID.Malformed",
    notFound: "InvalidInstanceID.NotFound",
    noun: "instance ID",
  },
  volumes: {
    prefix: "vol",
    malformed: "InvalidVolumeID.Malformed",
    notFound: "InvalidVolume.NotFound",
    noun: "volume",
  },
  snapshots: {
    prefix: "snap",
    malformed: "InvalidSnapshotID.Malformed",
    notFound: "InvalidSnapshot.NotFound",
    noun: "snapshot",
  },
  launchTemplates: {
    prefix: "lt",
    malformed: "InvalidLaunchTemplateId.Malformed",
    notFound: "InvalidLaunchTemplateId.NotFound",
    noun: "launch template",
  },
  ...NETWORK_LOOKUPS,
  keyPairs: {
    prefix: "key",
    malformed: "InvalidKeyPair.NotFound",
    notFound: "InvalidKeyPair.NotFound",
    noun: "key pair ID",
  },
};

/** As the owner says it. */
export function notFound(resource: ResourceName, id: string): CloudError {
  const lookup = LOOKUPS[resource];
  const text = `The ${lookup?.noun ?? resource} '${id}' does not exist`;
  return new CloudError(lookup?.notFound ?? "InvalidParameterValue", text, { id });
}

/** A follower's copy of the owner's state. It stays as it was while there is no owner, and goes on with the next one. */
export class Mirror {
  readonly #lists = new Map<string, Item[]>();
  readonly #values = new Map<string, Readonly<Record<string, unknown>>>();
  readonly #instances = new Map<string, InstanceCopy>();
  readonly #changed = new Map(RESOURCES.map((name) => [name, new Emitter<void>()] as const));

  list(resource: string): readonly Item[] {
    return [...(this.#lists.get(resource) ?? [])];
  }

  get(resource: ResourceName, id: string): Item {
    const lookup = LOOKUPS[resource];
    if (lookup !== undefined) parseId(lookup.prefix, id, lookup.malformed);
    const found = this.#lists.get(resource)?.find((item) => item.id === id);
    if (found !== undefined) return found;
    throw notFound(resource, id);
  }

  value(resource: string, member: string): unknown {
    return this.#values.get(resource)?.[member];
  }

  onChange(resource: ResourceName): Event<void> {
    return this.#emitter(resource).event;
  }

  instance(id: string): InstanceCopy | undefined {
    return this.#instances.get(id);
  }

  /** Takes an update; `first`: it is a new owner's, and says all there is. The streams of consoles end with `gone`. */
  apply(update: TabUpdate, gone: AbortSignal, first: boolean): void {
    const changed = this.#applyInstances(update);
    for (const [resource, { ids, items }] of Object.entries(update.lists)) {
      const before = first ? [] : (this.#lists.get(resource) ?? []);
      const known = new Map([...before, ...items].map((item) => [item.id, item] as const));
      const order = ids ?? before.map(({ id }) => id);
      this.#lists.set(
        resource,
        order.map((id) => known.get(id)).filter((item): item is Item => item !== undefined),
      );
    }
    for (const [resource, values] of Object.entries(update.values)) {
      this.#values.set(resource, { ...this.#values.get(resource), ...values });
    }
    for (const { instanceId, history, output } of update.consoles) {
      this.#instances.get(instanceId)?.follow(history, readPort(output, { signal: gone }));
    }
    // Nobody hears of a change before all of it is there.
    for (const copy of changed) copy.changed();
    for (const resource of RESOURCES) if (update.fired.includes(resource)) this.#emitter(resource).fire();
  }

  #applyInstances({ lists }: TabUpdate): InstanceCopy[] {
    const { ids = null, items = [] } = lists.instances ?? {};
    const changed = items.map((item) => {
      // The owner's own facts, of the same build: what they are made of is said there.
      const facts = item as unknown as InstanceFacts;
      const known = this.#instances.get(facts.id);
      const copy = known ?? new InstanceCopy(facts);
      copy.facts = facts;
      this.#instances.set(facts.id, copy);
      return copy;
    });
    if (ids === null) return changed;
    const there = new Set(ids);
    for (const [id, copy] of this.#instances) {
      if (there.has(id)) continue;
      copy.gone();
      this.#instances.delete(id);
    }
    return changed;
  }

  #emitter(resource: ResourceName): Emitter<void> {
    const emitter = this.#changed.get(resource);
    if (emitter === undefined) throw new TypeError(`no resource "${resource}"`);
    return emitter;
  }
}
