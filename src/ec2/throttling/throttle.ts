import type { Clock } from "../../base/clock.ts";
import { CloudError } from "../../base/errors.ts";
import type { Scope } from "../../cloud/scope.ts";
import { type Cost, costsOf } from "./limits.ts";
import { TokenBucket } from "./token-bucket.ts";

/** Keeps requests within EC2's limits, for each account in each region (F71). */
export class Throttle {
  readonly #clock: Clock;
  /** As many as there are accounts, regions and actions, of which none comes from a request unchecked. */
  readonly #buckets = new Map<string, TokenBucket>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /**
   * Throws `RequestLimitExceeded`, which the SDKs wait for and try again, when the action's bucket is empty. Tokens of a
   * request that is refused for its resources are gone all the same.
   */
  admit(scope: Scope, action: string, input: object): void {
    for (const cost of costsOf(action, input)) {
      if (this.#bucket(scope, cost).take(cost.tokens, this.#clock.now())) continue;
      const { name, capacity, perSecond } = cost;
      throw new CloudError("RequestLimitExceeded", "Request limit exceeded.", { bucket: name, capacity, perSecond });
    }
  }

  #bucket({ accountId, region }: Scope, cost: Cost): TokenBucket {
    const key = `${accountId} ${region} ${cost.name}`;
    const bucket = this.#buckets.get(key) ?? new TokenBucket(cost, this.#clock.now());
    this.#buckets.set(key, bucket);
    return bucket;
  }
}
