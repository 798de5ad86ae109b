import {
  GetPasswordData$,
  type GetPasswordDataRequest,
  type GetPasswordDataResult,
  type InstanceMetadataOptionsRequest,
  type InstanceMetadataOptionsResponse,
  ModifyInstanceMaintenanceOptions$,
  type ModifyInstanceMaintenanceOptionsRequest,
  type ModifyInstanceMaintenanceOptionsResult,
  ModifyInstanceMetadataOptions$,
  type ModifyInstanceMetadataOptionsRequest,
  type ModifyInstanceMetadataOptionsResult,
  type RunInstancesRequest,
} from "@aws-sdk/client-ec2";
import type { LaunchAttributes } from "../../cloud/attributes/attribute-changes.ts";
import {
  AUTO_RECOVERY,
  type AutoRecovery,
  HTTP_TOKENS,
  type MetadataOptions,
  SWITCH,
} from "../../cloud/attributes/attribute-record.ts";
import type { CloudInstance } from "../../cloud/instance.ts";
import { integer, oneOf, only } from "../accepted.ts";
import { defineAction } from "../action.ts";
import { defined } from "../defined.ts";

/** EC2 API, `InstanceMetadataOptionsRequest` (F13). */
const METADATA_OPTIONS = {
  HttpTokens: oneOf(...HTTP_TOKENS),
  HttpPutResponseHopLimit: integer(1, 64),
  HttpEndpoint: oneOf(...SWITCH),
  HttpProtocolIpv6: oneOf(...SWITCH),
  InstanceMetadataTags: oneOf(...SWITCH),
} as const;

/** What RunInstances takes of what is set of an instance. */
export const LAUNCH_ATTRIBUTES = {
  DisableApiTermination: true,
  DisableApiStop: true,
  InstanceInitiatedShutdownBehavior: oneOf("stop", "terminate"),
  MetadataOptions: METADATA_OPTIONS,
  MaintenanceOptions: { AutoRecovery: oneOf(...AUTO_RECOVERY) },
  EbsOptimized: only(false),
  Monitoring: { Enabled: only(false) },
  HibernationOptions: { Configured: only(false) },
  EnclaveOptions: { Enabled: only(false) },
} as const;

export function launchAttributes(request: RunInstancesRequest): LaunchAttributes {
  const { MetadataOptions: metadata, MaintenanceOptions: maintenance } = request;
  const behavior = request.InstanceInitiatedShutdownBehavior as "stop" | "terminate" | undefined;
  const recovery = maintenance?.AutoRecovery;
  return defined({
    disableApiTermination: request.DisableApiTermination,
    disableApiStop: request.DisableApiStop,
    instanceInitiatedShutdownBehavior: behavior,
    metadataOptions: metadata === undefined ? undefined : metadataOf(metadata),
    maintenanceOptions: recovery === undefined ? undefined : { autoRecovery: recovery as AutoRecovery },
  });
}

function metadataOf(options: InstanceMetadataOptionsRequest): Partial<MetadataOptions> {
  type Switch = MetadataOptions["httpEndpoint"] | undefined;
  return defined({
    httpTokens: options.HttpTokens as MetadataOptions["httpTokens"] | undefined,
    httpPutResponseHopLimit: options.HttpPutResponseHopLimit,
    httpEndpoint: options.HttpEndpoint as Switch,
    httpProtocolIpv6: options.HttpProtocolIpv6 as Switch,
    instanceMetadataTags: options.InstanceMetadataTags as Switch,
  });
}

/** They are there as soon as the machine is. */
export const metadataOutput = ({ attributes, state }: CloudInstance): InstanceMetadataOptionsResponse => ({
  State: state === "pending" ? "pending" : "applied",
  HttpTokens: attributes.metadataOptions.httpTokens,
  HttpPutResponseHopLimit: attributes.metadataOptions.httpPutResponseHopLimit,
  HttpEndpoint: attributes.metadataOptions.httpEndpoint,
  HttpProtocolIpv6: attributes.metadataOptions.httpProtocolIpv6,
  InstanceMetadataTags: attributes.metadataOptions.instanceMetadataTags,
});

/** EC2 answers with "pending", and it is applied when one looks again. */
export const modifyInstanceMetadataOptions = defineAction<
  ModifyInstanceMetadataOptionsRequest,
  ModifyInstanceMetadataOptionsResult
>(
  ModifyInstanceMetadataOptions$,
  { InstanceId: true, ...METADATA_OPTIONS },
  async ({ InstanceId: id = "", ...options }, { cloud }) => {
    const instance = cloud.instances.get(id);
    await instance.modifyMetadataOptions(metadataOf(options));
    return { InstanceId: id, InstanceMetadataOptions: { ...metadataOutput(instance), State: "pending" } };
  },
);

export const modifyInstanceMaintenanceOptions = defineAction<
  ModifyInstanceMaintenanceOptionsRequest,
  ModifyInstanceMaintenanceOptionsResult
>(
  ModifyInstanceMaintenanceOptions$,
  { InstanceId: true, AutoRecovery: oneOf(...AUTO_RECOVERY) },
  async ({ InstanceId: id = "", AutoRecovery: recovery }, { cloud }) => {
    const instance = cloud.instances.get(id);
    await instance.modifyMaintenanceOptions(defined({ autoRecovery: recovery as AutoRecovery | undefined }));
    return { InstanceId: id, AutoRecovery: instance.attributes.autoRecovery };
  },
);

/** Empty: there is no Windows here (F63). */
export const getPasswordData = defineAction<GetPasswordDataRequest, GetPasswordDataResult>(
  GetPasswordData$,
  { InstanceId: true },
  ({ InstanceId: id = "" }, { cloud, clock }) => ({
    InstanceId: cloud.instances.get(id).id,
    PasswordData: "",
    Timestamp: new Date(clock.now()),
  }),
);
