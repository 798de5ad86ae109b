import type { RunInstancesRequest } from "@aws-sdk/client-ec2";
import { type Launch, launchTouches } from "../../cloud/access/launch-touches.ts";
import { zonesOf } from "../../cloud/regions.ts";
import { mappingOf } from "../actions/block-device-mappings.ts";
import { interfaceOf } from "../actions/launch-network.ts";
import { defined } from "../defined.ts";
import { newTags } from "../tags.ts";
import { touch } from "./touch.ts";

/** All that RunInstances uses and makes (F60), in the cloud's terms, whether that is there or not. */
export const touchLaunch = touch<RunInstancesRequest>(async (input, { lookup, scope }) => {
  const { LaunchTemplate: template, NetworkInterfaces: interfaces = [], MetadataOptions: metadata } = input;
  const { SecurityGroupIds: ids = [], SecurityGroups: names = [], Placement: placement } = input;
  // One that there is not is told of by its name.
  const groups = [...ids, ...names.map((name) => lookup.groupNamed(name, scope) ?? name)];
  const zone = zonesOf(scope.region).find(({ id }) => id === placement?.AvailabilityZoneId)?.name;
  const tags = (type: string) => newTags(input.TagSpecifications, type);
  const launch = defined({
    image: input.ImageId,
    type: input.InstanceType as string | undefined,
    keyName: input.KeyName,
    availabilityZone: placement?.AvailabilityZone ?? zone,
    blockDevices: input.BlockDeviceMappings?.map(mappingOf),
    subnetId: input.SubnetId,
    securityGroupIds: groups.length === 0 ? undefined : groups,
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
