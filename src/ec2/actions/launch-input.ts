import type { RequestLaunchTemplateData, RunInstancesRequest } from "@aws-sdk/client-ec2";
import { parseId } from "../../base/ids.ts";
import type { LaunchTemplateData } from "../../cloud/launch-templates/launch-template-info.ts";
import { oneOf } from "../accepted.ts";
import type { ActionContext } from "../action.ts";
import { defined } from "../defined.ts";
import { chosenZone } from "../regions.ts";
import { newTags, tagSpecifications } from "../tags.ts";
import { MAPPINGS, mappingOf } from "./block-device-mappings.ts";
import { LAUNCH_ATTRIBUTES, launchAttributes } from "./instance-options.ts";
import { LAUNCH_DELIVERY, launchDelivery } from "./launch-delivery.ts";
import { LAUNCH_NETWORK, launchNetwork } from "./launch-network.ts";

/** What RunInstances and launch templates both say of an instance. */
export const LAUNCH_INPUT = {
  ImageId: true,
  InstanceType: true,
  BlockDeviceMappings: MAPPINGS,
  TagSpecifications: tagSpecifications("instance", "volume", "network-interface"),
  Placement: { AvailabilityZone: true, AvailabilityZoneId: true, Tenancy: oneOf("default") },
  ...LAUNCH_ATTRIBUTES,
  ...LAUNCH_DELIVERY,
  ...LAUNCH_NETWORK,
} as const;

/** In the cloud's terms: only what is said. A template's data has the same form as RunInstances, as far as it goes. */
export function launchInput(
  request: RunInstancesRequest | RequestLaunchTemplateData,
  { caller, cloud }: Pick<ActionContext, "caller" | "cloud">,
): LaunchTemplateData {
  const input = request as RunInstancesRequest;
  const { ImageId: image, Placement: placement, BlockDeviceMappings: mappings } = input;
  // Terraform sends an empty one where none is chosen.
  const zone = chosenZone(caller.region, placement?.AvailabilityZone || undefined, placement?.AvailabilityZoneId);
  const tags = (type: string) => {
    const isGiven = input.TagSpecifications?.some(({ ResourceType: of }) => of === type);
    return isGiven ? newTags(input.TagSpecifications, type) : undefined;
  };
  return {
    ...launchAttributes(input),
    ...launchDelivery(input),
    ...launchNetwork(input, cloud.network),
    ...defined({
      image: image === undefined ? undefined : parseId("ami", image, "InvalidAMIID.Malformed"),
      type: input.InstanceType as string | undefined,
      tags: tags("instance"),
      volumeTags: tags("volume"),
      networkInterfaceTags: tags("network-interface"),
      blockDevices: mappings?.map(mappingOf),
      availabilityZone: zone,
    }),
  };
}
