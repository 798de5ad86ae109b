import { resourceArn, type TouchedResource } from "../../ec2/policy/index.ts";
import { type DefaultNetwork, defaultNetwork } from "../network-records/default-network.ts";
import { firstZone } from "../regions.ts";
import type { Registry } from "../registry.ts";
import type { Scope } from "../scope.ts";
import type { Tags } from "../tags.ts";

/** What a launch says of its network, in whichever API. */
export interface LaunchNetwork {
  readonly availabilityZone?: string | undefined;
  readonly subnetIds?: readonly string[];
  readonly securityGroupIds?: readonly string[];
  readonly tags?: Tags;
}

/** The interfaces that a launch makes, and the subnets and groups that it uses: the default ones where it names none. */
export function launchNetwork(launch: LaunchNetwork, scope: Scope): TouchedResource[] {
  const network = defaultNetwork(scope);
  const zone = launch.availabilityZone ?? firstZone(scope.region);
  const { subnetIds = [], securityGroupIds = [], tags = {} } = launch;
  const first = network.subnets.find((subnet) => subnet.zone === zone)?.id;
  const subnets = subnetIds.length > 0 ? subnetIds : first === undefined ? [] : [first];
  const groups = securityGroupIds.length > 0 ? securityGroupIds : [network.group.id];
  const [subnet] = subnets.map((id) => subnetOf(id, scope));
  const { AvailabilityZone = zone } = subnet?.facts ?? {};
  const facts = {
    AvailabilityZone,
    Vpc: vpcArn(network, scope),
    ...(subnet?.id === undefined ? {} : { Subnet: arn("subnet", subnet.id, scope) }),
  };
  return [
    { type: "network-interface", requestTags: tags, facts },
    ...subnets.map((id) => subnetOf(id, scope)),
    ...groups.map((id) => securityGroupOf(id, scope)),
  ];
}

export function subnetOf(id: string, scope: Scope): TouchedResource {
  const network = defaultNetwork(scope);
  const found = network.subnets.find((subnet) => subnet.id === id);
  if (found === undefined) return { type: "subnet", id };
  const facts = {
    AvailabilityZone: found.zone,
    AvailabilityZoneId: found.zoneId,
    SubnetID: id,
    Vpc: vpcArn(network, scope),
  };
  return { type: "subnet", id, facts };
}

export function securityGroupOf(id: string, scope: Scope): TouchedResource {
  const network = defaultNetwork(scope);
  if (network.group.id !== id) return { type: "security-group", id };
  return { type: "security-group", id, facts: { SecurityGroupID: id, Vpc: vpcArn(network, scope) } };
}

export function networkInterfaceOf({ networkInterfaces }: Registry, id: string): TouchedResource {
  const record = networkInterfaces.get(id);
  if (record === undefined) return { type: "network-interface", id };
  const { ownerId, region, zone, subnetId, vpcId, tags } = record;
  const scope = { accountId: ownerId, region };
  const facts = {
    AvailabilityZone: zone,
    NetworkInterfaceID: id,
    Subnet: arn("subnet", subnetId, scope),
    Vpc: arn("vpc", vpcId, scope),
  };
  return { type: "network-interface", id, ownerId, region, tags, facts };
}

const arn = (type: "subnet" | "vpc", id: string, scope: Scope) => resourceArn(type, id, scope);
const vpcArn = ({ vpc }: DefaultNetwork, scope: Scope) => arn("vpc", vpc.id, scope);
