import { type Clock, withDeadline } from "../../base/clock.ts";
import type { CloudError } from "../../base/errors.ts";
import type { Event } from "../../base/event.ts";
import type { CallTarget } from "../../protocol/tab-contract.ts";
import type { Backend, InstanceSource } from "./backend.ts";
import { Mirror } from "./mirror.ts";
import type { ResourceName } from "./plan.ts";

/** Whoever does what is called for: the owner by its connection, or this tab once it is the owner. */
type Doer = Pick<Backend, "call">;

/** From one owner to the next it takes moments: the locks of a tab that is gone, then IndexedDB. */
const OWNER_WAIT_MS = 30_000;

/** A follower's: reads from its copy, and has the owner do the rest. */
export class RemoteBackend implements Backend {
  readonly mirror = new Mirror();
  readonly #clock: Clock;
  #doer: Promise<Doer>;
  #found: (doer: Doer | Promise<never>) => void = () => {};

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#doer = this.#next();
  }

  /** From now on it does what is called for, and what has waited for somebody to. */
  use(doer: Doer): void {
    this.#found(doer);
    this.#found = () => {};
    this.#doer = Promise.resolve(doer);
  }

  /** There is nobody any more: calls wait for the next one, 30 seconds at most, then reject with `Cloud.NoOwner`. */
  wait(): void {
    this.#doer = this.#next();
  }

  /** There will be nobody: calls reject with the reason, those that wait as well. */
  refuse(error: CloudError): void {
    this.#found(Promise.reject(error));
    this.#found = () => {};
    this.#doer = Promise.reject(error);
    // Callers hear of it; there need not be any.
    this.#doer.catch(() => {});
  }

  async call(target: CallTarget, args: readonly unknown[]): Promise<unknown> {
    const what = "The search for a tab that runs the cloud";
    const doer = await withDeadline(this.#clock, OWNER_WAIT_MS, this.#doer, what, "Cloud.NoOwner");
    return await doer.call(target, args);
  }

  list(resource: ResourceName): readonly { readonly id: string }[] {
    return this.mirror.list(resource);
  }

  get(resource: ResourceName, id: string): { readonly id: string } {
    return this.mirror.get(resource, id);
  }

  value(resource: ResourceName, member: string): unknown {
    return this.mirror.value(resource, member);
  }

  onChange(resource: ResourceName): Event<void> {
    return this.mirror.onChange(resource);
  }

  instance(id: string): InstanceSource | undefined {
    return this.mirror.instance(id);
  }

  #next(): Promise<Doer> {
    // One that nobody has found yet must still be found by those who wait for it.
    const earlier = this.#found;
    const next = new Promise<Doer>((resolve) => {
      this.#found = (doer) => {
        earlier(doer);
        resolve(doer);
      };
    });
    next.catch(() => {});
    return next;
  }
}
