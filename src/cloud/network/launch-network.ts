import { CloudError } from "../../base/errors.ts";
import { mayLaunch } from "../images/image-catalogue.ts";
import { type Place, placeFor, zoneBeside } from "../placement.ts";
import type { Registry } from "../registry.ts";
import { scopeOf, type View, viewOf } from "../scope.ts";
import { checkTags, type Tags } from "../tags.ts";
import { checkGroups } from "./interface-checks.ts";
import { interfacesAskedFor, type LaunchInterfaceRequest, type LaunchNetworkRequest } from "./launch-request.ts";
import { CloudNetwork, type NetworkInterface, type Subnet } from "./network.ts";
import { invalidValue } from "./network-errors.ts";
import { addressesOf, chooseAddresses } from "./subnet-addresses.ts";

export { LAUNCH_NETWORK, type LaunchNetworkRequest } from "./launch-request.ts";

/** One interface of each instance of a launch. */
export interface InterfacePlan {
  readonly deviceIndex: number;
  readonly subnet: Subnet;
  /** One that there is. */
  readonly existing: NetworkInterface | null;
  readonly groupIds: readonly string[];
  /** Of each instance: the primary one first. */
  readonly addresses: readonly (readonly string[])[];
  readonly wantsPublicIp: boolean;
  readonly deleteOnTermination: boolean;
  readonly description: string;
}

/** What the interfaces of a launch will be. */
export interface NetworkPlan {
  /** The primary one first. */
  readonly interfaces: readonly InterfacePlan[];
  readonly tags: Tags;
}

/** The subnet of a place that nobody has named a subnet for. `VPCIdNotSpecified` or `MissingInput` when there is none. */
export function defaultSubnet(network: CloudNetwork, place: Place): Subnet {
  const vpc = network.defaultVpc(scopeOf(place));
  if (vpc === undefined) throw noDefaultVpc();
  const subnet = network.subnets().find((one) => one.vpcId === vpc.id && one.isDefault && one.zone === place.zone);
  if (subnet !== undefined) return subnet;
  const text = `No default subnet for availability zone: '${place.zone}'. Please specify a subnet.`;
  throw new CloudError("MissingInput", text, { vpcId: vpc.id, zone: place.zone });
}

export const noDefaultVpc = () =>
  new CloudError("VPCIdNotSpecified", "No default VPC for this user. Say which subnet, or create a default VPC.");

type Where = Pick<LaunchNetworkRequest, "subnetId" | "networkInterfaces"> & {
  readonly availabilityZone?: string;
  readonly image?: string;
};

/** Where a launch is: in its subnet's zone, or where it says, or where its image is. */
export function launchPlace(registry: Registry, view: View, launch: Where): Place {
  const { availabilityZone, image } = launch;
  const inside = insideOf(new CloudNetwork({ registry, view }), launch);
  if (inside === undefined) {
    const record = registry.images.get(image ?? "");
    const beside = record !== undefined && mayLaunch(view, record) ? zoneBeside(view, record) : undefined;
    return placeFor(view, availabilityZone ?? beside);
  }
  const { ownerId, region, zone, id } = inside;
  if (availabilityZone === undefined || availabilityZone === zone) return { ownerId, region, zone };
  const text = `Value (${availabilityZone}) for parameter availabilityZone is invalid. Subnet '${id}' is in the availability zone ${zone}`;
  throw new CloudError("InvalidParameterValue", text, { availabilityZone, subnetId: id });
}

/** The first subnet, or interface, that a launch names. */
function insideOf(network: CloudNetwork, { subnetId, networkInterfaces = [] }: Where): Subnet | undefined {
  const named = [{ subnetId, networkInterfaceId: undefined }, ...networkInterfaces].find(
    (one) => one.subnetId !== undefined || one.networkInterfaceId !== undefined,
  );
  if (named?.subnetId !== undefined) return network.subnet(named.subnetId);
  if (named?.networkInterfaceId === undefined) return undefined;
  return network.subnet(network.interface(named.networkInterfaceId).subnetId);
}

/** Checks what a launch of `count` instances says of their network. It holds as long as nothing is awaited after it. */
export function planNetwork(
  registry: Registry,
  place: Place,
  request: LaunchNetworkRequest,
  count: number,
): NetworkPlan {
  const network = new CloudNetwork({ registry, view: viewOf(scopeOf(place)) });
  const asked = interfacesAskedFor(request, count);
  const taken = new Map<string, Set<string>>();
  const interfaces = asked.map((one) => {
    const planned = planInterface(network, place, one);
    if (planned.existing !== null) return planned;
    const { subnet } = planned;
    const inUse = taken.get(subnet.id) ?? addressesOf(registry, subnet.id);
    taken.set(subnet.id, inUse);
    return { ...planned, addresses: chooseAddresses(subnet, inUse, one, count) };
  });
  checkOneVpc(interfaces);
  const isAlone = interfaces.length === 1;
  return {
    interfaces: interfaces.map((one) => ({ ...one, wantsPublicIp: one.wantsPublicIp && isAlone })),
    tags: checkTags(request.networkInterfaceTags),
  };
}

function planInterface(network: CloudNetwork, place: Place, one: LaunchInterfaceRequest): InterfacePlan {
  const { deviceIndex, description = "" } = one;
  if (one.networkInterfaceId !== undefined) {
    const existing = network.interface(one.networkInterfaceId);
    if (existing.attachment !== null || existing.interfaceType !== "interface") throw interfaceInUse(existing.id);
    return {
      deviceIndex,
      existing,
      subnet: network.subnet(existing.subnetId),
      groupIds: existing.groupIds,
      addresses: [[existing.privateIpAddress, ...existing.secondaryPrivateIps]],
      wantsPublicIp: false,
      deleteOnTermination: one.deleteOnTermination ?? false,
      description: existing.description,
    };
  }
  const subnet = one.subnetId === undefined ? defaultSubnet(network, place) : network.subnet(one.subnetId);
  if (subnet.zone !== place.zone) {
    throw invalidValue(`Subnet '${subnet.id}' is in the availability zone ${subnet.zone}, not ${place.zone}`);
  }
  return {
    deviceIndex,
    existing: null,
    subnet,
    groupIds: checkGroups(network, subnet, one.securityGroupIds),
    addresses: [],
    wantsPublicIp: one.associatePublicIpAddress ?? (deviceIndex === 0 && subnet.mapPublicIpOnLaunch),
    deleteOnTermination: one.deleteOnTermination ?? true,
    description,
  };
}

export const interfaceInUse = (id: string) =>
  new CloudError("InvalidNetworkInterface.InUse", `Interface: [${id}] in use.`, { networkInterfaceId: id });

function checkOneVpc(interfaces: readonly InterfacePlan[]): void {
  const [first, ...others] = interfaces;
  const other = others.find(({ subnet }) => subnet.vpcId !== first?.subnet.vpcId);
  if (other === undefined) return;
  throw invalidValue(`Network interfaces of an instance are in one VPC: '${other.subnet.id}' is in another.`);
}
