import type { DisposableStore } from "../base/disposable.ts";
import { CloudError } from "../base/errors.ts";
import { Emitter } from "../base/event.ts";
import type { InstanceId } from "../base/ids.ts";
import type { InstanceActor } from "../lifecycle/instance-actor.ts";
import type { CloudInstance } from "./instance.ts";
import type { InstanceRecord } from "./records.ts";

/** Terminated instances stay visible for an hour (F18). */
const TERMINATED_VISIBLE_MS = 3_600_000;

/** An instance: what is stored of it, and what runs it. */
export interface InstanceEntry {
  record: InstanceRecord;
  readonly actor: InstanceActor;
  readonly instance: CloudInstance;
  /** Fires when anything of it has changed: the instance's own `onChange`. */
  readonly changed: Emitter<void>;
  readonly owned: DisposableStore;
}

/** The instances that there are, in the order in which they were made, and what tells of their changes. All views share them. */
export class InstanceEntries {
  readonly #entries = new Map<InstanceId, InstanceEntry>();
  readonly #itemChanged = new Emitter<InstanceId>();
  readonly #changed = new Emitter<void>();
  /** Nothing is to be forgotten before. */
  #nextForgottenAt = 0;

  /** Fires with each instance that appears, changes or goes, before `onChange`. */
  readonly onItem = this.#itemChanged.event;
  /** Fires when an instance appears, changes or goes. */
  readonly onChange = this.#changed.event;

  find(id: string): InstanceEntry | undefined {
    return this.#entries.get(id as InstanceId);
  }

  get(id: InstanceId): InstanceEntry {
    const entry = this.#entries.get(id);
    if (entry !== undefined) return entry;
    throw new CloudError("InvalidInstanceID.NotFound", `The instance ID '${id}' does not exist`);
  }

  values(): InstanceEntry[] {
    return [...this.#entries.values()];
  }

  add(id: InstanceId, entry: InstanceEntry): void {
    this.#entries.set(id, entry);
    const { terminatedAt } = entry.record;
    if (terminatedAt === null) return;
    this.#nextForgottenAt = Math.min(this.#nextForgottenAt, terminatedAt + TERMINATED_VISIBLE_MS);
  }

  /** Tells of changes: of several in one go, where they were made in one. */
  changed(...ids: readonly InstanceId[]): void {
    for (const id of ids) {
      this.#entries.get(id)?.changed.fire();
      this.#itemChanged.fire(id);
    }
    this.#changed.fire();
  }

  forget(id: InstanceId): void {
    this.#entries.get(id)?.owned.dispose();
    this.#entries.delete(id);
  }

  /** Lets go of what has been terminated for an hour, and gives its ids. `now` in epoch ms. */
  forgetOld(now: number): InstanceId[] {
    // Looked for with every list: a thousand times for a thousand changes, and once in an hour there is something.
    if (now < this.#nextForgottenAt) return [];
    const old: InstanceId[] = [];
    // What is terminated from now on stays for an hour at least.
    this.#nextForgottenAt = now + TERMINATED_VISIBLE_MS;
    for (const [id, { record }] of this.#entries) {
      if (record.terminatedAt === null) continue;
      const forgottenAt = record.terminatedAt + TERMINATED_VISIBLE_MS;
      if (forgottenAt <= now) old.push(id);
      else this.#nextForgottenAt = Math.min(this.#nextForgottenAt, forgottenAt);
    }
    for (const id of old) this.forget(id);
    // Who only reads the list is not told in the middle of it.
    if (old.length > 0) queueMicrotask(() => this.changed(...old));
    return old;
  }
}
