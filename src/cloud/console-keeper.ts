import type { Clock } from "../base/clock.ts";
import { type Disposable, DisposableStore } from "../base/disposable.ts";
import { reportUncaught } from "../base/errors.ts";
import type { InstanceActor } from "../lifecycle/instance-actor.ts";
import type { RecordStore } from "../store/records.ts";
import { consoleRecord } from "./records.ts";

/** How much of the console a page that goes away may lose. */
const SAVE_EVERY_MS = 3_000;

/** Keeps an instance's console history in the registry: soon after it has changed, and at once when the machine is gone. */
export class ConsoleKeeper implements Disposable {
  readonly #id: string;
  readonly #actor: InstanceActor;
  readonly #records: RecordStore;
  readonly #owned = new DisposableStore();
  #timer: (() => void) | undefined;
  #saving: Promise<void> = Promise.resolve();
  #wasUp = false;
  #failing = false;

  constructor(id: string, actor: InstanceActor, records: RecordStore, clock: Clock) {
    this.#id = id;
    this.#actor = actor;
    this.#records = records;
    this.#owned.add(
      actor.console.onData(() => {
        this.#timer ??= clock.setTimer(SAVE_EVERY_MS, () => this.#save());
      }),
    );
    this.#owned.add(
      actor.onChange(() => {
        const isUp = actor.state === "running" || actor.state === "stopping";
        if (this.#wasUp && !isUp) this.#save();
        this.#wasUp = isUp;
      }),
    );
    this.#owned.defer(() => this.#timer?.());
  }

  dispose(): void {
    this.#owned.dispose();
  }

  #save(): void {
    this.#timer?.();
    this.#timer = undefined;
    const output = this.#actor.console.historyBytes();
    const put = this.#records.put(consoleRecord, this.#id, { output });
    const saved = this.#saving.then(() => this.#records.commit([put], { durability: "relaxed" }));
    this.#saving = saved.then(
      () => {
        this.#failing = false;
      },
      (error: unknown) => {
        // The console is a convenience: that it cannot be kept is reported, once, and stops nothing.
        if (!this.#failing) reportUncaught(error);
        this.#failing = true;
      },
    );
  }
}
