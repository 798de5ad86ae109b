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
    instances: { list(): readonly KeptInstance[]; readonly onChange: Event<void> },
    keep: (imageId: string) => Promise<void>,
    clock: Clock,
  ) {
    this.#keep = keep;
    this.#clock = clock;
    this.#owned.add(instances.onChange(() => instances.list().forEach((instance) => void this.#look(instance))));
  }

  dispose(): void {
    this.#owned.dispose();
  }

  #look({ id, imageId, launchTime, boot }: KeptInstance): void {
    const start = `${id} ${launchTime.getTime()}`;
    if (boot?.ready !== true || this.#starts.has(start)) return;
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
