import * as sdk from "@aws-sdk/client-ec2";
import { beforeEach, describe, expect, it } from "vitest";
import { type Ec2Lab, openLab } from "../../../test/support/ec2-lab.ts";
import { settle } from "../../../test/support/fake-clock.ts";

/** What the rows say that no other test of their actions asks, word by word. */
let lab: Ec2Lab;
let ec2: sdk.EC2Client;
let imageId: string;

beforeEach(async () => {
  ({ lab, ec2, imageId } = await openLab());
});

const SUBNET = "subnet-daa476c94b138c8ed";

async function launch(input: Partial<sdk.RunInstancesCommandInput> = {}): Promise<sdk.Instance> {
  const command = new sdk.RunInstancesCommand({ ImageId: imageId, MinCount: 1, MaxCount: 1, ...input });
  const { Instances: [vm] = [] } = await ec2.send(command);
  await settle();
  return vm as sdk.Instance;
}
async function shown(InstanceId: string): Promise<sdk.Instance> {
  const answer = await ec2.send(new sdk.DescribeInstancesCommand({ InstanceIds: [InstanceId] }));
  return answer.Reservations?.[0]?.Instances?.[0] as sdk.Instance;
}

describe("F52", () => {
  it("of a subnet's addresses five are reserved: a /24 has 251, a /28 has 11", async () => {
    const { Vpc: vpc } = await ec2.send(new sdk.CreateVpcCommand({ CidrBlock: "10.0.0.0/16" }));
    const free = async (CidrBlock: string) => {
      const made = await ec2.send(new sdk.CreateSubnetCommand({ VpcId: vpc?.VpcId ?? "", CidrBlock }));
      return made.Subnet?.AvailableIpAddressCount;
    };
    expect([await free("10.0.0.0/24"), await free("10.0.1.0/28")]).toEqual([251, 11]);
  });

  it("a private address is an instance's for life: over stops, nobody else gets it", async () => {
    const { InstanceId: id = "", PrivateIpAddress: address } = await launch();
    const vm = lab.cloud.instances.get(id);
    await vm.stop({ force: true });
    expect((await shown(id)).PrivateIpAddress).toBe(address);
    expect((await launch()).PrivateIpAddress).not.toBe(address);
    await expect(launch({ PrivateIpAddress: address })).rejects.toMatchObject({ name: "InvalidIPAddress.InUse" });
    await vm.start();
    expect((await shown(id)).PrivateIpAddress).toBe(address);
  });

  it("a subnet, and a VPC, are not deleted while a stopped instance is in them", async () => {
    const { InstanceId: id = "", VpcId } = await launch();
    await lab.cloud.instances.get(id).stop({ force: true });
    for (const command of [new sdk.DeleteSubnetCommand({ SubnetId: SUBNET }), new sdk.DeleteVpcCommand({ VpcId })]) {
      await expect(ec2.send(command as sdk.DeleteVpcCommand)).rejects.toMatchObject({ name: "DependencyViolation" });
    }
  });
});

describe("F53", () => {
  it("an Elastic IP address takes the place of the one that was given, which is not given again at a start", async () => {
    const { InstanceId: id = "" } = await launch();
    const { AllocationId, PublicIp } = await ec2.send(new sdk.AllocateAddressCommand({}));
    await ec2.send(new sdk.AssociateAddressCommand({ AllocationId, InstanceId: id }));
    const vm = lab.cloud.instances.get(id);
    await vm.stop({ force: true });
    await vm.start();
    expect([(await shown(id)).PublicIpAddress, vm.publicIpAddress]).toEqual([PublicIp, PublicIp]);
    await ec2.send(new sdk.TerminateInstancesCommand({ InstanceIds: [id] }));
    await settle();
    const { Addresses: [left] = [] } = await ec2.send(new sdk.DescribeAddressesCommand({}));
    expect(left).toMatchObject({ AllocationId, PublicIp });
    expect(left?.AssociationId).toBeUndefined();
  });

  it("InvalidAllocationID.NotFound for one that there is not, InvalidAssociationID.NotFound for an association", async () => {
    const { InstanceId } = await launch();
    const AllocationId = "eipalloc-0123456789abcdef0";
    await expect(ec2.send(new sdk.AssociateAddressCommand({ AllocationId, InstanceId }))).rejects.toMatchObject({
      name: "InvalidAllocationID.NotFound",
    });
    const AssociationId = "eipassoc-0123456789abcdef0";
    await expect(ec2.send(new sdk.DisassociateAddressCommand({ AssociationId }))).rejects.toMatchObject({
      name: "InvalidAssociationID.NotFound",
    });
  });
});

describe("F54", () => {
  it("the default group lets in from itself, and out to everybody; who is launched without a group is in it", async () => {
    const { SecurityGroups: [group] = [] } = await ec2.send(new sdk.DescribeSecurityGroupsCommand({}));
    expect(group).toMatchObject({
      GroupName: "default",
      IpPermissions: [{ IpProtocol: "-1", UserIdGroupPairs: [{ GroupId: group?.GroupId }], IpRanges: [] }],
      IpPermissionsEgress: [{ IpProtocol: "-1", IpRanges: [{ CidrIp: "0.0.0.0/0" }], UserIdGroupPairs: [] }],
    });
    expect((await launch()).SecurityGroups).toEqual([{ GroupId: group?.GroupId, GroupName: "default" }]);
  });
});

describe("F56", () => {
  const create = (input: Partial<sdk.CreateSecurityGroupRequest>) =>
    ec2.send(new sdk.CreateSecurityGroupCommand({ GroupName: "web", Description: "x", ...input }));

  it("a description is required; a name has 255 characters at most; another VPC may have the same name", async () => {
    await expect(create({ Description: undefined })).rejects.toMatchObject({ name: "MissingParameter" });
    await create({ GroupName: "x".repeat(255) });
    await create({});
    await expect(create({})).rejects.toMatchObject({ name: "InvalidGroup.Duplicate" });
    const { Vpc: vpc } = await ec2.send(new sdk.CreateVpcCommand({ CidrBlock: "10.0.0.0/16" }));
    await create({ VpcId: vpc?.VpcId });
  });

  it("says of a group that there is not: \"The security group 'x' does not exist\"", async () => {
    const GroupId = "sg-0123456789abcdef0";
    const IpPermissions = [{ IpProtocol: "-1", IpRanges: [{ CidrIp: "0.0.0.0/0" }] }];
    const refusal = { name: "InvalidGroup.NotFound", message: `The security group '${GroupId}' does not exist` };
    const calls = [
      () => ec2.send(new sdk.DescribeSecurityGroupsCommand({ GroupIds: [GroupId] })),
      () => ec2.send(new sdk.AuthorizeSecurityGroupIngressCommand({ GroupId, IpPermissions })),
      () => ec2.send(new sdk.RevokeSecurityGroupEgressCommand({ GroupId, IpPermissions })),
      () => ec2.send(new sdk.DeleteSecurityGroupCommand({ GroupId })),
      () => launch({ SecurityGroupIds: [GroupId] }),
    ];
    for (const call of calls) await expect(call()).rejects.toMatchObject(refusal);
  });
});

describe("F58", () => {
  it("an instance's own interface goes with it, unless it is told not to", async () => {
    const one = await launch();
    const other = await launch();
    const [kept] = other.NetworkInterfaces ?? [];
    expect(kept?.Attachment?.DeleteOnTermination).toBe(true);
    await ec2.send(
      new sdk.ModifyNetworkInterfaceAttributeCommand({
        NetworkInterfaceId: kept?.NetworkInterfaceId,
        Attachment: { AttachmentId: kept?.Attachment?.AttachmentId, DeleteOnTermination: false },
      }),
    );
    await ec2.send(new sdk.TerminateInstancesCommand({ InstanceIds: [one.InstanceId ?? "", other.InstanceId ?? ""] }));
    await settle();
    const { NetworkInterfaces: left = [] } = await ec2.send(new sdk.DescribeNetworkInterfacesCommand({}));
    expect(left).toMatchObject([{ NetworkInterfaceId: kept?.NetworkInterfaceId, Status: "available" }]);
  });
});
