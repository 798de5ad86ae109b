import type { InstanceNetworkInterfaceSpecification, RunInstancesRequest } from "@aws-sdk/client-ec2";
import { CloudError } from "../../base/errors.ts";
import type { LaunchNetworkRequest } from "../../cloud/network-records/launch-network.ts";
import type { CloudNetwork } from "../../cloud/network-records/network.ts";
import { integer, only } from "../accepted.ts";
import { defined } from "../defined.ts";
import { groupNamed } from "./security-groups.ts";

/** One interface for an instance, without a public address, that goes when its instance does. */
export const LAUNCH_NETWORK = {
  SubnetId: true,
  SecurityGroupIds: true,
  SecurityGroups: true,
  PrivateIpAddress: true,
  NetworkInterfaces: {
    AssociatePublicIpAddress: only(false),
    DeleteOnTermination: only(true),
    DeviceIndex: true,
    Groups: true,
    NetworkCardIndex: integer(0, 0),
    PrivateIpAddress: true,
    SubnetId: true,
  },
} as const;

type Given = Pick<
  RunInstancesRequest,
  "SubnetId" | "SecurityGroupIds" | "SecurityGroups" | "PrivateIpAddress" | "NetworkInterfaces"
>;

/** What a launch says of its network: of the instance, or of its first interface (F52). */
export function launchNetwork(request: Given, network: CloudNetwork): LaunchNetworkRequest {
  const { NetworkInterfaces: interfaces = [], SecurityGroups: names = [], SecurityGroupIds: ids = [] } = request;
  const [specified] = interfaces;
  if (specified === undefined) {
    const named = names.map((name) => groupNamed(network, name).id);
    return describe(request.SubnetId, [...ids, ...named], request.PrivateIpAddress);
  }
  const [given] = Object.entries({
    "subnet ID": request.SubnetId,
    "security groups": ids.length + names.length > 0 ? true : undefined,
    "private IP address": request.PrivateIpAddress,
  }).filter(([, value]) => value !== undefined);
  if (given !== undefined) {
    const text = `Network interfaces and an instance-level ${given[0]} may not be specified on the same request`;
    throw new CloudError("InvalidParameterCombination", text);
  }
  checkPrimary(interfaces);
  return describe(specified.SubnetId, specified.Groups ?? [], specified.PrivateIpAddress);
}

const describe = (subnetId: string | undefined, groupIds: readonly string[], privateIpAddress: string | undefined) =>
  defined({ subnetId, privateIpAddress, securityGroupIds: groupIds.length === 0 ? undefined : groupIds });

function checkPrimary(interfaces: readonly InstanceNetworkInterfaceSpecification[]): void {
  if (interfaces.some(({ DeviceIndex: index }) => index === undefined)) {
    throw new CloudError("InvalidParameterValue", "Each network interface requires a device index.");
  }
  if (interfaces.length === 1 && interfaces[0]?.DeviceIndex === 0) return;
  const text = "An instance has one network interface, with the device index 0: others are not supported.";
  throw new CloudError("UnsupportedOperation", text, { parameter: "NetworkInterfaces" });
}
