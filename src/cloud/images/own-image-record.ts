import * as v from "valibot";
import { imageRefSchema } from "../../protocol/vm-contract.ts";
import { defineRecordKind } from "../../store/records.ts";
import { DEFAULT_SCOPE, ownedEntries, ownedIn } from "../scope.ts";
import { tagsSchema } from "../tags.ts";
import { VOLUME_TYPES } from "../volumes/volume-types.ts";

/** EC2's have 25 of these; shorter ones can be told apart by people. */
export const PRODUCT_CODE = /^[a-z0-9]{4,25}$/;

const amount = v.nullable(v.pipe(v.number(), v.minValue(1)));

/** A volume of an image, as a launch makes it. */
export const imageDeviceSchema = v.object({
  device: v.string(),
  /** Null: a blank volume; of an embedded image: the image's own files. */
  snapshotId: v.nullable(v.string()),
  sizeBytes: v.pipe(v.number(), v.safeInteger(), v.minValue(1)),
  type: v.picklist(VOLUME_TYPES),
  iops: amount,
  throughputMiBps: amount,
  deleteOnTermination: v.boolean(),
});
export type ImageDevice = v.InferOutput<typeof imageDeviceSchema>;

/** An image made here, of snapshots. A deregistered one is remembered, so that its id is told from one that never was. */
export const ownImageRecord = defineRecordKind({
  kind: "own-image",
  version: 2,
  schema: v.object({
    ...ownedEntries,
    name: v.string(),
    description: v.string(),
    tags: tagsSchema,
    state: v.picklist(["pending", "available", "failed", "disabled", "deregistered"]),
    stateReason: v.nullable(v.object({ code: v.string(), message: v.string() })),
    createdAt: v.number(),
    sourceInstanceId: v.nullable(v.string()),
    /** The image that it is a copy of, and where that is (F35). */
    sourceImage: v.nullable(v.object({ id: v.string(), region: v.string() })),
    /** Who else may launch it: accounts, or "all" (F34). */
    launchPermissions: v.array(v.string()),
    productCodes: v.array(v.string()),
    /** Epoch ms from when on it is deprecated. */
    deprecatedAt: v.nullable(v.number()),
    /** What it boots with: kernel, firmware, command line. Its disk is what `devices` say. */
    ref: imageRefSchema,
    /** The root volume first. */
    devices: v.array(imageDeviceSchema),
  }),
  migrations: {
    2: (old) => ({
      ...(old as object),
      ...ownedIn(DEFAULT_SCOPE),
      sourceImage: null,
      launchPermissions: [],
      productCodes: [],
      deprecatedAt: null,
    }),
  },
});
export type OwnImageRecord = v.InferOutput<typeof ownImageRecord.schema>;
