import { newId } from "../../base/ids.ts";
import type { StoredRecord } from "../../store/records.ts";
import type { PlannedDisks } from "../launch-block-devices.ts";
import type { Place } from "../placement.ts";
import type { Change } from "../record-table.ts";
import type { InstanceRecord } from "../records.ts";
import type { Registry } from "../registry.ts";
import type { Tags } from "../tags.ts";
import type { DiskContext } from "./disk-context.ts";
import type { VolumeRecord } from "./volume-record.ts";

/** The volumes of a new instance, with their keys: they are made when its machine is. */
export function launchedVolumes(
  { registry, random, clock }: DiskContext,
  instanceId: string,
  place: Place,
  planned: PlannedDisks,
  keyIds: readonly (string | null)[],
  tags: Tags,
): Change[] {
  return planned.volumes.map(({ device, deleteOnTermination, snapshotId, imageId, ...shape }, index) => {
    const record: VolumeRecord = {
      ...place,
      sizeBytes: shape.sizeBytes,
      type: shape.type,
      iops: shape.iops,
      throughputMiBps: shape.throughputMiBps,
      tags,
      state: "creating",
      stateReason: null,
      createdAt: clock.now(),
      snapshotId,
      imageId: snapshotId === null ? imageId : (registry.snapshots.get(snapshotId)?.imageId ?? null),
      keyId: keyIds[index] ?? null,
      attachment: { instanceId, device, state: "attaching", deleteOnTermination, attachedAt: clock.now() },
      modification: null,
      autoEnableIo: false,
    };
    return registry.volumes.put(newId("vol", random), record);
  });
}

/** Version 1 of an instance's record had its root volume in it: makes a record of its own of it. */
export function formerRoots(
  { volumes }: Registry,
  instances: readonly StoredRecord<InstanceRecord>[],
): { instances: StoredRecord<InstanceRecord>[]; volumes: [string, VolumeRecord][] } {
  const made: [string, VolumeRecord][] = [];
  const current = instances.map(({ id, value }) => {
    const { formerRoot: root, rootDevice, state, imageId, createdAt, ownerId, region, zone } = value;
    if (root === null) return { id, value };
    // A terminated instance's is deleted.
    if (state !== "terminated" && volumes.get(root.volumeId) === undefined) {
      made.push([
        root.volumeId,
        {
          ownerId,
          region,
          zone,
          sizeBytes: root.sizeBytes,
          // As embedded images have it.
          type: "gp3",
          iops: null,
          throughputMiBps: null,
          tags: {},
          state: root.made ? "in-use" : "creating",
          stateReason: null,
          createdAt,
          snapshotId: null,
          imageId,
          keyId: null,
          attachment: {
            instanceId: id,
            device: rootDevice,
            state: root.made ? "attached" : "attaching",
            deleteOnTermination: true,
            attachedAt: createdAt,
          },
          modification: null,
          autoEnableIo: false,
        },
      ]);
    }
    return { id, value: { ...value, formerRoot: null } };
  });
  return { instances: current, volumes: made };
}
