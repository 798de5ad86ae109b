import { reasons, transitionReason } from "../lifecycle/reasons.ts";
import { type InstanceRecord, storeRootOf } from "./records.ts";

/** How an instance is found by the page after its own: what ran has stopped; the same record when nothing did. */
export function afterItsPage(record: InstanceRecord, now: number): InstanceRecord {
  const ran = record.state === "pending" || record.state === "running" || record.state === "stopping";
  if (!ran) return record;
  // Nothing is left of a root that was in the page's memory: what is left of the instance goes too.
  const end =
    storeRootOf(record) === undefined
      ? ({ state: "stopped", stateReason: reasons.pageClosed } as const)
      : ({ state: "shutting-down", stateReason: reasons.pageClosedForGood } as const);
  return { ...record, ...end, transitionReason: transitionReason("Server failure", now) };
}
