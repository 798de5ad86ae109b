import { Breather } from "../../base/breather.ts";
import { type Disposable, DisposableStore } from "../../base/disposable.ts";
import type { TabUpdate } from "../../protocol/tab-contract.ts";
import { reportBackground } from "../background.ts";
import { copyFacts } from "./instance-copy.ts";
import type { LocalBackend } from "./local-backend.ts";
import { type InstanceFacts, membersOf, PLAN, RESOURCES, type ResourceName } from "./plan.ts";

type ListUpdate = TabUpdate["lists"][string];

type Item = { readonly id: string };

/** What one follower has been told of a list. */
class ToldList {
  #ids: readonly string[] | undefined;
  #items = new Map<string, { readonly item: Item; readonly text: string }>();

  /** Undefined when nothing has changed. `copy` makes of an item what is told of it. */
  async compare(
    items: readonly Item[],
    copy: (item: Item) => Item,
    breathe: () => Promise<void>,
  ): Promise<ListUpdate | undefined> {
    const before = this.#items;
    this.#items = new Map();
    const changed: Item[] = [];
    for (const one of items) {
      await breathe();
      const item = copy(one);
      const known = before.get(item.id);
      // What the API shows is JSON, and dates. What never changes, as an event, is the same object each time.
      const told = known?.item === item ? known : { item, text: JSON.stringify(item) };
      this.#items.set(item.id, told);
      if (told.text !== known?.text) changed.push(item);
    }
    const ids = items.map(({ id }) => id);
    const sameIds = this.#ids?.length === ids.length && this.#ids.every((id, index) => id === ids[index]);
    this.#ids = ids;
    if (sameIds && changed.length === 0) return undefined;
    return { ids: sameIds ? null : ids, items: changed };
  }
}

/**
 * Tells one follower what changes: everything at first, then what is different. What happens in one go is one update,
 * and the next one goes when the follower has asked for more (it does some 20 times a second), so that a follower that
 * is slow, or in the background, is never behind by more than one update. An update of thousands is put together in
 * several goes; what changes meanwhile is in the next one as well.
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
  readonly #breather = new Breather();

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
    // One after the other: what is told is compared with what was told before.
    this.#sent = this.#sent.then(async () => {
      if (this.#owned.isDisposed) return;
      const update = await this.#collect();
      // A follower that is gone takes nothing any more: its session ends by itself.
      await this.#send(update).catch(() => {});
    });
    this.#sent.catch(reportBackground);
  }

  async #collect(): Promise<TabUpdate> {
    const dirty = new Set(this.#dirty);
    this.#dirty.clear();
    const update: TabUpdate = { lists: {}, values: {}, fired: [...dirty], consoles: [] };
    // An instance shows what its volumes are: their changes are its own.
    if (dirty.has("volumes")) dirty.add("instances");
    for (const resource of dirty) {
      if ("list" in PLAN[resource] && PLAN[resource].list === "list") await this.#collectList(resource, update);
      this.#collectValues(resource, update);
    }
    return update;
  }

  async #collectList(resource: ResourceName, update: TabUpdate): Promise<void> {
    const told = this.#lists.get(resource) ?? new ToldList();
    this.#lists.set(resource, told);
    const items = this.#backend.list(resource);
    const copy = (item: Item) => (resource === "instances" ? copyFacts(item as InstanceFacts) : item);
    const changes = await told.compare(items, copy, () => this.#breather.breathe());
    if (changes === undefined) return;
    update.lists[resource] = changes;
    if (resource !== "instances") return;
    if (!update.fired.includes(resource)) update.fired.push(resource);
    update.consoles = this.#openConsoles(items.map(({ id }) => id));
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
