import type { Disposable } from "../../base/disposable.ts";
import { Emitter, type Event } from "../../base/event.ts";
import { isDenied } from "../access/gate.ts";
import type { StateEvent } from "../events/cloud-events.ts";
import type { Facade } from "./facade.ts";

/** The events of a cloud as a tab has them: each once and in order, whoever runs it. */
export class EventsFacade implements Disposable {
  readonly #source: Facade<"events">;
  readonly #happened = new Emitter<StateEvent>();
  readonly #subscription: Disposable;
  #seen: ReadonlySet<string>;

  constructor(source: Facade<"events">) {
    this.#source = source;
    this.#seen = new Set(this.list().map(({ id }) => id));
    this.#subscription = source.onChange(() => this.#look());
  }

  /** Fires for every change of a resource's state, in order. */
  readonly onEvent: Event<StateEvent> = this.#happened.event;

  /** The latest 500, oldest first. */
  list(): StateEvent[] {
    return this.#source.list();
  }

  dispose(): void {
    this.#subscription.dispose();
  }

  /** Who may not see them hears of none. */
  #look(): void {
    let events: readonly StateEvent[];
    try {
      events = this.list();
    } catch (thrown) {
      if (isDenied(thrown)) return;
      throw thrown;
    }
    const news = events.filter(({ id }) => !this.#seen.has(id));
    this.#seen = new Set(events.map(({ id }) => id));
    for (const event of news) this.#happened.fire(event);
  }
}
