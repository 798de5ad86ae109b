import * as v from "valibot";
import { INSTANCE_STATES } from "../lifecycle/states.ts";
import { imageRefSchema } from "../protocol/vm-contract.ts";
import { defineRecordKind } from "../store/records.ts";

/** Everything the registry keeps, apart from the live objects that are made of it. */

const reasonSchema = v.object({ code: v.string(), message: v.string() });

export const instanceRecord = defineRecordKind({
  kind: "instance",
  version: 1,
  schema: v.object({
    reservationId: v.string(),
    /** 0 … n − 1 within its launch (F03). */
    launchIndex: v.number(),
    name: v.string(),
    imageId: v.string(),
    typeName: v.string(),
    privateIpAddress: v.string(),
    rootVolumeId: v.string(),
    rootVolumeBytes: v.number(),
    /** Its root volume has been made: from then on a missing one is an error, never made anew. */
    hasRun: v.boolean(),
    /** Epoch ms of the launch, which orders instances; `launchedAt` is that of the last start (F16). */
    createdAt: v.number(),
    launchedAt: v.number(),
    /** Epoch ms of the termination. */
    terminatedAt: v.nullable(v.number()),
    state: v.picklist(INSTANCE_STATES),
    stateReason: v.nullable(reasonSchema),
    transitionReason: v.string(),
  }),
});
export type InstanceRecord = v.InferOutput<typeof instanceRecord.schema>;

/** An image as an instance was launched from it: what the server offers later changes nothing in it (F04). */
export const imageRecord = defineRecordKind({ kind: "image", version: 1, schema: imageRefSchema });

/** The console's last 64 KiB. */
export const consoleRecord = defineRecordKind({
  kind: "console",
  version: 1,
  schema: v.object({ output: v.instance(Uint8Array) }),
});
