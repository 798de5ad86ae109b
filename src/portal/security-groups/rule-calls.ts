import type { SecurityGroupRuleRequest } from "../../api/network-types.ts";
import type { ApiCall } from "../command/script.ts";
import type { RuleChanges } from "./rule-fields.ts";

export type Direction = "ingress" | "egress";

const SIDES = { ingress: "Ingress", egress: "Egress" } as const;

/** The calls that change the rules of a group's one direction, with the same in EC2's API. */
export function callsOf(id: string, direction: Direction, { revoked, modified, added }: RuleChanges): ApiCall[] {
  const side = SIDES[direction];
  const changed = Object.entries(modified);
  return [
    ...(revoked.length === 0
      ? []
      : [
          {
            member: "securityGroups.revoke",
            args: [id, revoked],
            ec2: [
              {
                action: `RevokeSecurityGroup${side}`,
                parameters: { GroupId: id, SecurityGroupRuleIds: revoked },
              },
            ],
          },
        ]),
    ...(changed.length === 0
      ? []
      : [
          {
            member: "securityGroups.modifyRules",
            args: [id, modified],
            ec2: [
              {
                action: "ModifySecurityGroupRules",
                parameters: {
                  GroupId: id,
                  SecurityGroupRules: changed.map(([ruleId, request]) => ({
                    SecurityGroupRuleId: ruleId,
                    SecurityGroupRule: ruleRequest(request),
                  })),
                },
              },
            ],
          },
        ]),
    ...(added.length === 0
      ? []
      : [
          {
            member: "securityGroups.authorize",
            args: [id, direction, added],
            ec2: [
              {
                action: `AuthorizeSecurityGroup${side}`,
                parameters: { GroupId: id, IpPermissions: added.map(ipPermission) },
              },
            ],
          },
        ]),
  ];
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
