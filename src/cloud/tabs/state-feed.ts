import { type Disposable, DisposableStore } from "../../base/disposable.ts";
import type { TabUpdate } from "../../protocol/tab-contract.ts";
import { copyFacts } from "./instance-copy.ts";
import type { LocalBackend } from "./local-backend.ts";
import { membersOf, PLAN, RESOURCES, type ResourceName } from "./plan.ts";

type ListUpdate = TabUpdate["lists"][string];

/** What one follower has been told of a list. */
class ToldList {
  #ids: readonly string[] | undefined;
  #items = new Map<string, string>();

  /** Undefined when nothing has changed. */
  compare(items: readonly { readonly id: string }[]): ListUpdate | undefined {
    const before = this.#items;
    // What the API shows is JSON, and dates.
    this.#items = new Map(items.map((item) => [item.id, JSON.stringify(item)]));
    const ids = items.map(({ id }) => id);
    const sameIds = this.#ids?.length === ids.length && this.#ids.every((id, index) => id === ids[index]);
    this.#ids = ids;
    const changed = items.filter(({ id }) => before.get(id) !== this.#items.get(id));
    if (sameIds && changed.length === 0) return undefined;
    return { ids: sameIds ? null : ids, items: [...changed] };
  }
}

/**
 * Tells one follower what changes: everything at first, then what is different. What happens in one go is one update,
 * and the next one goes when the follower has asked for more (it does some 20 times a second), so that a follower that
 * is slow, or in the background, is never behind by more than one update.
 */
export class StateFeed implements Disposable {
  readonly #backend: LocalBackend;
  readonly #send: (update: TabUpdate) => Promise<void>;
  readonly #openConsoles: (instanceIds: readonly string[]) => TabUpdate["consoles"];
  readonly #owned = new DisposableStore();
  readonly #dirty = new Set<ResourceName>(RESOURCES);
  readonly #lists = new Map<ResourceName, ToldList>();
  readonly #values = new Map<string, string>();
  #hasRoom = true;
  #scheduled = false;
  #sent: Promise<void> = Promise.resolve();

  /** `openConsoles` gives those that the follower does not have yet. `send` rejects when the follower is gone. */
  constructor(
    backend: LocalBackend,
    send: (update: TabUpdate) => Promise<void>,
    openConsoles: (instanceIds: readonly string[]) => TabUpdate["consoles"],
  ) {
    this.#backend = backend;
    this.#send = send;
    this.#openConsoles = openConsoles;
    for (const resource of RESOURCES) {
      this.#owned.add(
        backend.onChange(resource)(() => {
          this.#dirty.add(resource);
          this.#schedule();
        }),
      );
    }
  }

  /** The follower has room for another one. */
  more(): void {
    this.#hasRoom = true;
    if (this.#dirty.size > 0) this.#schedule();
  }

  /** Tells what has not been told yet, whether there is room or not; resolves when the follower has taken it all. */
  async flush(): Promise<void> {
    if (this.#dirty.size > 0) this.#push();
    await this.#sent;
  }

  dispose(): void {
    this.#owned.dispose();
  }

  #schedule(): void {
    if (!this.#hasRoom || this.#scheduled) return;
    this.#scheduled = true;
    queueMicrotask(() => {
      this.#scheduled = false;
      if (this.#hasRoom && this.#dirty.size > 0) this.#push();
    });
  }

  #push(): void {
    if (this.#owned.isDisposed) return;
    this.#hasRoom = false;
    const sent = this.#send(this.#collect());
    const before = this.#sent;
    // A follower that is gone takes nothing any more: its session ends by itself.
    this.#sent = sent.then(
      () => before,
      () => {},
    );
  }

  #collect(): TabUpdate {
    const update: TabUpdate = { lists: {}, values: {}, fired: [...this.#dirty], consoles: [] };
    // An instance shows what its volumes are: their changes are its own.
    if (this.#dirty.has("volumes")) this.#dirty.add("instances");
    for (const resource of this.#dirty) {
      if ("list" in PLAN[resource] && PLAN[resource].list === "list") this.#collectList(resource, update);
      this.#collectValues(resource, update);
    }
    this.#dirty.clear();
    return update;
  }

  #collectList(resource: ResourceName, update: TabUpdate): void {
    const told = this.#lists.get(resource) ?? new ToldList();
    this.#lists.set(resource, told);
    const items = this.#items(resource);
    const changes = told.compare(items);
    if (changes === undefined) return;
    update.lists[resource] = changes;
    if (resource !== "instances") return;
    if (!update.fired.includes(resource)) update.fired.push(resource);
    update.consoles = this.#openConsoles(items.map(({ id }) => id));
  }

  #items(resource: ResourceName): readonly { readonly id: string }[] {
    const items = this.#backend.list(resource);
    return resource === "instances" ? (items as Parameters<typeof copyFacts>[0][]).map(copyFacts) : items;
  }

  #collectValues(resource: ResourceName, update: TabUpdate): void {
    for (const member of membersOf(PLAN[resource], "value")) {
      const value = this.#backend.value(resource, member);
      const text = JSON.stringify(value) ?? "";
      const name = `${resource}.${member}`;
      if (this.#values.get(name) === text) continue;
      this.#values.set(name, text);
      update.values[resource] = { ...update.values[resource], [member]: value };
    }
  }
}
