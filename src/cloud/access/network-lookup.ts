import { CloudError } from "../../base/errors.ts";
import { type ResourceType, resourceArn, type TouchedResource } from "../../ec2/policy/index.ts";
import type { LaunchNetworkRequest } from "../network/launch-request.ts";
import { CloudNetwork, type Identified, type NetworkRecords, scopesOf } from "../network/network.ts";
import type { NetworkKind } from "../network/network-errors.ts";
import { isNetworkType, KIND_OF } from "../network/tagged-network.ts";
import { findZone, firstZone } from "../regions.ts";
import type { Registry } from "../registry.ts";
import { accountView, EVERYTHING, type Owned, type Scope, scopeOf, viewOf } from "../scope.ts";
import type { Tags } from "../tags.ts";

/** What a launch says of its network, in whichever API. */
export interface LaunchNetwork
  extends Pick<LaunchNetworkRequest, "associatePublicIpAddress" | "networkInterfaces" | "subnetId"> {
  readonly availabilityZone?: string | undefined;
  readonly securityGroupIds?: readonly string[];
  readonly tags?: Tags;
}

/** The interfaces that a launch makes, and the subnets and groups that it uses: the default ones where it names none. */
export function launchNetwork(registry: Registry, launch: LaunchNetwork, scope: Scope): TouchedResource[] {
  const network = new CloudNetwork({ registry, view: viewOf(scope) });
  const zone = launch.availabilityZone ?? firstZone(scope.region);
  const { tags = {}, networkInterfaces = [] } = launch;
  const asked = networkInterfaces.length > 0 ? networkInterfaces : [launch];
  const defaultVpc = network.defaultVpc(scope);
  const inZone = network.subnets().find((one) => one.isDefault && one.zone === zone)?.id;
  const subnets = new Set<string>();
  const groups = new Set<string>();
  const interfaces = asked.map((one): TouchedResource => {
    if ("networkInterfaceId" in one && one.networkInterfaceId !== undefined) {
      return networkResource(registry, "network-interface", one.networkInterfaceId, scope);
    }
    const subnetId = one.subnetId ?? inZone;
    const subnet = subnetId === undefined ? undefined : find(network, "subnets", subnetId);
    const vpcId = subnet?.vpcId ?? defaultVpc?.id;
    if (subnetId !== undefined) subnets.add(subnetId);
    const own = one.securityGroupIds ?? [];
    const defaults = vpcId === undefined ? [] : [network.defaultGroup(vpcId).id];
    for (const id of own.length > 0 ? own : defaults) groups.add(id);
    const { associatePublicIpAddress: isPublic } = one;
    const facts = {
      AvailabilityZone: subnet?.zone ?? zone,
      ...(isPublic === undefined ? {} : { AssociatePublicIpAddress: isPublic }),
      ...(vpcId === undefined ? {} : { Vpc: resourceArn("vpc", vpcId, scope) }),
      ...(subnet === undefined ? {} : { Subnet: resourceArn("subnet", subnet.id, scope) }),
    };
    return { type: "network-interface", requestTags: tags, facts };
  });
  return [
    ...interfaces,
    ...[...subnets].map((id) => networkResource(registry, "subnet", id, scope)),
    ...[...groups].map((id) => networkResource(registry, "security-group", id, scope)),
  ];
}

/** The condition key that has its id. */
const ID_KEYS: Readonly<Partial<Record<ResourceType, string>>> = {
  "elastic-ip": "AllocationId",
  "internet-gateway": "InternetGatewayID",
  "network-acl": "NetworkAclID",
  "network-interface": "NetworkInterfaceID",
  "route-table": "RouteTableID",
  "security-group": "SecurityGroupID",
  subnet: "SubnetID",
  vpc: "VpcID",
};

/** What is known of it; whoever's it is. */
export function networkResource(registry: Registry, type: ResourceType, id: string, scope: Scope): TouchedResource {
  if (type === "security-group-rule") return ruleResource(registry, id, scope);
  const kind: NetworkKind | undefined = isNetworkType(type) ? KIND_OF[type] : undefined;
  const network = everythingFor(registry, scope);
  const record = kind === undefined ? undefined : find(network, kind, id);
  if (record === undefined) return { type, id };
  const { ownerId, region, tags } = record;
  const idKey = ID_KEYS[type];
  const facts = { ...factsOf(record), ...(idKey === undefined ? {} : { [idKey]: id }) };
  return { type, id, ownerId, region, tags, facts };
}

/** Whoever's it is; a default network that nobody has changed can only be meant by its own account. */
const everythingFor = (registry: Registry, { accountId }: Scope) =>
  new CloudNetwork({ registry, view: EVERYTHING, scopes: () => scopesOf([accountId]) });

function ruleResource(registry: Registry, id: string, scope: Scope): TouchedResource {
  const type = "security-group-rule";
  const groups = everythingFor(registry, scope).securityGroups();
  const group = groups.find(({ rules }) => rules.some((rule) => rule.id === id));
  if (group === undefined) return { type, id };
  const tags = group.rules.find((rule) => rule.id === id)?.tags ?? {};
  return { type, id, ownerId: group.ownerId, region: group.region, tags, facts: factsOf(group) };
}

/** The id of a security group of the default VPC. */
export function groupNamed(registry: Registry, name: string, scope: Scope): string | undefined {
  const network = new CloudNetwork({ registry, view: viewOf(scope) });
  const vpcId = network.defaultVpc(scope)?.id;
  return network.securityGroups().find((group) => group.vpcId === vpcId && group.name === name)?.id;
}

/** In all regions: this cloud's own API sees them all, and ids are of one. */
const networkIn = (registry: Registry, { accountId }: Scope) =>
  new CloudNetwork({ registry, view: accountView(accountId) });

/** The table and the subnet that an association is of, whichever kind it is. */
export function associated(
  registry: Registry,
  associationId: string | undefined,
  scope: Scope,
): { routeTableId?: string; subnetId?: string } {
  const network = networkIn(registry, scope);
  const isIt = (one: { readonly associationId: string } | null) => one?.associationId === associationId;
  const subnet = network.subnets().find(({ routeTable, networkAcl }) => isIt(routeTable) || isIt(networkAcl));
  if (subnet !== undefined) {
    const { id, routeTable } = subnet;
    return { subnetId: id, ...(routeTable !== null && isIt(routeTable) ? { routeTableId: routeTable.id } : {}) };
  }
  const vpc = network.vpcs().find(({ mainRouteTable }) => isIt(mainRouteTable));
  return vpc === undefined ? {} : { routeTableId: vpc.mainRouteTable.id };
}

/** Whether a security group's rule is about what leaves. */
export const isEgressRule = (registry: Registry, ruleId: string | undefined, { accountId }: Scope): boolean =>
  new CloudNetwork({ registry, view: accountView(accountId) })
    .securityGroups()
    .some(({ rules }) => rules.some(({ id, egress }) => id === ruleId && egress));

/** What an attachment of a network interface is of. */
export function attached(
  registry: Registry,
  attachmentId: string | undefined,
  scope: Scope,
): { interfaceId?: string; instanceId?: string } {
  const found = networkIn(registry, scope)
    .interfaces()
    .find(({ attachment }) => attachment?.id === attachmentId);
  if (found?.attachment == null) return {};
  return { interfaceId: found.id, instanceId: found.attachment.instanceId };
}

/** The id of an Elastic IP address. */
export const addressOf = (
  registry: Registry,
  { associationId, publicIp }: { readonly associationId?: string | undefined; readonly publicIp?: string | undefined },
  scope: Scope,
): string | undefined =>
  networkIn(registry, scope)
    .list("addresses")
    .find((one) => (one.association !== null && one.association.id === associationId) || one.publicIp === publicIp)?.id;

function factsOf(
  record: Owned & { readonly zone?: string; readonly vpcId?: string | null; readonly subnetId?: string },
) {
  const { zone, vpcId, subnetId } = record;
  const zoneId = zone === undefined ? undefined : findZone(zone)?.id;
  const arn = (type: "subnet" | "vpc", id: string) => resourceArn(type, id, scopeOf(record));
  return {
    ...(zone === undefined ? {} : { AvailabilityZone: zone }),
    ...(zoneId === undefined ? {} : { AvailabilityZoneId: zoneId }),
    ...(vpcId ? { Vpc: arn("vpc", vpcId) } : {}),
    ...(subnetId ? { Subnet: arn("subnet", subnetId) } : {}),
    ...("publicIp" in record && "association" in record ? { PublicIpAddress: String(record.publicIp) } : {}),
    ...("isDefault" in record && "mainRouteTable" in record ? { Tenancy: "default" } : {}),
  };
}

function find<K extends NetworkKind>(
  network: CloudNetwork,
  kind: K,
  id: string,
): Identified<NetworkRecords[K]> | undefined {
  try {
    return network.get(kind, id);
  } catch (error) {
    if (error instanceof CloudError) return undefined;
    throw error;
  }
}
