/** What can be said of networks without a packet: the types, for those who do not see `network`. */
export type { Decision as NetworkDecision } from "../../network/filter/verdict.ts";
export type {
  Reachability,
  ReachabilityFailure,
  ReachabilityOutcome,
  ReachabilityPath,
  ReachabilityQuestion,
  ReachabilityStep,
} from "../../network/reachability/reachability-types.ts";
export type { Finding as NetworkFinding } from "../../network/review/review.ts";
