import type { Instance, LaunchRequest } from "../../api/types.ts";

/** What stands in the fields of an instance's attributes. */
export interface AttributeValues {
  readonly shutdown: "stop" | "terminate";
  readonly protectTermination: boolean;
  readonly protectStop: boolean;
  readonly recover: boolean;
  /** Of the metadata service (F13). */
  readonly requireTokens: boolean;
  readonly metadataTags: boolean;
}

type Attributes = Pick<
  LaunchRequest,
  | "disableApiTermination"
  | "disableApiStop"
  | "instanceInitiatedShutdownBehavior"
  | "maintenanceOptions"
  | "metadataOptions"
>;

/** What a launch does by itself. */
export const API_DEFAULTS: AttributeValues = {
  shutdown: "stop",
  protectTermination: false,
  protectStop: false,
  recover: false,
  requireTokens: false,
  metadataTags: false,
};

export function valuesOf({ attributes }: Pick<Instance, "attributes">): AttributeValues {
  return {
    shutdown: attributes.instanceInitiatedShutdownBehavior,
    protectTermination: attributes.disableApiTermination,
    protectStop: attributes.disableApiStop,
    recover: attributes.autoRecovery === "default",
    requireTokens: attributes.metadataOptions.httpTokens === "required",
    metadataTags: attributes.metadataOptions.instanceMetadataTags === "enabled",
  };
}

/** What is to be changed; a root in memory has no other ways to end (F19, F21). */
export function changesOf(
  before: AttributeValues,
  after: AttributeValues,
  rootDeviceType: Instance["rootDeviceType"],
): Attributes {
  const lasting = rootDeviceType === "ebs";
  const changed = (name: keyof AttributeValues) => before[name] !== after[name];
  return {
    ...(changed("protectTermination") && { disableApiTermination: after.protectTermination }),
    ...(changed("protectStop") && lasting && { disableApiStop: after.protectStop }),
    ...(changed("shutdown") && lasting && { instanceInitiatedShutdownBehavior: after.shutdown }),
    ...(changed("recover") && { maintenanceOptions: { autoRecovery: after.recover ? "default" : "disabled" } }),
    ...((changed("requireTokens") || changed("metadataTags")) && {
      metadataOptions: {
        ...(changed("requireTokens") && { httpTokens: after.requireTokens ? "required" : "optional" }),
        ...(changed("metadataTags") && { instanceMetadataTags: after.metadataTags ? "enabled" : "disabled" }),
      },
    }),
  };
}
