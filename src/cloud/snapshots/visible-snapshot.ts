import type { View } from "../scope.ts";
import type { SnapshotRecord } from "./snapshot-record.ts";

/** Whether somebody has a snapshot before them: can look at it, and make things from it. Changing it is the owner's. */
export const isVisibleSnapshot = (record: SnapshotRecord, view: View): boolean =>
  view.sees(record) || view.uses(record, record.createVolumePermissions);
