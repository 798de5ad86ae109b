import * as sdk from "@aws-sdk/client-ec2";
import { beforeEach, describe, expect, it } from "vitest";
import { ACCOUNT, type Ec2Lab, openLab } from "../../../test/support/ec2-lab.ts";
import { settle } from "../../../test/support/fake-clock.ts";

let lab: Ec2Lab;
let ec2: sdk.EC2Client;
let imageId: string;

beforeEach(async () => {
  ({ lab, ec2, imageId } = await openLab());
});

const cidr = (CidrIp: string, Description?: string) => ({
  CidrIp,
  ...(Description === undefined ? {} : { Description }),
});
const tcp = (port: number, ...ranges: string[]): sdk.IpPermission => ({
  IpProtocol: "tcp",
  FromPort: port,
  ToPort: port,
  IpRanges: ranges.map((range) => cidr(range)),
});

async function make(name = "web", input: Partial<sdk.CreateSecurityGroupRequest> = {}): Promise<string> {
  const command = new sdk.CreateSecurityGroupCommand({ GroupName: name, Description: "for tests", ...input });
  return (await ec2.send(command)).GroupId ?? "";
}
const authorize = (GroupId: string, ...IpPermissions: sdk.IpPermission[]) =>
  ec2.send(new sdk.AuthorizeSecurityGroupIngressCommand({ GroupId, IpPermissions }));
const revoke = (GroupId: string, ...IpPermissions: sdk.IpPermission[]) =>
  ec2.send(new sdk.RevokeSecurityGroupIngressCommand({ GroupId, IpPermissions }));

async function group(GroupId: string): Promise<sdk.SecurityGroup> {
  const { SecurityGroups: [found] = [] } = await ec2.send(
    new sdk.DescribeSecurityGroupsCommand({ GroupIds: [GroupId] }),
  );
  return found as sdk.SecurityGroup;
}
async function rules(GroupId: string): Promise<sdk.SecurityGroupRule[]> {
  const Filters = [{ Name: "group-id", Values: [GroupId] }];
  return (await ec2.send(new sdk.DescribeSecurityGroupRulesCommand({ Filters }))).SecurityGroupRules ?? [];
}

describe("F54 a security group", () => {
  it("lets nothing in and everything out when it is new, with tags, and is there after a reload", async () => {
    const id = await make("web", {
      TagSpecifications: [{ ResourceType: "security-group", Tags: [{ Key: "a", Value: "b" }] }],
    });
    ec2 = await lab.open();
    expect(await group(id)).toMatchObject({
      GroupName: "web",
      Description: "for tests",
      OwnerId: ACCOUNT,
      IpPermissions: [],
      IpPermissionsEgress: [{ IpProtocol: "-1", IpRanges: [{ CidrIp: "0.0.0.0/0" }] }],
      Tags: [{ Key: "a", Value: "b" }],
    });
    expect(await rules(id)).toMatchObject([{ IsEgress: true, IpProtocol: "-1", CidrIpv4: "0.0.0.0/0", FromPort: -1 }]);
  });

  it("is what an instance is in, beside others, and can be changed at any time", async () => {
    const [web, ssh] = [await make("web"), await make("ssh")];
    const { Instances: [vm] = [] } = await ec2.send(
      new sdk.RunInstancesCommand({ ImageId: imageId, MinCount: 1, MaxCount: 1, SecurityGroups: ["web"] }),
    );
    await settle();
    expect(vm?.SecurityGroups).toEqual([{ GroupId: web, GroupName: "web" }]);
    const InstanceId = vm?.InstanceId ?? "";
    await ec2.send(new sdk.ModifyInstanceAttributeCommand({ InstanceId, Groups: [web, ssh] }));
    const answer = await ec2.send(new sdk.DescribeInstanceAttributeCommand({ InstanceId, Attribute: "groupSet" }));
    expect(answer.Groups?.map(({ GroupName: name }) => name)).toEqual(["web", "ssh"]);
    await expect(ec2.send(new sdk.DeleteSecurityGroupCommand({ GroupId: web }))).rejects.toMatchObject({
      name: "DependencyViolation",
    });
    await ec2.send(new sdk.ModifyInstanceAttributeCommand({ InstanceId, Groups: [ssh] }));
    await ec2.send(new sdk.DeleteSecurityGroupCommand({ GroupId: web }));
    await expect(group(web)).rejects.toMatchObject({ name: "InvalidGroup.NotFound" });
  });

  it("F56 is not deleted while a rule names it, and never when it is a VPC's default one", async () => {
    const [web, bastion] = [await make("web"), await make("bastion")];
    await authorize(web, { IpProtocol: "-1", UserIdGroupPairs: [{ GroupId: bastion }] });
    const remove = (GroupId: string) => ec2.send(new sdk.DeleteSecurityGroupCommand({ GroupId }));
    await expect(remove(bastion)).rejects.toMatchObject({
      name: "DependencyViolation",
      message: `resource ${bastion} has a dependent object`,
    });
    await authorize(web, { IpProtocol: "-1", UserIdGroupPairs: [{ GroupId: web }] });
    await remove(web);
    await remove(bastion);
    await expect(remove("sg-1ce721976f096a4fd")).rejects.toMatchObject({ name: "CannotDelete" });
  });

  it.each<[string, Partial<sdk.CreateSecurityGroupRequest>, string]>([
    ["a name that is taken", { GroupName: "web" }, "InvalidGroup.Duplicate"],
    ["the default group's name", { GroupName: "default" }, "InvalidParameterValue"],
    ["a name like an id", { GroupName: "sg-1" }, "InvalidParameterValue"],
    ["a name of 256 characters", { GroupName: "x".repeat(256) }, "InvalidParameterValue"],
    ["a VPC that there is not", { GroupName: "other", VpcId: "vpc-00000000" }, "InvalidVpcID.NotFound"],
  ])("F56 is refused with %s", async (_, input, name) => {
    await make("web");
    await expect(make("web", input)).rejects.toMatchObject({ name });
    expect(lab.cloud.network.securityGroups().filter((one) => one.name !== "default")).toHaveLength(1);
  });
});

describe("F56 rules", () => {
  it("have ids, and are shown by protocol and ports", async () => {
    const id = await make();
    const { SecurityGroupRules: made = [] } = await authorize(
      id,
      { ...tcp(22, "192.0.2.0/24"), IpRanges: [cidr("192.0.2.7/24", "office")] },
      { IpProtocol: "icmp", FromPort: 8, ToPort: -1, IpRanges: [cidr("0.0.0.0/0")] },
      { IpProtocol: "-1", UserIdGroupPairs: [{ GroupId: id }] },
    );
    expect(made).toMatchObject([
      // As EC2 does it, the block is made canonical.
      { IpProtocol: "tcp", FromPort: 22, ToPort: 22, CidrIpv4: "192.0.2.0/24", Description: "office", IsEgress: false },
      { IpProtocol: "icmp", FromPort: 8, ToPort: -1, CidrIpv4: "0.0.0.0/0" },
      { IpProtocol: "-1", FromPort: -1, ToPort: -1, ReferencedGroupInfo: { GroupId: id, UserId: ACCOUNT } },
    ]);
    for (const { SecurityGroupRuleId: ruleId } of made) expect(ruleId).toMatch(/^sgr-[0-9a-f]{17}$/);
    expect((await group(id)).IpPermissions).toMatchObject([
      { IpProtocol: "tcp", FromPort: 22, ToPort: 22, IpRanges: [{ CidrIp: "192.0.2.0/24", Description: "office" }] },
      { IpProtocol: "icmp", FromPort: 8, ToPort: -1, IpRanges: [{ CidrIp: "0.0.0.0/0" }] },
      { IpProtocol: "-1", UserIdGroupPairs: [{ GroupId: id, UserId: ACCOUNT }] },
    ]);
    const Filters = [{ Name: "ip-permission.from-port", Values: ["22"] }];
    const { SecurityGroups: found } = await ec2.send(new sdk.DescribeSecurityGroupsCommand({ Filters }));
    expect(found?.map(({ GroupId }) => GroupId)).toEqual([id]);
  });

  it("are revoked by what they let through, or by id", async () => {
    const id = await make();
    const { SecurityGroupRules: [first] = [] } = await authorize(id, tcp(22, "192.0.2.0/24"), tcp(80, "0.0.0.0/0"));
    await revoke(id, tcp(80, "0.0.0.0/0"));
    expect((await group(id)).IpPermissions).toMatchObject([{ FromPort: 22 }]);
    const ids = [first?.SecurityGroupRuleId ?? ""];
    const { RevokedSecurityGroupRules: revoked } = await ec2.send(
      new sdk.RevokeSecurityGroupIngressCommand({ GroupId: id, SecurityGroupRuleIds: ids }),
    );
    expect(revoked).toMatchObject([{ SecurityGroupRuleId: ids[0], FromPort: 22, CidrIpv4: "192.0.2.0/24" }]);
    expect((await group(id)).IpPermissions).toEqual([]);
    await expect(revoke(id, tcp(22, "192.0.2.0/24"))).rejects.toMatchObject({ name: "InvalidPermission.NotFound" });
    // As Terraform does of each new group: there are no rules of IPv6, so none is this one.
    await expect(revoke(id, { IpProtocol: "-1", Ipv6Ranges: [{ CidrIpv6: "::/0" }] })).rejects.toMatchObject({
      name: "InvalidPermission.NotFound",
    });
  });

  it("are changed under their ids; descriptions by themselves", async () => {
    const id = await make();
    const { SecurityGroupRules: [rule] = [] } = await authorize(id, tcp(22, "192.0.2.0/24"));
    const SecurityGroupRuleId = rule?.SecurityGroupRuleId ?? "";
    const SecurityGroupRule = { IpProtocol: "tcp", FromPort: 443, ToPort: 444, CidrIpv4: "0.0.0.0/0" };
    await ec2.send(
      new sdk.ModifySecurityGroupRulesCommand({
        GroupId: id,
        SecurityGroupRules: [{ SecurityGroupRuleId, SecurityGroupRule }],
      }),
    );
    const SecurityGroupRuleDescriptions = [{ SecurityGroupRuleId, Description: "web" }];
    await ec2.send(
      new sdk.UpdateSecurityGroupRuleDescriptionsIngressCommand({ GroupId: id, SecurityGroupRuleDescriptions }),
    );
    const ingress = (await rules(id)).filter(({ IsEgress: isEgress }) => !isEgress);
    expect(ingress).toMatchObject([{ ...SecurityGroupRule, SecurityGroupRuleId, Description: "web" }]);
  });

  it("F54 of a default group can be changed: the default network is stored then, with the ids it had", async () => {
    const before = (await ec2.send(new sdk.DescribeSubnetsCommand({}))).Subnets;
    const { SecurityGroups: [standard] = [] } = await ec2.send(new sdk.DescribeSecurityGroupsCommand({}));
    const id = standard?.GroupId ?? "";
    expect(id).toBe("sg-1ce721976f096a4fd");
    await authorize(id, tcp(22, "0.0.0.0/0"));
    ec2 = await lab.open();
    expect((await group(id)).IpPermissions).toHaveLength(2);
    expect((await ec2.send(new sdk.DescribeSubnetsCommand({}))).Subnets).toEqual(before);
    // Others' are as they were.
    const other = lab.client({ region: "eu-west-1" });
    const { SecurityGroups: [theirs] = [] } = await other.send(new sdk.DescribeSecurityGroupsCommand({}));
    expect(theirs?.IpPermissions).toHaveLength(1);
  });

  it("F77 have tags of their own", async () => {
    const id = await make();
    const { SecurityGroupRules: [rule] = [] } = await authorize(id, tcp(22, "192.0.2.0/24"));
    const Resources = [id, rule?.SecurityGroupRuleId ?? ""];
    await ec2.send(new sdk.CreateTagsCommand({ Resources, Tags: [{ Key: "a", Value: "b" }] }));
    const { Tags: tags = [] } = await ec2.send(new sdk.DescribeTagsCommand({}));
    expect(tags.map(({ ResourceId, ResourceType }) => [ResourceId, ResourceType]).sort()).toEqual([
      [id, "security-group"],
      [Resources[1], "security-group-rule"],
    ]);
  });

  it("there are at most 60 of in a direction, and a request beyond it adds none", async () => {
    const id = await make();
    const ports = (count: number, from = 1) => Array.from({ length: count }, (_, i) => tcp(from + i, "0.0.0.0/0"));
    await authorize(id, ...ports(59));
    await expect(authorize(id, ...ports(2, 100))).rejects.toMatchObject({ name: "RulesPerSecurityGroupLimitExceeded" });
    expect(await rules(id)).toHaveLength(60);
    await authorize(id, tcp(100, "0.0.0.0/0"));
    expect(await rules(id)).toHaveLength(61);
  });

  it.each<[string, (own: string) => sdk.IpPermission, string]>([
    ["one that there is", () => tcp(22, "192.0.2.0/24"), "InvalidPermission.Duplicate"],
    ["what is no block", () => tcp(80, "spam"), "InvalidParameterValue"],
    ["a block of 33 bits", () => tcp(80, "10.0.0.0/33"), "InvalidParameterValue"],
    ["ports beyond 65535", () => tcp(65_536, "0.0.0.0/0"), "InvalidParameterValue"],
    ["no ports", () => ({ IpProtocol: "udp", IpRanges: [cidr("0.0.0.0/0")] }), "InvalidParameterValue"],
    [
      "a protocol that there is not",
      () => ({ IpProtocol: "spam", IpRanges: [cidr("0.0.0.0/0")] }),
      "InvalidParameterValue",
    ],
    [
      "a group that there is not",
      () => ({ IpProtocol: "-1", UserIdGroupPairs: [{ GroupId: "sg-00000000" }] }),
      "InvalidGroup.NotFound",
    ],
    ["an address of IPv6", () => ({ IpProtocol: "-1", Ipv6Ranges: [{ CidrIpv6: "::/0" }] }), "UnsupportedOperation"],
    ["nothing that it lets in", () => ({ IpProtocol: "-1" }), "MissingParameter"],
  ])("are refused with %s, and none is added", async (_, permission, name) => {
    const id = await make();
    await authorize(id, tcp(22, "192.0.2.0/24"));
    await expect(authorize(id, tcp(81, "0.0.0.0/0"), permission(id))).rejects.toMatchObject({ name });
    expect(await rules(id)).toHaveLength(2);
  });

  it("F78 tell malformed ids from unknown ones", async () => {
    const find = (id: string) => ec2.send(new sdk.DescribeSecurityGroupRulesCommand({ SecurityGroupRuleIds: [id] }));
    await expect(find("spam")).rejects.toMatchObject({ name: "InvalidSecurityGroupRuleId.Malformed" });
    await expect(find("sgr-00000000")).rejects.toMatchObject({ name: "InvalidSecurityGroupRuleId.NotFound" });
    await expect(group("spam")).rejects.toMatchObject({ name: "InvalidGroupId.Malformed" });
  });
});
