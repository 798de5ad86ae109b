import * as v from "valibot";
import { type RootDeviceType, SHUTDOWN_BEHAVIORS } from "../../lifecycle/states.ts";

/** "default": it starts again by itself after a failure of what it runs in. */
export const AUTO_RECOVERY = ["default", "disabled"] as const;
export type AutoRecovery = (typeof AUTO_RECOVERY)[number];

export const SWITCH = ["enabled", "disabled"] as const;
export const HTTP_TOKENS = ["optional", "required"] as const;

/** EC2's `InstanceMetadataOptions` (F13). */
export const metadataOptionsSchema = v.object({
  httpTokens: v.picklist(HTTP_TOKENS),
  /** How many hops the answer to a request for a token may go: 1–64. */
  httpPutResponseHopLimit: v.number(),
  httpEndpoint: v.picklist(SWITCH),
  httpProtocolIpv6: v.picklist(SWITCH),
  instanceMetadataTags: v.picklist(SWITCH),
});
export type MetadataOptions = Readonly<v.InferOutput<typeof metadataOptionsSchema>>;

/** What is set of an instance, at launch and afterwards; of its image, its disks and its network there is nothing here. */
export const attributesSchema = v.object({
  disableApiTermination: v.boolean(),
  disableApiStop: v.boolean(),
  instanceInitiatedShutdownBehavior: v.picklist(SHUTDOWN_BEHAVIORS),
  sourceDestCheck: v.boolean(),
  metadataOptions: metadataOptionsSchema,
  autoRecovery: v.picklist(AUTO_RECOVERY),
});
export type InstanceAttributes = Readonly<v.InferOutput<typeof attributesSchema>>;

/** Its recoveries of late, so that there are not too many (`recovery.ts`). */
export const recoverySchema = v.object({
  /** Epoch ms, the latest last. */
  times: v.array(v.number()),
  /** It ran when its page was closed in order: the next page starts it. */
  isDue: v.boolean(),
});
export type RecoveryRecord = Readonly<v.InferOutput<typeof recoverySchema>>;

export const NO_RECOVERY: RecoveryRecord = { times: [], isDue: false };

/**
 * The defaults of EC2's API (F13, F19, F21), but for `autoRecovery`, which has to be asked for: an instance that comes
 * back with the page takes memory and time that its user may not want to give again.
 */
export const defaultAttributes = (root: RootDeviceType): InstanceAttributes => ({
  disableApiTermination: false,
  disableApiStop: false,
  instanceInitiatedShutdownBehavior: root === "instance-store" ? "terminate" : "stop",
  sourceDestCheck: true,
  metadataOptions: {
    httpTokens: "optional",
    httpPutResponseHopLimit: 1,
    httpEndpoint: "enabled",
    httpProtocolIpv6: "disabled",
    instanceMetadataTags: "disabled",
  },
  autoRecovery: "disabled",
});
