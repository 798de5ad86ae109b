import { anyOf, type Event } from "../../base/event.ts";
import type { Reachability, ReachabilityQuestion } from "../../network/reachability/reachability-types.ts";
import type { Finding } from "../../network/review/review.ts";
import type { NetworkContext } from "./collection.ts";
import { CloudNetwork } from "./network.ts";
import { modelSeenBy } from "./network-model.ts";

type ExplainedSight = Pick<NetworkContext, "registry" | "view" | "scopes" | "identityKey">;

/** The networks that somebody sees, and what can be said of them without a packet. */
export class ExplainedNetwork extends CloudNetwork {
  /** Fires after something has changed that an answer may depend on. */
  readonly onChange: Event<void>;
  readonly #sight: ExplainedSight;

  constructor(sight: ExplainedSight) {
    super(sight);
    this.#sight = sight;
    const { registry } = sight;
    this.onChange = anyOf(...[...registry.network, registry.storedDefaults].map((table) => table.onChange));
  }

  /** As `api/network-types.ts` has it. Other accounts' networks are not looked into: their addresses are outside. */
  async explain(question: ReachabilityQuestion): Promise<Reachability> {
    // It brings the whole network along: loaded by the first question.
    const { explainReachability } = await import("../../network/reachability/reachability.ts");
    return await explainReachability(modelSeenBy(this.#sight), question);
  }

  /** X.509, in PEM. */
  async identityCertificate(): Promise<string> {
    return await this.#sight.identityKey.certificate();
  }

  async review(): Promise<Finding[]> {
    const { reviewSecurityGroups } = await import("../../network/review/review.ts");
    const names = new Map(this.securityGroups().map(({ id, name }) => [id, name]));
    return reviewSecurityGroups(modelSeenBy(this.#sight), names);
  }
}
