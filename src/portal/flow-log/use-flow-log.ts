import { useCallback, useEffect, useState } from "react";
import type { FlowLogRecord } from "../../api/network-types.ts";
import { type CloudError, toCloudError } from "../../base/errors.ts";
import { usePortal } from "../live/portal-context.ts";
import { EMPTY, merged, type Records } from "./records.ts";

interface FlowLog {
  readonly records: Records;
  /** Why it is not live (any more). */
  readonly error: CloudError | null;
  readonly followAgain: () => void;
  /** Forgets what is shown; a flow that grows comes again. */
  readonly clear: () => void;
}

/** The flow log of an interface, live as long as it is looked at. */
export function useFlowLog(interfaceId: string): FlowLog {
  const { networkInterfaces } = usePortal().cloud;
  const [records, setRecords] = useState<Records>(EMPTY);
  const [error, setError] = useState<CloudError | null>(null);
  const [times, setTimes] = useState(0);
  // biome-ignore lint/correctness/useExhaustiveDependencies: `times` asks once more.
  useEffect(() => {
    const controller = new AbortController();
    const { signal } = controller;
    setRecords(EMPTY);
    setError(null);
    const add = (more: readonly FlowLogRecord[]) => {
      if (!signal.aborted) setRecords((before) => merged(before, more));
    };
    const fail = (thrown: unknown) => {
      if (!signal.aborted) setError(toCloudError(thrown));
    };
    // What passes while the log is fetched is heard of: a record that is in both is taken as it has grown furthest.
    networkInterfaces.followFlowLog(interfaceId, add, { signal }).catch(fail);
    networkInterfaces.flowLog(interfaceId).then(add, fail);
    return () => controller.abort();
  }, [networkInterfaces, interfaceId, times]);
  const followAgain = useCallback(() => setTimes((before) => before + 1), []);
  const clear = useCallback(() => setRecords(EMPTY), []);
  return { records, error, followAgain, clear };
}
