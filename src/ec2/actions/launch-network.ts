import type { InstanceNetworkInterfaceSpecification, RunInstancesRequest } from "@aws-sdk/client-ec2";
import { CloudError } from "../../base/errors.ts";
import type { LaunchInterfaceRequest, LaunchNetworkRequest } from "../../cloud/network/launch-request.ts";
import type { CloudNetwork } from "../../cloud/network/network.ts";
import { integer } from "../accepted.ts";
import { defined } from "../defined.ts";
import { PRIVATE_ADDRESSES, privateAddressesOf } from "./private-addresses.ts";
import { groupNamed } from "./security-groups.ts";

export const LAUNCH_NETWORK = {
  SubnetId: true,
  SecurityGroupIds: true,
  SecurityGroups: true,
  PrivateIpAddress: true,
  NetworkInterfaces: {
    AssociatePublicIpAddress: true,
    DeleteOnTermination: true,
    Description: true,
    DeviceIndex: true,
    Groups: true,
    NetworkCardIndex: integer(0, 0),
    NetworkInterfaceId: true,
    PrivateIpAddress: true,
    PrivateIpAddresses: PRIVATE_ADDRESSES,
    SecondaryPrivateIpAddressCount: true,
    SubnetId: true,
  },
} as const;

type Given = Pick<
  RunInstancesRequest,
  "SubnetId" | "SecurityGroupIds" | "SecurityGroups" | "PrivateIpAddress" | "NetworkInterfaces"
>;

/** What a launch says of its network: of the instance, or of its interfaces (F52, F58). */
export function launchNetwork(request: Given, network: CloudNetwork): LaunchNetworkRequest {
  const { NetworkInterfaces: interfaces = [], SecurityGroups: names = [], SecurityGroupIds: ids = [] } = request;
  const { SubnetId: subnetId, PrivateIpAddress: privateIpAddress } = request;
  if (interfaces.length === 0) {
    const groups = [...ids, ...names.map((name) => groupNamed(network, name).id)];
    return defined({ subnetId, privateIpAddress, securityGroupIds: groups.length === 0 ? undefined : groups });
  }
  const [given] = Object.entries({
    "subnet ID": subnetId,
    "security groups": ids.length + names.length > 0 ? true : undefined,
    "private IP address": privateIpAddress,
  }).filter(([, value]) => value !== undefined);
  if (given !== undefined) {
    const text = `Network interfaces and an instance-level ${given[0]} may not be specified on the same request`;
    throw new CloudError("InvalidParameterCombination", text);
  }
  if (interfaces.some(({ DeviceIndex: index }) => index === undefined)) {
    throw new CloudError("InvalidParameterValue", "Each network interface requires a device index.");
  }
  const asked = interfaces.map(interfaceOf);
  return simple(asked) ?? { networkInterfaces: asked };
}

/** One new interface that has nothing beside what an instance can be asked for with: so that a template's can be overridden part by part. */
function simple([only, ...others]: readonly LaunchInterfaceRequest[]): LaunchNetworkRequest | undefined {
  if (only === undefined || others.length > 0) return undefined;
  const { deviceIndex, deleteOnTermination = true, ...rest } = only;
  const { networkInterfaceId: id, description, ...addressed } = rest;
  const { secondaryPrivateIpAddressCount: more, secondaryPrivateIpAddresses: named, ...launch } = addressed;
  const isMore = [id, more, named, description].some((one) => one !== undefined) || !deleteOnTermination;
  return isMore || deviceIndex !== 0 ? undefined : launch;
}

export const interfaceOf = (one: InstanceNetworkInterfaceSpecification): LaunchInterfaceRequest => ({
  deviceIndex: one.DeviceIndex ?? 0,
  ...privateAddressesOf(one),
  ...defined({
    networkInterfaceId: one.NetworkInterfaceId,
    subnetId: one.SubnetId,
    securityGroupIds: one.Groups?.length === 0 ? undefined : one.Groups,
    associatePublicIpAddress: one.AssociatePublicIpAddress,
    deleteOnTermination: one.DeleteOnTermination,
    description: one.Description,
  }),
});
