import * as v from "valibot";
import { defineRecordKind } from "../../store/records.ts";
import { nameOf, tagsSchema } from "../tags.ts";
import { ATTACHMENT_STATES, VOLUME_STATES, type VolumeInfo } from "./volume-info.ts";
import { performanceOf, VOLUME_TYPES } from "./volume-types.ts";

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

/** A volume as the registry keeps it. The blocks are the block store's, under the same id. */
export const volumeRecord = defineRecordKind({
  kind: "volume",
  version: 2,
  schema: v.object({
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
        state: v.picklist(["modifying", "completed", "failed"]),
        message: v.string(),
        startedAt: v.number(),
        target: shapeSchema,
      }),
    ),
  }),
  migrations: { 2: (old) => ({ ...(old as object), keyId: null }) },
});
export type VolumeRecord = v.InferOutput<typeof volumeRecord.schema>;
export type AttachmentRecord = NonNullable<VolumeRecord["attachment"]>;

/** A record as the public API shows it. */
export function describeVolume(id: string, record: VolumeRecord, guestDevice: string | null): VolumeInfo {
  const { tags, attachment, modification, createdAt, ...rest } = record;
  return {
    id,
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
    },
  };
}
