import * as v from "valibot";
import { defineRecordKind } from "../../store/records.ts";
import { firstZone } from "../regions.ts";
import { DEFAULT_SCOPE, ownedEntries, ownedIn } from "../scope.ts";
import { nameOf, tagsSchema } from "../tags.ts";
import {
  ATTACHMENT_STATES,
  MODIFICATION_STATES,
  VOLUME_STATES,
  type VolumeInfo,
  type VolumeProperties,
} from "./volume-info.ts";
import { performanceOf, VOLUME_TYPES, type VolumeShape } from "./volume-types.ts";

const bytes = v.pipe(v.number(), v.safeInteger(), v.minValue(1));
const amount = v.nullable(v.pipe(v.number(), v.minValue(1)));
const reason = v.object({ code: v.string(), message: v.string() });

/** What a volume shall become; kept until it is, so that a page that went away meanwhile can be followed up. */
const shapeSchema = v.object({
  sizeBytes: bytes,
  type: v.picklist(VOLUME_TYPES),
  iops: amount,
  throughputMiBps: amount,
});

function volumeOfVersion3(old: unknown): unknown {
  const record = old as { readonly modification: object | null };
  return {
    ...record,
    ...ownedIn(DEFAULT_SCOPE),
    zone: firstZone(DEFAULT_SCOPE.region),
    autoEnableIo: false,
    modification: record.modification && { ...record.modification, endedAt: null, original: null },
  };
}

/** A volume as the registry keeps it. The blocks are the block store's, under the same id. */
export const volumeRecord = defineRecordKind({
  kind: "volume",
  version: 3,
  schema: v.object({
    ...ownedEntries,
    /** The zone that it is in, and the instances that it can be attached to (F40). */
    zone: v.string(),
    ...shapeSchema.entries,
    tags: tagsSchema,
    state: v.picklist(VOLUME_STATES),
    stateReason: v.nullable(reason),
    createdAt: v.number(),
    /** Content at first: a snapshot's, else an image's, else zeros. */
    snapshotId: v.nullable(v.string()),
    /** The image below its lowest layer, through snapshots too: where to fetch what nobody has written. */
    imageId: v.nullable(v.string()),
    /** The data key that it is encrypted with; null where it is not. */
    keyId: v.nullable(v.string()),
    /** Whether I/O goes on by itself after EC2 has found its data doubtful, which here never happens. */
    autoEnableIo: v.boolean(),
    attachment: v.nullable(
      v.object({
        instanceId: v.string(),
        device: v.string(),
        state: v.picklist(ATTACHMENT_STATES),
        deleteOnTermination: v.boolean(),
        attachedAt: v.number(),
      }),
    ),
    modification: v.nullable(
      v.object({
        state: v.picklist(MODIFICATION_STATES),
        message: v.string(),
        startedAt: v.number(),
        /** Epoch ms when it was completed, or had failed. */
        endedAt: v.nullable(v.number()),
        /** Null where an earlier release modified it. */
        original: v.nullable(shapeSchema),
        target: shapeSchema,
      }),
    ),
  }),
  migrations: {
    2: (old) => ({ ...(old as object), keyId: null }),
    3: volumeOfVersion3,
  },
});
export type VolumeRecord = v.InferOutput<typeof volumeRecord.schema>;
export type AttachmentRecord = NonNullable<VolumeRecord["attachment"]>;

/** Growing is one transaction, whatever the size: nothing lies between begun and done that could be measured. */
const PROGRESS = { modifying: 0, optimizing: 50, completed: 100, failed: 0 } as const;

const propertiesOf = (shape: VolumeShape): VolumeProperties => ({
  sizeBytes: shape.sizeBytes,
  type: shape.type,
  ...performanceOf(shape),
});

/** A record as the public API shows it. */
export function describeVolume(id: string, record: VolumeRecord, guestDevice: string | null): VolumeInfo {
  const { tags, attachment, modification, createdAt, ...rest } = record;
  return {
    id,
    ownerId: rest.ownerId,
    region: rest.region,
    availabilityZone: rest.zone,
    name: nameOf(tags),
    tags,
    sizeBytes: rest.sizeBytes,
    type: rest.type,
    ...performanceOf(record),
    state: rest.state,
    stateReason: rest.stateReason,
    createTime: new Date(createdAt),
    snapshotId: rest.snapshotId,
    imageId: rest.imageId,
    encrypted: rest.keyId !== null,
    attachment: attachment && {
      instanceId: attachment.instanceId,
      device: attachment.device,
      guestDevice,
      state: attachment.state,
      deleteOnTermination: attachment.deleteOnTermination,
      attachTime: new Date(attachment.attachedAt),
    },
    instanceId: attachment?.instanceId ?? null,
    modification: modification && {
      state: modification.state,
      message: modification.message,
      startTime: new Date(modification.startedAt),
      endTime: modification.endedAt === null ? null : new Date(modification.endedAt),
      progress: PROGRESS[modification.state],
      original: modification.original && propertiesOf(modification.original),
      target: propertiesOf(modification.target),
    },
    autoEnableIo: rest.autoEnableIo,
  };
}
