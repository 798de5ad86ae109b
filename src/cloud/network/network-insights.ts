/** What is told of networks and of what passes there: the types, for those who do not see `network`. */

export type { CaptureOptions } from "../../network/capture/packet-capture.ts";
export type { Decision as NetworkDecision } from "../../network/filter/verdict.ts";
export type { FlowGap, FlowLogRecord, FlowRecord } from "../../network/flow-log/flow-record.ts";
export type {
  Reachability,
  ReachabilityFailure,
  ReachabilityOutcome,
  ReachabilityPath,
  ReachabilityQuestion,
  ReachabilityStep,
} from "../../network/reachability/reachability-types.ts";
export type { Finding as NetworkFinding } from "../../network/review/review.ts";
export type { Incident as NetworkIncident } from "../../network/switch/counters.ts";
