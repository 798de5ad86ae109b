import * as v from "valibot";
import { defineRecordKind } from "../../store/records.ts";
import { ownedEntries } from "../scope.ts";
import { tagsSchema } from "../tags.ts";

/** There was one address, none of it public, and what else there is was the same for all. */
function interfaceOfVersion2(old: unknown): unknown {
  return {
    ...(old as object),
    secondaryPrivateIps: [],
    sourceDestCheck: true,
    interfaceType: "interface",
    publicIp: null,
    wantsPublicIp: false,
  };
}

/** What connects an instance, or a gateway, with its subnet (F52, F58). */
export const networkInterfaceRecord = defineRecordKind({
  kind: "network-interface",
  version: 2,
  schema: v.object({
    ...ownedEntries,
    zone: v.string(),
    vpcId: v.string(),
    subnetId: v.string(),
    groupIds: v.array(v.string()),
    /** The primary one: its own for life. */
    privateIpAddress: v.string(),
    secondaryPrivateIps: v.array(v.string()),
    macAddress: v.string(),
    description: v.string(),
    /** Of an instance's primary one this is the instance's attribute; both are changed together. */
    sourceDestCheck: v.boolean(),
    /** "nat_gateway": it is the gateway's own, and goes with it. */
    interfaceType: v.picklist(["interface", "nat_gateway"]),
    /** Given from the pool while its instance runs; an Elastic IP address stands in its own record. */
    publicIp: v.nullable(v.string()),
    /** Whether it is given one at each start. */
    wantsPublicIp: v.boolean(),
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
  migrations: { 2: interfaceOfVersion2 },
});
export type NetworkInterfaceRecord = v.InferOutput<typeof networkInterfaceRecord.schema>;
