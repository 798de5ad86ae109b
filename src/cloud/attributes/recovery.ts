import type { Recovery } from "../../lifecycle/actor-options.ts";
import { type Reason, reasons } from "../../lifecycle/reasons.ts";
import type { InstanceState } from "../../lifecycle/states.ts";
import { type InstanceRecord, storeRootOf } from "../records.ts";
import type { RecoveryRecord } from "./attribute-record.ts";

/** An instance whose page or worker dies of it each time must not do so for ever (EC2 tries three times a day). */
const MOST_RECOVERIES = 3;
/** A page may be reloaded more often a day than a host of EC2's fails. */
const WITHIN_MINUTES = 10;

type Recoverable = Pick<InstanceRecord, "attributes" | "instanceStores" | "recovery">;

/** Nothing is left to start from of a root on an instance store. */
const recovers = ({ attributes, instanceStores }: Recoverable): boolean =>
  attributes.autoRecovery === "default" && storeRootOf({ instanceStores }) === undefined;

/** What comes of a failure, and what is to be kept of it; undefined when the instance is not to start again by itself. */
export function recoveryAfter(
  record: Recoverable,
  failure: Reason,
  epochMs: number,
): (Recovery & { readonly kept: RecoveryRecord }) | undefined {
  if (!recovers(record)) return undefined;
  const recent = record.recovery.times.filter((time) => time > epochMs - WITHIN_MINUTES * 60_000);
  if (recent.length >= MOST_RECOVERIES) {
    const reason = reasons.recoveredTooOften(failure, MOST_RECOVERIES, WITHIN_MINUTES);
    return { startsAgain: false, reason, kept: { times: recent, isDue: false } };
  }
  const kept = { times: [...recent, epochMs], isDue: false };
  return { startsAgain: true, reason: reasons.recovered(failure), kept };
}

/** What a cloud whose keys are locked says of a volume: it is started when they are not any more. */
const LOCKED = "Volume.KeyUnavailable";

/**
 * Whether an instance that is in this state now is to be started by the next page: it ran until this one was closed, or
 * would run again if its volumes' keys were not locked.
 */
export const isDueAfter = (record: Recoverable, state: InstanceState, reason: Reason | null): boolean =>
  recovers(record) && state === "stopped" && isWaiting(reason);

/** Whether nobody has stopped it but the end of its page. */
export const isWaiting = (reason: Reason | null): boolean =>
  reason?.code === reasons.pageClosed.code || isLocked(reason);

/** Whether it is only the locked keys that are in its way. */
export const isLocked = (reason: Reason | null): boolean => reason?.code === LOCKED;

/** Whether it is to be started by this page, as an earlier one has left it. */
export const isDue = (record: Recoverable & Pick<InstanceRecord, "state">): boolean =>
  recovers(record) && (record.state === "pending" || record.state === "running" || record.recovery.isDue);
