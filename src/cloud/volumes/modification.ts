import { CloudError, toCloudError } from "../../base/errors.ts";
import { checkVolumeChange } from "../quotas/quota-checks.ts";
import { scopeOf } from "../scope.ts";
import { completedSnapshot, type DiskContext, volumeOf } from "./disk-context.ts";
import type { LinkedInstance } from "./instance-link.ts";
import { incorrectState, instanceBetween } from "./volume-errors.ts";
import type { ModifyVolumeRequest } from "./volume-info.ts";
import type { VolumeRecord } from "./volume-record.ts";
import { checkPerformance, checkVolumeSize, checkVolumeType, GIB, limitsOf, type VolumeShape } from "./volume-types.ts";

/** "Wait at least 6 hours between modifications" (EBS User Guide, "Requirements for Amazon EBS volume modifications"). */
const BETWEEN_MODIFICATIONS_MS = 6 * 3_600_000;

/**
 * Grows a volume or changes its type, in use or not (F42). The change is recorded before it is done: `begun` is called
 * then. The next one within 6 hours is `VolumeModificationRateExceeded`, unless this one fails.
 */
export async function modifyVolume(
  context: DiskContext,
  request: ModifyVolumeRequest,
  begun: () => void = () => {},
): Promise<void> {
  const { volumeId } = request;
  volumeOf(context, volumeId);
  await context.queue.run([volumeId], async () => {
    const { registry, clock } = context;
    const record = volumeOf(context, volumeId);
    const running = runningInstance(context, volumeId, record);
    const target = targetOf(record, request);
    checkRate(volumeId, record, clock.now());
    checkVolumeChange(context.quotas, scopeOf(record), [{ from: record, to: target }]);
    const put = (changes: Partial<VolumeRecord>) =>
      registry.commit([registry.volumes.put(volumeId, { ...volumeOf(context, volumeId), ...changes })]);
    const { sizeBytes, type, iops, throughputMiBps } = record;
    const original = { sizeBytes, type, iops, throughputMiBps };
    const begin = { message: "", startedAt: clock.now(), endedAt: null, original, target };
    const modification = { ...begin, state: "modifying" as const };
    await put({ modification });
    begun();
    try {
      if (running === undefined) await context.work.resize(volumeId, target.sizeBytes);
      else await modifyRunning(running, volumeId, record, target);
    } catch (thrown) {
      const message = toCloudError(thrown).message;
      await put({ modification: { ...modification, state: "failed", message, endedAt: clock.now() } });
      throw thrown;
    }
    await put({ ...target, modification: { ...modification, state: "optimizing" } });
    await put({ modification: { ...modification, state: "completed", endedAt: clock.now() } });
  });
}

/** Makes the content that of a completed snapshot again; the volume keeps its size. */
export async function rollbackVolume(context: DiskContext, volumeId: string, snapshotId: string): Promise<void> {
  volumeOf(context, volumeId);
  await context.queue.run([volumeId], async () => {
    const record = volumeOf(context, volumeId);
    const snapshot = completedSnapshot(context, snapshotId);
    if (runningInstance(context, volumeId, record) !== undefined) {
      const instanceId = record.attachment?.instanceId ?? "";
      const text = `Volume ${volumeId} is attached to ${instanceId}, which is running. Stop it first, or detach the volume.`;
      throw new CloudError("IncorrectState", text, { volumeId, instanceId });
    }
    if (snapshot.sizeBytes > record.sizeBytes) {
      const text = `Snapshot ${snapshotId} is larger than volume ${volumeId}. Grow the volume first.`;
      throw new CloudError("InvalidParameterValue", text, { volumeId, snapshotId });
    }
    // The block store's side of it is done before the record's: a page that goes away in between must not leave a volume
    // whose record names another key.
    if (snapshot.keyId !== record.keyId) {
      const text = `Snapshot ${snapshotId} and volume ${volumeId} are not encrypted with the same key. Make a volume from the snapshot instead.`;
      throw new CloudError("InvalidParameterCombination", text, { volumeId, snapshotId });
    }
    const { work, registry, onGarbage } = context;
    await (await work.client()).rollbackVolume({ database: work.database, volumeId, snapshotId });
    await registry.commit([registry.volumes.put(volumeId, { ...record, imageId: snapshot.imageId })]);
    onGarbage();
  });
}

/** The instance that runs with the volume; undefined for one that is detached, or whose instance has stopped. */
export function runningInstance(
  { findInstance }: DiskContext,
  volumeId: string,
  record: VolumeRecord,
): LinkedInstance | undefined {
  if (record.state !== "available" && record.state !== "in-use") {
    throw incorrectState(volumeId, record, "'available' or 'in-use'");
  }
  if (record.attachment === null) return undefined;
  const instance = findInstance(record.attachment.instanceId);
  if (instance.state === "stopped") return undefined;
  if (instance.state === "running") return instance;
  throw instanceBetween(instance.id, instance.state);
}

function checkRate(volumeId: string, { modification }: VolumeRecord, now: number): void {
  if (modification === null || modification.state === "failed") return;
  const nextAt = modification.startedAt + BETWEEN_MODIFICATIONS_MS;
  if (now >= nextAt) return;
  const text =
    "You've reached the maximum modification rate per volume limit. Wait at least 6 hours between modifications per EBS volume.";
  throw new CloudError("VolumeModificationRateExceeded", text, { volumeId, nextAt: new Date(nextAt).toISOString() });
}

function targetOf(record: VolumeRecord, request: ModifyVolumeRequest): VolumeShape {
  const type = checkVolumeType(request.type ?? record.type);
  const sameSize = request.sizeGiB === undefined && type === record.type;
  const sizeBytes = sameSize ? record.sizeBytes : checkVolumeSize(type, request.sizeGiB ?? record.sizeBytes / GIB);
  if (sizeBytes < record.sizeBytes) {
    throw new CloudError(
      "InvalidParameterValue",
      `New size cannot be smaller than existing size (${record.sizeBytes / GIB} GiB).`,
      { sizeGiB: request.sizeGiB, sizeBytes: record.sizeBytes },
    );
  }
  // What was provisioned for one type says nothing about another.
  const kept = type === record.type ? record : { iops: null, throughputMiBps: null };
  const unchanged = sameSize && request.iops === undefined && request.throughputMiBps === undefined;
  if (unchanged) return { sizeBytes, type, iops: kept.iops, throughputMiBps: kept.throughputMiBps };
  const performance = checkPerformance(
    { type, sizeBytes },
    request.iops ?? kept.iops ?? undefined,
    request.throughputMiBps ?? kept.throughputMiBps ?? undefined,
  );
  return { sizeBytes, type, ...performance };
}

async function modifyRunning(
  instance: LinkedInstance,
  volumeId: string,
  record: VolumeRecord,
  target: VolumeShape,
): Promise<void> {
  if (target.sizeBytes > record.sizeBytes) await instance.volumes.resize(volumeId, target.sizeBytes);
  await instance.volumes.setLimits(volumeId, limitsOf(target));
}
