import { CloudError } from "../../base/errors.ts";
import { newId } from "../../base/ids.ts";
import type { Random } from "../../base/random.ts";
import { mayLaunch } from "../images/image-catalogue.ts";
import { type Place, placeFor, zoneBeside } from "../placement.ts";
import type { Change } from "../record-table.ts";
import type { Registry } from "../registry.ts";
import { scopeOf, type View, viewOf } from "../scope.ts";
import type { Tags } from "../tags.ts";
import { defaultNetwork, type Subnet } from "./default-network.ts";
import { CloudNetwork } from "./network.ts";
import type { NetworkInterfaceRecord } from "./network-interface-record.ts";
import { addressesOf, checkAddress, freeAddresses } from "./subnet-addresses.ts";

/** What a launch may say of its instances' primary interface. */
export interface LaunchNetworkRequest {
  /** Where it is: the default subnet of its zone by default. Unknown: `InvalidSubnetID.NotFound`. */
  readonly subnetId?: string;
  /** The default one of its VPC by default. Unknown: `InvalidGroup.NotFound`. */
  readonly securityGroupIds?: readonly string[];
  /**
   * A free one of its subnet, for a launch of one instance: else `InvalidIPAddress.InUse`, `InvalidParameterValue`,
   * `InvalidParameterCombination`. The lowest free one by default.
   */
  readonly privateIpAddress?: string;
  /** Of the interfaces. */
  readonly networkInterfaceTags?: Tags;
}

export const LAUNCH_NETWORK = {
  subnetId: true,
  securityGroupIds: true,
  privateIpAddress: true,
  networkInterfaceTags: true,
} as const;

/** EC2's quota of security groups an interface. */
const MAX_GROUPS = 5;

/** What the primary interfaces of a launch will be. */
export interface NetworkPlan {
  readonly subnet: Subnet;
  readonly groupIds: readonly string[];
  /** One for each instance. */
  readonly addresses: readonly string[];
  readonly tags: Tags;
}

/** The subnet of a place that nobody has named a subnet for. */
export function defaultSubnet(place: Place): Subnet {
  const subnet = defaultNetwork(scopeOf(place)).subnets.find(({ zone }) => zone === place.zone);
  if (subnet === undefined) throw new TypeError(`the zone ${place.zone} has no default subnet`);
  return subnet;
}

/** Where a launch is: in its subnet's zone, or where it says, or where its image is. */
export function launchPlace(
  registry: Registry,
  view: View,
  {
    availabilityZone,
    subnetId,
    image,
  }: Pick<LaunchNetworkRequest, "subnetId"> & { readonly availabilityZone?: string; readonly image?: string },
): Place {
  if (subnetId === undefined) {
    const record = registry.images.get(image ?? "");
    const beside = record !== undefined && mayLaunch(view, record) ? zoneBeside(view, record) : undefined;
    return placeFor(view, availabilityZone ?? beside);
  }
  const { ownerId, region, zone } = new CloudNetwork({ registry, view }).subnet(subnetId);
  if (availabilityZone === undefined || availabilityZone === zone) return { ownerId, region, zone };
  const text = `Value (${availabilityZone}) for parameter availabilityZone is invalid. Subnet '${subnetId}' is in the availability zone ${zone}`;
  throw new CloudError("InvalidParameterValue", text, { availabilityZone, subnetId });
}

/** Checks what a launch of `count` instances says of their network. It holds as long as nothing is awaited after it. */
export function planNetwork(
  registry: Registry,
  place: Place,
  request: LaunchNetworkRequest,
  count: number,
): NetworkPlan {
  const network = new CloudNetwork({ registry, view: viewOf(scopeOf(place)) });
  const { subnetId, securityGroupIds = [], privateIpAddress, networkInterfaceTags: tags = {} } = request;
  const subnet = subnetId === undefined ? defaultSubnet(place) : network.subnet(subnetId);
  const groups = [...new Set(securityGroupIds)].map((id) => network.securityGroup(id));
  if (groups.length > MAX_GROUPS) {
    const text = `An interface can have at most ${MAX_GROUPS} security groups; there are ${groups.length}.`;
    throw new CloudError("SecurityGroupsPerInterfaceLimitExceeded", text, { limit: MAX_GROUPS });
  }
  const groupIds = groups.length > 0 ? groups.map(({ id }) => id) : [defaultNetwork(scopeOf(place)).group.id];
  const taken = addressesOf(registry, subnet.id);
  const addresses =
    privateIpAddress === undefined
      ? freeAddresses(subnet, taken, count)
      : [checkAddress(privateIpAddress, subnet, taken, count)];
  return { subnet, groupIds, addresses, tags };
}

interface NewInterface {
  readonly instanceId: string;
  readonly privateIpAddress: string;
  readonly createdAt: number;
}

/** The primary interface of a new instance: it goes with it. */
export function primaryInterface(
  { networkInterfaces }: Registry,
  { subnet, groupIds, tags }: Pick<NetworkPlan, "subnet" | "groupIds" | "tags">,
  { instanceId, privateIpAddress, createdAt }: NewInterface,
  random: Random,
): Change {
  const id = newId("eni", random);
  const record: NetworkInterfaceRecord = {
    ownerId: subnet.ownerId,
    region: subnet.region,
    zone: subnet.zone,
    vpcId: subnet.vpcId,
    subnetId: subnet.id,
    groupIds: [...groupIds],
    privateIpAddress,
    macAddress: newMacAddress(random),
    description: "",
    tags: { ...tags },
    createdAt,
    attachment: {
      id: id.replace("eni-", "eni-attach-"),
      instanceId,
      deviceIndex: 0,
      deleteOnTermination: true,
      attachedAt: createdAt,
    },
  };
  return networkInterfaces.put(id, record);
}

/** Locally administered, of one card (IEEE 802, §8.2), as EC2's are. */
function newMacAddress(random: Random): string {
  const bytes = [0x02, ...random.bytes(5)];
  return bytes.map((byte) => byte.toString(16).padStart(2, "0")).join(":");
}

/** What goes with an instance that is terminated. */
export const releasedInterfaces = ({ networkInterfaces }: Registry, instanceId: string): Change[] =>
  networkInterfaces
    .entries()
    .filter(([, { attachment }]) => attachment?.instanceId === instanceId && attachment.deleteOnTermination)
    .map(([id]) => networkInterfaces.delete(id));

interface OldInstance extends Place {
  readonly privateIpAddress: string;
  readonly state: string;
  readonly createdAt: number;
}

/** Instances of before there were interfaces have their address in their own record: makes them one each. */
export function missingInterfaces(
  registry: Registry,
  instances: readonly { readonly id: string; readonly value: OldInstance }[],
  random: Random,
): Change[] {
  const having = new Set(registry.networkInterfaces.entries().map(([, { attachment }]) => attachment?.instanceId));
  return instances
    .filter(({ id, value }) => value.state !== "terminated" && !having.has(id))
    .map(({ id, value }) => {
      const subnet = defaultSubnet(value);
      const plan = { subnet, groupIds: [defaultNetwork(scopeOf(value)).group.id], tags: {} };
      const { privateIpAddress, createdAt } = value;
      return primaryInterface(registry, plan, { instanceId: id, privateIpAddress, createdAt }, random);
    });
}
