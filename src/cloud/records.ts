import * as v from "valibot";
import { INSTANCE_STATES } from "../lifecycle/states.ts";
import { imageRefSchema } from "../protocol/vm-contract.ts";
import { defineRecordKind } from "../store/records.ts";
import { attributesSchema, defaultAttributes, NO_RECOVERY, recoverySchema } from "./attributes/attribute-record.ts";
import { firstZone } from "./regions.ts";
import { DEFAULT_SCOPE, ownedEntries, ownedIn } from "./scope.ts";
import { tagsSchema } from "./tags.ts";

/** Everything the registry keeps, apart from the live objects that are made of it. */

const reasonSchema = v.object({ code: v.string(), message: v.string() });

/** A disk in the machine's memory (F44). */
const instanceStoreSchema = v.object({
  virtualName: v.string(),
  device: v.string(),
  sizeBytes: v.number(),
  /** Of one that is the root: the snapshot that it began with; null: the disk of its image. */
  base: v.optional(v.object({ snapshotId: v.nullable(v.string()) })),
});
export type InstanceStoreRecord = v.InferOutput<typeof instanceStoreSchema>;

function instanceOfVersion2(old: unknown): unknown {
  const { rootVolumeId, rootVolumeBytes, hasRun, ...rest } = old as Record<string, unknown>;
  return {
    ...rest,
    rootDevice: "/dev/vda",
    instanceStores: [],
    kernel: null,
    formerRoot: { volumeId: rootVolumeId, sizeBytes: rootVolumeBytes, made: hasRun },
  };
}

/** The name was all there was of tags. */
function instanceOfVersion3(old: unknown): unknown {
  const { name, ...rest } = old as Record<string, unknown>;
  return { ...rest, tags: name === "" ? {} : { Name: name }, clientToken: "" };
}

/** What had no attributes had EC2's defaults; there was one account, in one place. */
function instanceOfVersion4(old: unknown): unknown {
  const record = old as Record<string, unknown> & { readonly instanceStores: readonly InstanceStoreRecord[] };
  const root = storeRootOf(record) === undefined ? "ebs" : "instance-store";
  return {
    ...record,
    ...ownedIn(DEFAULT_SCOPE),
    zone: firstZone(DEFAULT_SCOPE.region),
    attributes: defaultAttributes(root),
    recovery: NO_RECOVERY,
    userData: null,
    keyPair: null,
    passwordHash: null,
  };
}

/** When a password was set was not kept: the launch is the earliest that it can have been. */
function instanceOfVersion5(old: unknown): unknown {
  const record = old as { readonly passwordHash: string | null; readonly createdAt: number };
  return { ...record, passwordSetAt: record.passwordHash === null ? null : record.createdAt };
}

export const instanceRecord = defineRecordKind({
  kind: "instance",
  version: 5,
  schema: v.object({
    ...ownedEntries,
    zone: v.string(),
    reservationId: v.string(),
    /** 0 … n − 1 within its launch (F03). */
    launchIndex: v.number(),
    tags: tagsSchema,
    /** The client token of its launch (F74); empty without one. */
    clientToken: v.string(),
    imageId: v.string(),
    typeName: v.string(),
    privateIpAddress: v.string(),
    /** The name under which its root volume is attached. What is attached stands in the volumes' records. */
    rootDevice: v.string(),
    instanceStores: v.array(instanceStoreSchema),
    /** What it boots with instead of its image's kernel or command line (F24). */
    kernel: v.nullable(v.object({ imageId: v.string(), commandLine: v.string() })),
    /** What is set of it (F13, F19, F21). */
    attributes: attributesSchema,
    recovery: recoverySchema,
    /** In base64 (F11); null without. */
    userData: v.nullable(v.string()),
    /** As it was at the launch; a line for authorized_keys (F62). */
    keyPair: v.nullable(v.object({ name: v.string(), publicKey: v.string() })),
    /** As in shadow(5), of the login user (F63); null: no login by password. */
    passwordHash: v.nullable(v.string()),
    /** Epoch ms at which that was chosen (F64). */
    passwordSetAt: v.nullable(v.number()),
    /** Version 1 had the root volume in here: it becomes a record of its own when the cloud opens. */
    formerRoot: v.nullable(v.object({ volumeId: v.string(), sizeBytes: v.number(), made: v.boolean() })),
    /** Epoch ms of the launch, which orders instances; `launchedAt` is that of the last start (F16). */
    createdAt: v.number(),
    launchedAt: v.number(),
    /** Epoch ms of the termination. */
    terminatedAt: v.nullable(v.number()),
    state: v.picklist(INSTANCE_STATES),
    stateReason: v.nullable(reasonSchema),
    transitionReason: v.string(),
  }),
  migrations: { 2: instanceOfVersion2, 3: instanceOfVersion3, 4: instanceOfVersion4, 5: instanceOfVersion5 },
});

/** The root, where it is an instance store. */
export const storeRootOf = ({ instanceStores }: { readonly instanceStores: readonly InstanceStoreRecord[] }) =>
  instanceStores.find(({ base }) => base !== undefined);

export type InstanceRecord = v.InferOutput<typeof instanceRecord.schema>;

/** An image as an instance was launched from it: what the server offers later changes nothing in it (F04). */
export const imageRecord = defineRecordKind({
  kind: "image",
  version: 2,
  schema: v.object({ name: v.string(), kind: v.picklist(["embedded", "own"]), ref: imageRefSchema }),
  migrations: {
    2: (old) => ({ name: (old as { manifest: { name: unknown } }).manifest.name, kind: "embedded", ref: old }),
  },
});
export type ImageRecord = v.InferOutput<typeof imageRecord.schema>;

/** The console's last 64 KiB. */
export const consoleRecord = defineRecordKind({
  kind: "console",
  version: 1,
  schema: v.object({ output: v.instance(Uint8Array) }),
});
