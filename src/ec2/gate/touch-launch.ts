import type { RunInstancesRequest } from "@aws-sdk/client-ec2";
import { type Launch, launchTouches } from "../../cloud/access/launch-touches.ts";
import { mappingOf } from "../actions/block-device-mappings.ts";
import { interfaceOf } from "../actions/launch-network.ts";
import { defined } from "../defined.ts";
import { newTags } from "../tags.ts";
import { touch } from "./touch.ts";

/** All that RunInstances uses and makes (F60), in the cloud's terms, whether that is there or not. */
export const touchLaunch = touch<RunInstancesRequest>(async (input, { lookup, scope }) => {
  const { LaunchTemplate: template, NetworkInterfaces: interfaces = [], MetadataOptions: metadata } = input;
  const tags = (type: string) => newTags(input.TagSpecifications, type);
  const launch = defined({
    image: input.ImageId,
    type: input.InstanceType as string | undefined,
    keyName: input.KeyName,
    availabilityZone: input.Placement?.AvailabilityZone,
    blockDevices: input.BlockDeviceMappings?.map(mappingOf),
    subnetId: input.SubnetId,
    securityGroupIds: input.SecurityGroupIds,
    networkInterfaces: interfaces.length === 0 ? undefined : interfaces.map(interfaceOf),
    tags: tags("instance"),
    volumeTags: tags("volume"),
    networkInterfaceTags: tags("network-interface"),
    metadataOptions: defined({
      httpEndpoint: metadata?.HttpEndpoint,
      httpPutResponseHopLimit: metadata?.HttpPutResponseHopLimit,
      httpTokens: metadata?.HttpTokens,
    }),
    launchTemplate:
      template === undefined
        ? undefined
        : defined({ id: template.LaunchTemplateId, name: template.LaunchTemplateName, version: template.Version }),
  });
  return await launchTouches(launch as Launch, { lookup, scope });
});
