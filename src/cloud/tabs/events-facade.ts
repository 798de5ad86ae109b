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
  /** The id of the latest that has been told of. */
  #last: string | undefined;

  constructor(source: Facade<"events">) {
    this.#source = source;
    this.#last = this.list().at(-1)?.id;
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
    // What it has told of last is mostly near the end; where it is not there any more, all of them are news.
    const news = events.slice(events.findLastIndex(({ id }) => id === this.#last) + 1);
    this.#last = events.at(-1)?.id;
    for (const event of news) this.#happened.fire(event);
  }
}
