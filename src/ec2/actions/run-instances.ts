import { type Reservation, RunInstances$, type RunInstancesRequest } from "@aws-sdk/client-ec2";
import { CloudError } from "../../base/errors.ts";
import { parseId } from "../../base/ids.ts";
import { type Accepted, integer, oneOf } from "../accepted.ts";
import { defineAction } from "../action.ts";
import { zoneOf } from "../regions.ts";
import { newTags, tagSpecifications } from "../tags.ts";
import { MAPPINGS, mappingOf } from "./block-device-mappings.ts";
import { reservationsOf } from "./describe-instances.ts";
import { LAUNCH_ATTRIBUTES, launchAttributes } from "./instance-options.ts";
import { instanceOutputs } from "./instance-output.ts";
import { LAUNCH_DELIVERY, launchDelivery } from "./launch-delivery.ts";
import { LAUNCH_NETWORK, launchNetwork } from "./launch-network.ts";

/** EC2's own bound is the account's limit; this one only keeps numbers sensible. */
const MAX_COUNT = 10_000;

/** What is not here yet is taken as long as it is asked not to be: many tools send it all. */
const ACCEPTED: Accepted<Omit<RunInstancesRequest, "DryRun">> = {
  ImageId: true,
  InstanceType: true,
  MinCount: integer(1, MAX_COUNT),
  MaxCount: integer(1, MAX_COUNT),
  ClientToken: true,
  BlockDeviceMappings: MAPPINGS,
  TagSpecifications: tagSpecifications("instance", "volume", "network-interface"),
  Placement: { AvailabilityZone: true, Tenancy: oneOf("default") },
  ...LAUNCH_ATTRIBUTES,
  ...LAUNCH_DELIVERY,
  ...LAUNCH_NETWORK,
};

export const runInstances = defineAction<RunInstancesRequest, Reservation>(
  RunInstances$,
  ACCEPTED,
  async (request, context) => {
    const { ImageId: image, MinCount: minCount = 1, MaxCount: count = 1, Placement: placement } = request;
    if (image === undefined) {
      throw new CloudError("MissingParameter", "The request must contain the parameter ImageId", {
        parameter: "ImageId",
      });
    }
    const { caller, cloud } = context;
    const zone = placement?.AvailabilityZone;
    const instances = await cloud.instances.launch({
      image: parseId("ami", image, "InvalidAMIID.Malformed"),
      count,
      minCount,
      tags: newTags(request.TagSpecifications, "instance"),
      volumeTags: newTags(request.TagSpecifications, "volume"),
      blockDevices: (request.BlockDeviceMappings ?? []).map(mappingOf),
      ...launchAttributes(request),
      ...launchDelivery(request),
      ...launchNetwork(request, cloud.network),
      networkInterfaceTags: newTags(request.TagSpecifications, "network-interface"),
      ...(zone === undefined ? {} : { availabilityZone: zoneOf(caller.region, zone).name }),
      ...(request.InstanceType === undefined ? {} : { type: request.InstanceType }),
      ...(request.ClientToken === undefined ? {} : { clientToken: request.ClientToken }),
    });
    const [reservation] = reservationsOf(instanceOutputs(instances, context));
    if (reservation === undefined) throw new TypeError("a launch gives one instance at least");
    return reservation;
  },
);
