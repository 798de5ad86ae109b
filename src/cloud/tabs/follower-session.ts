import { type Clock, systemClock } from "../../base/clock.ts";
import { type Disposable, DisposableStore } from "../../base/disposable.ts";
import { CloudError } from "../../base/errors.ts";
import { Carriage } from "../../protocol/carriage.ts";
import type { Client } from "../../protocol/contract.ts";
import { connect, serve } from "../../protocol/rpc.ts";
import {
  type CallTarget,
  type FollowerContract,
  followerContract,
  ownerContract,
} from "../../protocol/tab-contract.ts";
import { ConsoleFeed } from "./console-feed.ts";
import type { LocalBackend } from "./local-backend.ts";
import { StateFeed } from "./state-feed.ts";

/** The owner's end of the connection to one follower: does what it asks for, and tells it what changes. */
export class FollowerSession implements Disposable {
  readonly #backend: LocalBackend;
  readonly #follower: Client<FollowerContract>;
  readonly #feed: StateFeed;
  readonly #gone = new AbortController();
  readonly #owned = new DisposableStore();

  constructor(
    backend: LocalBackend,
    { calls, updates }: { readonly calls: MessagePort; readonly updates: MessagePort },
    clock: Clock = systemClock,
  ) {
    this.#backend = backend;
    this.#owned.defer(() => {
      calls.close();
      updates.close();
      this.#gone.abort(new CloudError("Cloud.FollowerGone", "The tab that asked for it is gone."));
    });
    serve(ownerContract, { call: (target, args) => this.#call(target, args), more: () => this.#feed.more() }, calls);
    const gone = new Promise<never>((_, reject) => {
      this.#gone.signal.addEventListener("abort", () => reject(this.#gone.signal.reason));
    });
    // Those who wait for the follower hear of it.
    gone.catch(() => {});
    this.#follower = connect(followerContract, updates, clock, gone);
    const consoles = this.#owned.add(new ConsoleFeed(backend, clock, () => this.#drop()));
    this.#feed = this.#owned.add(
      new StateFeed(
        backend,
        (update) => this.#follower.update(update),
        (ids) => consoles.follow(ids),
      ),
    );
    this.#feed.more();
  }

  /** What the follower has under way here is given up, as far as it can be: streams and signals. */
  dispose(): void {
    this.#owned.dispose();
  }

  async #call(target: CallTarget, packed: readonly unknown[]): Promise<unknown> {
    const carriage = new Carriage(this.#gone.signal);
    try {
      const args = packed.map((arg) => carriage.unpack(arg));
      const result = await this.#backend.call(target, args);
      await carriage.delivered();
      return carriage.pack(result, true);
    } finally {
      carriage.finish();
      await this.#feed.flush();
    }
  }

  /** It will find this message when it goes on, and connect again. */
  #drop(): void {
    this.#follower.dropped().catch(() => {});
    this.dispose();
  }
}
