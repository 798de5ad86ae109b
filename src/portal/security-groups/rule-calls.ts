import type { SecurityGroupRuleRequest, SecurityGroups } from "../../api/network-types.ts";
import type { ApiCall } from "../command/script.ts";
import type { Change } from "../resources/changes.ts";
import type { RuleChanges } from "./rule-fields.ts";

export type Direction = "ingress" | "egress";

const SIDES = { ingress: "Ingress", egress: "Egress" } as const;

/** The call that takes rules away, with the same in EC2's API. */
export const revokeCall = (id: string, direction: Direction, ruleIds: readonly string[]): ApiCall => ({
  member: "securityGroups.revoke",
  args: [id, ruleIds],
  ec2: [
    {
      action: `RevokeSecurityGroup${SIDES[direction]}`,
      parameters: { GroupId: id, SecurityGroupRuleIds: ruleIds },
    },
  ],
});

type Requests = Readonly<Record<string, SecurityGroupRuleRequest>>;

/** The call that makes rules other ones, by their ids. */
export const modifyCall = (id: string, rules: Requests): ApiCall => ({
  member: "securityGroups.modifyRules",
  args: [id, rules],
  ec2: [
    {
      action: "ModifySecurityGroupRules",
      parameters: {
        GroupId: id,
        SecurityGroupRules: Object.entries(rules).map(([ruleId, request]) => ({
          SecurityGroupRuleId: ruleId,
          SecurityGroupRule: ruleRequest(request),
        })),
      },
    },
  ],
});

/** The call that adds rules. */
export const authorizeCall = (
  id: string,
  direction: Direction,
  rules: readonly SecurityGroupRuleRequest[],
): ApiCall => ({
  member: "securityGroups.authorize",
  args: [id, direction, rules],
  ec2: [
    {
      action: `AuthorizeSecurityGroup${SIDES[direction]}`,
      parameters: { GroupId: id, IpPermissions: rules.map(ipPermission) },
    },
  ],
});

/** What changes the rules of a group's one direction; rules that go make room for those that come. */
export function changesTo(
  groups: SecurityGroups,
  id: string,
  direction: Direction,
  { revoked, modified, added }: RuleChanges,
): Change[] {
  const changes: Change[] = [];
  if (revoked.length > 0) {
    changes.push({ call: revokeCall(id, direction, revoked), act: () => groups.revoke(id, revoked) });
  }
  if (Object.keys(modified).length > 0) {
    changes.push({ call: modifyCall(id, modified), act: () => groups.modifyRules(id, modified) });
  }
  if (added.length > 0) {
    changes.push({ call: authorizeCall(id, direction, added), act: () => groups.authorize(id, direction, added) });
  }
  return changes;
}

const traffic = ({ protocol, fromPort, toPort }: SecurityGroupRuleRequest) => ({
  IpProtocol: protocol === "all" ? "-1" : String(protocol),
  ...(fromPort !== undefined && { FromPort: fromPort }),
  ...(toPort !== undefined && { ToPort: toPort }),
});

const saying = ({ description }: SecurityGroupRuleRequest) =>
  description === undefined ? {} : { Description: description };

/** EC2's `IpPermission`. */
function ipPermission(request: SecurityGroupRuleRequest): object {
  const { cidrBlock, groupId } = request;
  return {
    ...traffic(request),
    ...(cidrBlock !== undefined && { IpRanges: [{ CidrIp: cidrBlock, ...saying(request) }] }),
    ...(groupId !== undefined && { UserIdGroupPairs: [{ GroupId: groupId, ...saying(request) }] }),
  };
}

/** EC2's `SecurityGroupRuleRequest`. */
function ruleRequest(request: SecurityGroupRuleRequest): object {
  const { cidrBlock, groupId } = request;
  return {
    ...traffic(request),
    ...(cidrBlock !== undefined && { CidrIpv4: cidrBlock }),
    ...(groupId !== undefined && { ReferencedGroupId: groupId }),
    ...saying(request),
  };
}
