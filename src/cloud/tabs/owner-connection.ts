import { type Clock, systemClock } from "../../base/clock.ts";
import { type Disposable, DisposableStore } from "../../base/disposable.ts";
import { CloudError } from "../../base/errors.ts";
import { Carriage } from "../../protocol/carriage.ts";
import type { Client } from "../../protocol/contract.ts";
import { connect, serve } from "../../protocol/rpc.ts";
import {
  type CallTarget,
  followerContract,
  type OwnerContract,
  ownerContract,
  type TabUpdate,
} from "../../protocol/tab-contract.ts";
import type { Mirror } from "./mirror.ts";

/** As often as a table is worth drawing again. In a background tab the browser makes a second of it, which suits as well. */
const UPDATE_EVERY_MS = 50;

/** A follower's end of the connection to the owner. */
export class OwnerConnection implements Disposable {
  /** Resolves when the owner's whole state is there. */
  readonly ready: Promise<void>;
  readonly #owner: Client<OwnerContract>;
  readonly #gone = new AbortController();
  readonly #owned = new DisposableStore();

  /** `onDropped`: the owner has let go of this connection; another one may be made. */
  constructor(
    mirror: Mirror,
    { calls, updates }: { readonly calls: MessagePort; readonly updates: MessagePort },
    onDropped: () => void = () => {},
    clock: Clock = systemClock,
  ) {
    const gone = new Promise<never>((_, reject) => {
      this.#gone.signal.addEventListener("abort", () => reject(this.#gone.signal.reason));
    });
    // Those who wait for the owner hear of it.
    gone.catch(() => {});
    this.#owner = connect(ownerContract, calls, clock, gone);
    this.#owned.defer(() => {
      calls.close();
      updates.close();
      this.#gone.abort(
        new CloudError(
          "Cloud.OwnerGone",
          "The tab that ran the cloud is gone. Whether it has done what was asked of it is not known: look, and ask again if need be.",
        ),
      );
    });
    this.ready = new Promise((resolve) => {
      let first = true;
      let cancel = () => {};
      this.#owned.defer(() => cancel());
      const update = (changes: TabUpdate) => {
        mirror.apply(changes, this.#gone.signal, first);
        first = false;
        resolve();
        cancel();
        cancel = clock.setTimer(UPDATE_EVERY_MS, () => this.#askForMore());
      };
      serve(followerContract, { update, dropped: onDropped }, updates);
    });
  }

  async call(target: CallTarget, args: readonly unknown[]): Promise<unknown> {
    const carriage = new Carriage(this.#gone.signal);
    try {
      const packed = args.map((arg) => carriage.pack(arg));
      return carriage.unpack(await this.#owner.call(target, packed), true);
    } catch (thrown) {
      // The one error of structured cloning (HTML §2.7.3); nothing else here throws a DOMException.
      if (thrown instanceof DOMException && thrown.name === "DataCloneError") {
        const text = `An argument of ${target.method} cannot be sent to the tab that runs the cloud: ${thrown.message}`;
        throw new CloudError("InvalidParameterValue", text, { method: target.method }, thrown);
      }
      throw thrown;
    } finally {
      carriage.finish();
    }
  }

  /** What is under way rejects with `Cloud.OwnerGone`. */
  dispose(): void {
    this.#owned.dispose();
  }

  #askForMore(): void {
    // An owner that is gone has nothing more to tell.
    this.#owner.more().catch(() => {});
  }
}
