import * as v from "valibot";
import { defineRecordKind } from "../../store/records.ts";
import { ownedEntries } from "../scope.ts";
import { tagsSchema } from "../tags.ts";

/** What connects an instance with its subnet (F52). */
export const networkInterfaceRecord = defineRecordKind({
  kind: "network-interface",
  version: 1,
  schema: v.object({
    ...ownedEntries,
    zone: v.string(),
    vpcId: v.string(),
    subnetId: v.string(),
    groupIds: v.array(v.string()),
    privateIpAddress: v.string(),
    macAddress: v.string(),
    description: v.string(),
    tags: tagsSchema,
    createdAt: v.number(),
    attachment: v.nullable(
      v.object({
        id: v.string(),
        instanceId: v.string(),
        /** 0: the instance's primary one, which cannot be detached. */
        deviceIndex: v.number(),
        deleteOnTermination: v.boolean(),
        attachedAt: v.number(),
      }),
    ),
  }),
});
export type NetworkInterfaceRecord = v.InferOutput<typeof networkInterfaceRecord.schema>;
