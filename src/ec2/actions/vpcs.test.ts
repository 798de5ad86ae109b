import * as sdk from "@aws-sdk/client-ec2";
import { beforeEach, describe, expect, it } from "vitest";
import { type Ec2Lab, openLab } from "../../../test/support/ec2-lab.ts";
import { settle } from "../../../test/support/fake-clock.ts";

let lab: Ec2Lab;
let ec2: sdk.EC2Client;
let imageId: string;

beforeEach(async () => {
  ({ lab, ec2, imageId } = await openLab());
});

const filter = (Name: string, ...Values: string[]) => ({ Name, Values });
const inVpc = (id: string) => ({ Filters: [filter("vpc-id", id)] });

async function makeVpc(CidrBlock = "10.0.0.0/16"): Promise<string> {
  return (await ec2.send(new sdk.CreateVpcCommand({ CidrBlock }))).Vpc?.VpcId ?? "";
}
async function makeSubnet(VpcId: string, CidrBlock = "10.0.1.0/24", AvailabilityZone = "us-east-1a"): Promise<string> {
  const command = new sdk.CreateSubnetCommand({ VpcId, CidrBlock, AvailabilityZone });
  return (await ec2.send(command)).Subnet?.SubnetId ?? "";
}
async function makeGateway(VpcId?: string): Promise<string> {
  const { InternetGateway: made } = await ec2.send(new sdk.CreateInternetGatewayCommand({}));
  const InternetGatewayId = made?.InternetGatewayId ?? "";
  if (VpcId !== undefined) await ec2.send(new sdk.AttachInternetGatewayCommand({ InternetGatewayId, VpcId }));
  return InternetGatewayId;
}
async function makeTable(VpcId: string): Promise<string> {
  return (await ec2.send(new sdk.CreateRouteTableCommand({ VpcId }))).RouteTable?.RouteTableId ?? "";
}
async function tables(VpcId: string): Promise<sdk.RouteTable[]> {
  return (await ec2.send(new sdk.DescribeRouteTablesCommand(inVpc(VpcId)))).RouteTables ?? [];
}
async function launch(input: Partial<sdk.RunInstancesCommandInput>): Promise<sdk.Instance> {
  const command = new sdk.RunInstancesCommand({ ImageId: imageId, MinCount: 1, MaxCount: 1, ...input });
  const { Instances: [vm] = [] } = await ec2.send(command);
  await settle();
  return vm as sdk.Instance;
}

describe("F52 a VPC of one's own", () => {
  it("begins with a main route table, a default ACL and a default group, and is there after a reload", async () => {
    const VpcId = await makeVpc("10.0.0.0/16");
    ec2 = await lab.open();
    const { Vpcs: [vpc] = [] } = await ec2.send(new sdk.DescribeVpcsCommand({ VpcIds: [VpcId] }));
    expect(vpc).toMatchObject({ CidrBlock: "10.0.0.0/16", IsDefault: false, State: "available" });
    const local = { DestinationCidrBlock: "10.0.0.0/16", GatewayId: "local", State: "active" };
    expect(await tables(VpcId)).toMatchObject([{ Associations: [{ Main: true }], Routes: [local] }]);
    const { NetworkAcls: acls } = await ec2.send(new sdk.DescribeNetworkAclsCommand(inVpc(VpcId)));
    expect(acls).toMatchObject([{ IsDefault: true }]);
    expect(acls?.[0]?.Entries?.map(({ RuleNumber: number, RuleAction: action }) => [number, action])).toEqual([
      [100, "allow"],
      [100, "allow"],
      [32_767, "deny"],
      [32_767, "deny"],
    ]);
    const { SecurityGroups: groups } = await ec2.send(new sdk.DescribeSecurityGroupsCommand(inVpc(VpcId)));
    expect(groups).toMatchObject([{ GroupName: "default", VpcId }]);
  });

  it("has instances in its subnets, in its default group, without a public address", async () => {
    const VpcId = await makeVpc();
    const SubnetId = await makeSubnet(VpcId);
    const vm = await launch({ SubnetId });
    expect(vm).toMatchObject({ VpcId, SubnetId, PrivateIpAddress: "10.0.1.4", PublicDnsName: "" });
    expect(vm.PublicIpAddress).toBeUndefined();
    expect(vm.SecurityGroups).toMatchObject([{ GroupName: "default" }]);
    const { Subnets: [subnet] = [] } = await ec2.send(new sdk.DescribeSubnetsCommand({ SubnetIds: [SubnetId] }));
    // A /24 without the five that are reserved, and the instance's.
    expect(subnet?.AvailableIpAddressCount).toBe(250);
    const foreign = { SubnetId, SecurityGroupIds: ["sg-1ce721976f096a4fd"] };
    await expect(launch(foreign)).rejects.toMatchObject({ name: "InvalidParameter" });
    await expect(ec2.send(new sdk.DeleteSubnetCommand({ SubnetId }))).rejects.toMatchObject({
      name: "DependencyViolation",
    });
    await expect(ec2.send(new sdk.DeleteVpcCommand({ VpcId }))).rejects.toMatchObject({ name: "DependencyViolation" });
  });

  it("goes when nothing is in it, with what it began with", async () => {
    const VpcId = await makeVpc();
    const SubnetId = await makeSubnet(VpcId);
    const remove = () => ec2.send(new sdk.DeleteVpcCommand({ VpcId }));
    await expect(remove()).rejects.toMatchObject({ name: "DependencyViolation" });
    await ec2.send(new sdk.DeleteSubnetCommand({ SubnetId }));
    await remove();
    await expect(remove()).rejects.toMatchObject({ name: "InvalidVpcID.NotFound" });
    expect(await tables(VpcId)).toEqual([]);
    const { SecurityGroups: groups } = await ec2.send(new sdk.DescribeSecurityGroupsCommand(inVpc(VpcId)));
    expect(groups).toEqual([]);
  });

  it("has attributes of its DNS", async () => {
    const VpcId = await makeVpc();
    const modify = (input: Partial<sdk.ModifyVpcAttributeRequest>) =>
      ec2.send(new sdk.ModifyVpcAttributeCommand({ VpcId, ...input }));
    await modify({ EnableDnsHostnames: { Value: true } });
    const Attribute = "enableDnsHostnames";
    const answer = await ec2.send(new sdk.DescribeVpcAttributeCommand({ VpcId, Attribute }));
    expect(answer.EnableDnsHostnames).toEqual({ Value: true });
    await expect(modify({ EnableDnsSupport: { Value: false } })).rejects.toMatchObject({
      name: "InvalidParameterValue",
    });
  });

  it("is one of five in a region", async () => {
    for (const block of ["10.0.0.0/16", "10.1.0.0/16", "10.2.0.0/16", "10.3.0.0/16"]) await makeVpc(block);
    await expect(makeVpc("10.4.0.0/16")).rejects.toMatchObject({ name: "VpcLimitExceeded" });
  });

  it.each<[string, string]>([
    ["10.0.0.0/15", "InvalidVpc.Range"],
    ["10.0.0.0/29", "InvalidVpc.Range"],
    ["spam", "InvalidParameterValue"],
  ])("F52 is refused with the block %s", async (block, name) => {
    await expect(makeVpc(block)).rejects.toMatchObject({ name });
  });

  it.each<[string, string, string]>([
    ["outside of its VPC", "10.1.0.0/24", "InvalidSubnet.Range"],
    ["larger than its VPC", "10.0.0.0/15", "InvalidSubnet.Range"],
    ["smaller than /28", "10.0.0.0/29", "InvalidSubnet.Range"],
    ["over another one", "10.0.1.128/25", "InvalidSubnet.Conflict"],
  ])("F52 has no subnet %s", async (_, block, name) => {
    const VpcId = await makeVpc();
    await makeSubnet(VpcId);
    await expect(makeSubnet(VpcId, block)).rejects.toMatchObject({ name });
  });

  it("the default one can be deleted, and made anew under other ids", async () => {
    const { Vpcs: [standard] = [] } = await ec2.send(new sdk.DescribeVpcsCommand({}));
    const VpcId = standard?.VpcId ?? "";
    await expect(ec2.send(new sdk.CreateDefaultVpcCommand({}))).rejects.toMatchObject({
      name: "DefaultVpcAlreadyExists",
    });
    await ec2.send(new sdk.DeleteVpcCommand({ VpcId }));
    ec2 = await lab.open();
    expect((await ec2.send(new sdk.DescribeVpcsCommand({}))).Vpcs).toEqual([]);
    await expect(launch({})).rejects.toMatchObject({ name: "VPCIdNotSpecified" });
    const { Vpc: made } = await ec2.send(new sdk.CreateDefaultVpcCommand({}));
    expect(made).toMatchObject({ IsDefault: true, CidrBlock: "172.31.0.0/16" });
    expect(made?.VpcId).not.toBe(VpcId);
    expect((await launch({})).VpcId).toBe(made?.VpcId);
  });
});

describe("F52 routes", () => {
  it("lead to a gateway, and nowhere when it is gone", async () => {
    const VpcId = await makeVpc();
    const GatewayId = await makeGateway(VpcId);
    const RouteTableId = await makeTable(VpcId);
    const DestinationCidrBlock = "0.0.0.0/0";
    const create = () => ec2.send(new sdk.CreateRouteCommand({ RouteTableId, DestinationCidrBlock, GatewayId }));
    await create();
    await expect(create()).rejects.toMatchObject({ name: "RouteAlreadyExists" });
    const route = async () => (await tables(VpcId)).find((one) => one.RouteTableId === RouteTableId)?.Routes?.[1];
    expect(await route()).toMatchObject({ DestinationCidrBlock, GatewayId, State: "active", Origin: "CreateRoute" });
    await ec2.send(new sdk.DetachInternetGatewayCommand({ InternetGatewayId: GatewayId, VpcId }));
    expect(await route()).toMatchObject({ State: "blackhole" });
    await ec2.send(new sdk.DeleteRouteCommand({ RouteTableId, DestinationCidrBlock }));
    expect(await route()).toBeUndefined();
    const remove = (block: string) =>
      ec2.send(new sdk.DeleteRouteCommand({ RouteTableId, DestinationCidrBlock: block }));
    await expect(remove(DestinationCidrBlock)).rejects.toMatchObject({ name: "InvalidRoute.NotFound" });
    await expect(remove("10.0.0.0/16")).rejects.toMatchObject({ name: "InvalidParameterValue" });
  });

  it("are of a subnet by its association, else of the VPC's main table", async () => {
    const VpcId = await makeVpc();
    const SubnetId = await makeSubnet(VpcId);
    const [RouteTableId, other] = [await makeTable(VpcId), await makeTable(VpcId)];
    const { AssociationId } = await ec2.send(new sdk.AssociateRouteTableCommand({ RouteTableId, SubnetId }));
    await expect(ec2.send(new sdk.AssociateRouteTableCommand({ RouteTableId: other, SubnetId }))).rejects.toMatchObject(
      { name: "Resource.AlreadyAssociated" },
    );
    await expect(ec2.send(new sdk.DeleteRouteTableCommand({ RouteTableId }))).rejects.toMatchObject({
      name: "DependencyViolation",
    });
    const { NewAssociationId } = await ec2.send(
      new sdk.ReplaceRouteTableAssociationCommand({ AssociationId, RouteTableId: other }),
    );
    await ec2.send(new sdk.DeleteRouteTableCommand({ RouteTableId }));
    await ec2.send(new sdk.DisassociateRouteTableCommand({ AssociationId: NewAssociationId }));
    const associations = (await tables(VpcId)).flatMap(({ Associations: of = [] }) => of);
    const mainId = associations.find(({ Main: isMain }) => isMain)?.RouteTableAssociationId;
    await expect(ec2.send(new sdk.DisassociateRouteTableCommand({ AssociationId: mainId }))).rejects.toMatchObject({
      name: "InvalidParameterValue",
    });
    await ec2.send(new sdk.ReplaceRouteTableAssociationCommand({ AssociationId: mainId, RouteTableId: other }));
    const all = await tables(VpcId);
    expect(all.find(({ RouteTableId: id }) => id === other)?.Associations).toMatchObject([{ Main: true }]);
    expect(lab.cloud.network.routeTableOf(lab.cloud.network.subnet(SubnetId)).id).toBe(other);
  });

  it("F74 a route table is made once with its client token", async () => {
    const VpcId = await makeVpc();
    const command = () => ec2.send(new sdk.CreateRouteTableCommand({ VpcId, ClientToken: "one" }));
    const [first, second] = [await command(), await command()];
    expect(second.RouteTable?.RouteTableId).toBe(first.RouteTable?.RouteTableId);
    expect(await tables(VpcId)).toHaveLength(2);
  });
});

describe("F52 gateways", () => {
  it("an internet gateway has one VPC, a VPC has one internet gateway", async () => {
    const VpcId = await makeVpc();
    const [own, second] = [await makeGateway(VpcId), await makeGateway()];
    const attach = (InternetGatewayId: string, to = VpcId) =>
      ec2.send(new sdk.AttachInternetGatewayCommand({ InternetGatewayId, VpcId: to }));
    await expect(attach(own)).rejects.toMatchObject({ name: "Resource.AlreadyAssociated" });
    await expect(attach(second)).rejects.toMatchObject({ name: "InvalidParameterValue" });
    const remove = (InternetGatewayId: string) => ec2.send(new sdk.DeleteInternetGatewayCommand({ InternetGatewayId }));
    await expect(remove(own)).rejects.toMatchObject({ name: "DependencyViolation" });
    await remove(second);
    const detach = () => ec2.send(new sdk.DetachInternetGatewayCommand({ InternetGatewayId: own, VpcId }));
    await detach();
    await expect(detach()).rejects.toMatchObject({ name: "Gateway.NotAttached" });
    const { InternetGateways: all = [] } = await ec2.send(new sdk.DescribeInternetGatewaysCommand({}));
    expect(all.map(({ Attachments: attachments }) => attachments?.length)).toEqual([1, 0]);
  });

  it("a NAT gateway has an interface and an Elastic IP address, and gives both back", async () => {
    const VpcId = await makeVpc();
    const SubnetId = await makeSubnet(VpcId);
    const { AllocationId, PublicIp } = await ec2.send(new sdk.AllocateAddressCommand({}));
    const create = (input: Partial<sdk.CreateNatGatewayRequest> = { AllocationId }) =>
      ec2.send(new sdk.CreateNatGatewayCommand({ SubnetId, ...input }));
    await expect(create()).rejects.toMatchObject({ name: "Gateway.NotAttached" });
    await expect(create({})).rejects.toMatchObject({ name: "MissingParameter" });
    await makeGateway(VpcId);
    const { NatGateway: made } = await create();
    expect(made).toMatchObject({ State: "available", VpcId, SubnetId, ConnectivityType: "public" });
    expect(made?.NatGatewayAddresses).toMatchObject([{ AllocationId, PublicIp, PrivateIp: "10.0.1.4" }]);
    await expect(create()).rejects.toMatchObject({ name: "Resource.AlreadyAssociated" });
    const { NetworkInterfaces: [own] = [] } = await ec2.send(new sdk.DescribeNetworkInterfacesCommand(inVpc(VpcId)));
    expect(own).toMatchObject({ InterfaceType: "nat_gateway", SourceDestCheck: false, RequesterManaged: true });
    const NetworkInterfaceId = own?.NetworkInterfaceId;
    await expect(
      ec2.send(new sdk.AssignPrivateIpAddressesCommand({ NetworkInterfaceId, SecondaryPrivateIpAddressCount: 1 })),
    ).rejects.toMatchObject({ name: "AuthFailure" });
    await expect(ec2.send(new sdk.ReleaseAddressCommand({ AllocationId }))).rejects.toMatchObject({
      name: "InvalidIPAddress.InUse",
    });
    await ec2.send(new sdk.DeleteNatGatewayCommand({ NatGatewayId: made?.NatGatewayId }));
    const Filter = [filter("state", "deleted")];
    const { NatGateways: gone } = await ec2.send(new sdk.DescribeNatGatewaysCommand({ Filter }));
    expect(gone).toHaveLength(1);
    await ec2.send(new sdk.ReleaseAddressCommand({ AllocationId }));
    expect(lab.cloud.network.interfaces()).toEqual([]);
  });
});

describe("F52 network ACLs", () => {
  it("have entries by number and direction, and the subnets that they are given", async () => {
    const VpcId = await makeVpc();
    const SubnetId = await makeSubnet(VpcId);
    const { NetworkAcl: made } = await ec2.send(new sdk.CreateNetworkAclCommand({ VpcId }));
    const NetworkAclId = made?.NetworkAclId ?? "";
    const entry = {
      NetworkAclId,
      RuleNumber: 100,
      Protocol: "6",
      RuleAction: "allow" as const,
      Egress: false,
      CidrBlock: "0.0.0.0/0",
      PortRange: { From: 22, To: 22 },
    };
    const create = () => ec2.send(new sdk.CreateNetworkAclEntryCommand(entry));
    await create();
    await expect(create()).rejects.toMatchObject({ name: "NetworkAclEntryAlreadyExists" });
    await ec2.send(new sdk.ReplaceNetworkAclEntryCommand({ ...entry, RuleAction: "deny" }));
    const acl = async () => {
      const answer = await ec2.send(new sdk.DescribeNetworkAclsCommand({ NetworkAclIds: [NetworkAclId] }));
      return answer.NetworkAcls?.[0];
    };
    const { NetworkAclId: _, ...shown } = entry;
    expect((await acl())?.Entries?.[0]).toEqual({ ...shown, RuleAction: "deny" });
    const Filters = [filter("association.subnet-id", SubnetId)];
    const { NetworkAcls: [standard] = [] } = await ec2.send(new sdk.DescribeNetworkAclsCommand({ Filters }));
    const AssociationId = standard?.Associations?.[0]?.NetworkAclAssociationId;
    await ec2.send(new sdk.ReplaceNetworkAclAssociationCommand({ AssociationId, NetworkAclId }));
    expect((await acl())?.Associations).toMatchObject([{ SubnetId }]);
    const remove = (id: string | undefined) => ec2.send(new sdk.DeleteNetworkAclCommand({ NetworkAclId: id }));
    await expect(remove(NetworkAclId)).rejects.toMatchObject({ name: "DependencyViolation" });
    await expect(remove(standard?.NetworkAclId)).rejects.toMatchObject({ name: "InvalidParameterValue" });
    const removeEntry = () =>
      ec2.send(new sdk.DeleteNetworkAclEntryCommand({ NetworkAclId, RuleNumber: 100, Egress: false }));
    await removeEntry();
    await expect(removeEntry()).rejects.toMatchObject({ name: "InvalidNetworkAclEntry.NotFound" });
  });
});
