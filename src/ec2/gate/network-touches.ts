import type * as ec2 from "@aws-sdk/client-ec2";
import type { NETWORK_ACTIONS } from "../policy/authorization/network-actions.ts";
import type { ResourceType, TouchedResource } from "../policy/index.ts";
import { changing, newResource, type Surroundings, type Touch, touch } from "./touch.ts";

type Given<T> = T | undefined;
const each = <T>(one: Given<T>): T[] => (one === undefined ? [] : [one]);

const part = (type: ResourceType, ids: readonly string[], { lookup, scope }: Surroundings): TouchedResource[] =>
  [...new Set(ids)].map((id) => lookup.networkPart(type, id, scope));

/** The resource that a parameter names. */
const named =
  (...parameters: readonly (readonly [parameter: string, type: ResourceType])[]): Touch =>
  (input, at) =>
    parameters.flatMap(([parameter, type]) =>
      part(type, each((input as Readonly<Record<string, string | undefined>>)[parameter]), at),
    );

const vpc = named(["VpcId", "vpc"]);
const subnet = named(["SubnetId", "subnet"]);

interface OfGroup {
  readonly GroupId?: string;
  readonly GroupName?: string;
  readonly SecurityGroupRuleIds?: readonly string[];
  readonly SecurityGroupRules?: readonly { readonly SecurityGroupRuleId?: string }[];
  readonly SecurityGroupRuleDescriptions?: readonly { readonly SecurityGroupRuleId?: string }[];
}

/** A group by its id, or by its name in the default VPC. */
function group({ GroupId: id, GroupName: name }: OfGroup, at: Surroundings): TouchedResource[] {
  const found = id ?? (name === undefined ? undefined : at.lookup.groupNamed(name, at.scope));
  return part("security-group", each(found ?? name), at);
}

/** A group with the rules of it that are named. */
const groupRules = touch<OfGroup>((input, at) => {
  const updates = [...(input.SecurityGroupRules ?? []), ...(input.SecurityGroupRuleDescriptions ?? [])];
  const ids = [...(input.SecurityGroupRuleIds ?? []), ...updates.flatMap((one) => each(one.SecurityGroupRuleId))];
  return [...group(input, at), ...part("security-group-rule", ids, at)];
});

const authorizing = touch<ec2.AuthorizeSecurityGroupIngressRequest>((input, at) => [
  ...group(input as OfGroup, at),
  newResource("security-group-rule", input.TagSpecifications),
]);

type Touching = Exclude<keyof typeof NETWORK_ACTIONS, "CreateDefaultVpc" | `Describe${string}s`>;

/** What each action of the network touches; see `touches.ts`. */
export const NETWORK_TOUCHES: Readonly<Record<Touching, Touch>> = {
  CreateVpc: touch<ec2.CreateVpcRequest>((input) => [
    newResource("vpc", input.TagSpecifications, { Tenancy: input.InstanceTenancy ?? "default" }),
  ]),
  DeleteVpc: vpc,
  DescribeVpcAttribute: vpc,
  ModifyVpcAttribute: changing(vpc),

  CreateSubnet: touch<ec2.CreateSubnetRequest>((input, at) => [
    newResource("subnet", input.TagSpecifications, {
      AvailabilityZone: input.AvailabilityZone as string,
      AvailabilityZoneId: input.AvailabilityZoneId as string,
    }),
    ...part("vpc", each(input.VpcId), at),
  ]),
  DeleteSubnet: subnet,
  ModifySubnetAttribute: changing(subnet),

  CreateSecurityGroup: touch<ec2.CreateSecurityGroupRequest>((input, at) => [
    newResource("security-group", input.TagSpecifications),
    ...part("vpc", each(input.VpcId), at),
  ]),
  DeleteSecurityGroup: touch<OfGroup>(group),
  AuthorizeSecurityGroupIngress: authorizing,
  AuthorizeSecurityGroupEgress: authorizing,
  RevokeSecurityGroupIngress: groupRules,
  RevokeSecurityGroupEgress: groupRules,
  ModifySecurityGroupRules: groupRules,
  UpdateSecurityGroupRuleDescriptionsIngress: groupRules,
  UpdateSecurityGroupRuleDescriptionsEgress: groupRules,
};
