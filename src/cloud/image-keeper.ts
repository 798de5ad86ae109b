import type { Clock } from "../base/clock.ts";
import { type Disposable, DisposableStore } from "../base/disposable.ts";
import type { Event } from "../base/event.ts";

/** The guest's first commands come before what it may never read. */
const AFTER_READY_MS = 5_000;

interface KeptInstance {
  readonly id: string;
  readonly imageId: string;
  readonly launchTime: Date;
  readonly boot: { readonly ready: boolean } | null;
}

/**
 * Once an instance is up, has the rest of its image brought into the cache: it then needs no server any more, neither
 * off line nor when the server's image becomes another one.
 *
 * A failure is not told: what is missing is fetched again when the guest reads it, and told then. Each start of an
 * instance tries once.
 */
export class ImageKeeper implements Disposable {
  readonly #clock: Clock;
  readonly #keep: (imageId: string) => Promise<void>;
  readonly #owned = new DisposableStore();
  readonly #kept = new Set<string>();
  readonly #starts = new Set<string>();

  constructor(
    instances: { find(id: string): KeptInstance | undefined; readonly onItem: Event<string> },
    keep: (imageId: string) => Promise<void>,
    clock: Clock,
  ) {
    this.#keep = keep;
    this.#clock = clock;
    this.#owned.add(instances.onItem((id) => this.#look(instances.find(id))));
  }

  dispose(): void {
    this.#owned.dispose();
  }

  #look(instance: KeptInstance | undefined): void {
    if (instance?.boot?.ready !== true) return;
    const { id, imageId, launchTime } = instance;
    const start = `${id} ${launchTime.getTime()}`;
    if (this.#starts.has(start)) return;
    this.#starts.add(start);
    this.#owned.defer(
      this.#clock.setTimer(AFTER_READY_MS, () => {
        if (this.#kept.has(imageId)) return;
        this.#kept.add(imageId);
        this.#keep(imageId).catch(() => this.#kept.delete(imageId));
      }),
    );
  }
}
