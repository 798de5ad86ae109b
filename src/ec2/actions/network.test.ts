import {
  CreateTagsCommand,
  DescribeAccountAttributesCommand,
  DescribeInstancesCommand,
  DescribeNetworkInterfacesCommand,
  DescribeSecurityGroupsCommand,
  DescribeSubnetsCommand,
  DescribeTagsCommand,
  DescribeVpcsCommand,
  type EC2Client,
  type Instance,
  paginateDescribeNetworkInterfaces,
  RunInstancesCommand,
  type RunInstancesCommandInput,
  TerminateInstancesCommand,
} from "@aws-sdk/client-ec2";
import { beforeEach, describe, expect, it } from "vitest";
import { ACCOUNT, type Ec2Lab, openLab } from "../../../test/support/ec2-lab.ts";
import { settle } from "../../../test/support/fake-clock.ts";

let lab: Ec2Lab;
let ec2: EC2Client;
let imageId: string;

beforeEach(async () => {
  ({ lab, ec2, imageId } = await openLab());
});

async function launch(input: Partial<RunInstancesCommandInput> = {}, client = ec2): Promise<Instance> {
  const command = new RunInstancesCommand({ ImageId: imageId, MinCount: 1, MaxCount: 1, ...input });
  const { Instances: [instance] = [] } = await client.send(command);
  await settle();
  return instance as Instance;
}

const filter = (Name: string, ...Values: string[]) => ({ Name, Values });

async function network(client = ec2) {
  const { Vpcs: [vpc] = [] } = await client.send(new DescribeVpcsCommand({}));
  const { Subnets: subnets = [] } = await client.send(new DescribeSubnetsCommand({}));
  const { SecurityGroups: [group] = [] } = await client.send(new DescribeSecurityGroupsCommand({}));
  const ids = subnets.map(({ SubnetId: id = "" }) => id);
  return { vpcId: vpc?.VpcId ?? "", subnetIds: ids, groupId: group?.GroupId ?? "" };
}

describe("F52 the default VPC", () => {
  it("is there from the beginning, with a /20 in each zone", async () => {
    const { Vpcs: vpcs } = await ec2.send(new DescribeVpcsCommand({ Filters: [filter("is-default", "true")] }));
    expect(vpcs).toMatchObject([
      { CidrBlock: "172.31.0.0/16", IsDefault: true, OwnerId: ACCOUNT, State: "available", InstanceTenancy: "default" },
    ]);
    const VpcId = vpcs?.[0]?.VpcId;
    expect(VpcId).toMatch(/^vpc-[0-9a-f]{17}$/);
    const { Subnets: subnets } = await ec2.send(new DescribeSubnetsCommand({}));
    expect(subnets).toMatchObject([
      { VpcId, AvailabilityZone: "us-east-1a", AvailabilityZoneId: "use1-az1", CidrBlock: "172.31.0.0/20" },
      { VpcId, AvailabilityZone: "us-east-1b", AvailabilityZoneId: "use1-az2", CidrBlock: "172.31.16.0/20" },
    ]);
    // A /20 without the five addresses that are reserved.
    for (const subnet of subnets ?? []) {
      expect(subnet).toMatchObject({ AvailableIpAddressCount: 4091, DefaultForAz: true });
    }
    const { AccountAttributes: attributes } = await ec2.send(
      new DescribeAccountAttributesCommand({ AttributeNames: ["default-vpc"] }),
    );
    expect(attributes?.[0]?.AttributeValues).toEqual([{ AttributeValue: VpcId }]);
  });

  it("has a security group that lets its members in, and everybody out", async () => {
    const { vpcId } = await network();
    const { SecurityGroups: groups } = await ec2.send(new DescribeSecurityGroupsCommand({ GroupNames: ["default"] }));
    const GroupId = groups?.[0]?.GroupId;
    expect(groups).toMatchObject([
      {
        Description: "default VPC security group",
        OwnerId: ACCOUNT,
        VpcId: vpcId,
        IpPermissions: [{ IpProtocol: "-1", UserIdGroupPairs: [{ GroupId, UserId: ACCOUNT }] }],
        IpPermissionsEgress: [{ IpProtocol: "-1", IpRanges: [{ CidrIp: "0.0.0.0/0" }] }],
      },
    ]);
    const Filters = [filter("ip-permission.group-id", GroupId ?? ""), filter("egress.ip-permission.cidr", "0.0.0.0/0")];
    const found = await ec2.send(new DescribeSecurityGroupsCommand({ Filters }));
    expect(found.SecurityGroups).toHaveLength(1);
  });

  it("has the same ids after a reload, and others in other regions and accounts (F79)", async () => {
    const before = await network();
    ec2 = await lab.open();
    expect(await network()).toEqual(before);
    const others = [lab.client({ region: "eu-west-1" }), await lab.otherAccount()];
    const all = await Promise.all([ec2, ...others].map(async (client) => Object.values(await network(client)).flat()));
    expect(new Set(all.flat()).size).toBe(3 * 4);
    await expect(others[0]?.send(new DescribeVpcsCommand({ VpcIds: [before.vpcId] }))).rejects.toMatchObject({
      name: "InvalidVpcID.NotFound",
    });
  });

  // Records of instances have them: they must not become others by a change of how they are made.
  it("has these ids, whatever becomes of the program", async () => {
    expect(await network()).toEqual({
      vpcId: "vpc-8713df08e50a6aa36",
      subnetIds: ["subnet-daa476c94b138c8ed", "subnet-8450d652efb48e65c"],
      groupId: "sg-1ce721976f096a4fd",
    });
  });

  it.each<[string, (client: EC2Client) => Promise<unknown>, string]>([
    ["a VPC", (client) => client.send(new DescribeVpcsCommand({ VpcIds: ["vpc-00000000"] })), "InvalidVpcID.NotFound"],
    ["no VPC", (client) => client.send(new DescribeVpcsCommand({ VpcIds: ["spam"] })), "InvalidVpcId.Malformed"],
    [
      "a subnet",
      (client) => client.send(new DescribeSubnetsCommand({ SubnetIds: ["subnet-00000000"] })),
      "InvalidSubnetID.NotFound",
    ],
    [
      "a security group",
      (client) => client.send(new DescribeSecurityGroupsCommand({ GroupIds: ["sg-00000000"] })),
      "InvalidGroup.NotFound",
    ],
    [
      "a security group's name",
      (client) => client.send(new DescribeSecurityGroupsCommand({ GroupNames: ["spam"] })),
      "InvalidGroup.NotFound",
    ],
    [
      "an interface",
      (client) => client.send(new DescribeNetworkInterfacesCommand({ NetworkInterfaceIds: ["eni-00000000"] })),
      "InvalidNetworkInterfaceID.NotFound",
    ],
  ])("F73 says of %s that there is not one", async (_, send, name) => {
    await expect(send(ec2)).rejects.toMatchObject({ name });
  });
});

describe("F01 F52 an instance's primary interface", () => {
  it("is shown of the instance, and by itself", async () => {
    const { vpcId, subnetIds, groupId } = await network();
    const { InstanceId: id } = await launch({
      TagSpecifications: [{ ResourceType: "network-interface", Tags: [{ Key: "a", Value: "b" }] }],
    });
    const { Reservations: [reservation] = [] } = await ec2.send(new DescribeInstancesCommand({}));
    const [instance] = reservation?.Instances ?? [];
    const groups = [{ GroupId: groupId, GroupName: "default" }];
    expect(instance).toMatchObject({
      VpcId: vpcId,
      SubnetId: subnetIds[0],
      SecurityGroups: groups,
      PrivateIpAddress: "172.31.0.4",
      PrivateDnsName: "ip-172-31-0-4.ec2.internal",
      SourceDestCheck: true,
      EbsOptimized: false,
      Hypervisor: "xen",
      Monitoring: { State: "disabled" },
      CpuOptions: { CoreCount: 1, ThreadsPerCore: 1 },
      Placement: { AvailabilityZone: "us-east-1a", Tenancy: "default" },
    });
    const attachment = { DeviceIndex: 0, DeleteOnTermination: true, Status: "attached" };
    const [shown] = instance?.NetworkInterfaces ?? [];
    expect(shown).toMatchObject({
      Attachment: attachment,
      Groups: groups,
      PrivateIpAddress: "172.31.0.4",
      PrivateIpAddresses: [{ Primary: true, PrivateIpAddress: "172.31.0.4" }],
      SourceDestCheck: true,
      Status: "in-use",
      SubnetId: subnetIds[0],
      VpcId: vpcId,
    });
    expect(shown?.MacAddress).toMatch(/^02(:[0-9a-f]{2}){5}$/);
    const { NetworkInterfaces: interfaces } = await ec2.send(
      new DescribeNetworkInterfacesCommand({
        Filters: [filter("attachment.instance-id", id ?? ""), filter("tag:a", "b")],
      }),
    );
    expect(interfaces).toMatchObject([
      {
        NetworkInterfaceId: shown?.NetworkInterfaceId,
        Attachment: { ...attachment, InstanceId: id, InstanceOwnerId: ACCOUNT },
        AvailabilityZone: "us-east-1a",
        MacAddress: shown?.MacAddress,
        OwnerId: ACCOUNT,
        TagSet: [{ Key: "a", Value: "b" }],
      },
    ]);
  });

  it("is where the instance was asked for, with its region's name", async () => {
    const client = lab.client({ region: "eu-west-1" });
    const { subnetIds } = await network(client);
    const instance = await launch({ SubnetId: subnetIds[1] }, client);
    expect(instance).toMatchObject({
      SubnetId: subnetIds[1],
      PrivateIpAddress: "172.31.16.4",
      PrivateDnsName: "ip-172-31-16-4.eu-west-1.compute.internal",
      Placement: { AvailabilityZone: "eu-west-1b" },
    });
    const { Subnets: subnets = [] } = await client.send(new DescribeSubnetsCommand({}));
    expect(subnets.map(({ AvailableIpAddressCount: free }) => free)).toEqual([4091, 4090]);
    const { Reservations: found = [] } = await client.send(
      new DescribeInstancesCommand({ Filters: [filter("subnet-id", subnetIds[1] ?? "")] }),
    );
    expect(found).toHaveLength(1);
  });

  it("F76 F77 has tags of its own, and instances are found by it", async () => {
    const { InstanceId: id, NetworkInterfaces: [shown] = [] } = await launch();
    await launch();
    const eni = shown?.NetworkInterfaceId ?? "";
    await ec2.send(new CreateTagsCommand({ Resources: [eni], Tags: [{ Key: "role", Value: "front" }] }));
    const { Tags: tags } = await ec2.send(new DescribeTagsCommand({}));
    expect(tags).toEqual([{ ResourceId: eni, ResourceType: "network-interface", Key: "role", Value: "front" }]);
    await expect(
      lab.client({ region: "eu-west-1" }).send(new CreateTagsCommand({ Resources: [eni], Tags: [{ Key: "a" }] })),
    ).rejects.toMatchObject({ name: "InvalidNetworkInterfaceID.NotFound" });
    const found = async (name: string, value: string | undefined) => {
      const Filters = [filter(`network-interface.${name}`, value ?? "")];
      const { Reservations: reservations = [] } = await ec2.send(new DescribeInstancesCommand({ Filters }));
      return reservations.flatMap(({ Instances: all = [] }) => all.map(({ InstanceId: one }) => one));
    };
    expect(await found("network-interface-id", eni)).toEqual([id]);
    expect(await found("mac-address", shown?.MacAddress)).toEqual([id]);
    expect(await found("addresses.private-ip-address", "172.31.0.4")).toEqual([id]);
    expect(await found("group-name", "default")).toHaveLength(2);
    expect(await found("attachment.device-index", "1")).toEqual([]);
  });

  it("has the address that was asked for, and goes with its instance", async () => {
    const { subnetIds, groupId } = await network();
    const specified = { DeviceIndex: 0, SubnetId: subnetIds[0], Groups: [groupId], PrivateIpAddress: "172.31.0.9" };
    const first = await launch({ NetworkInterfaces: [{ ...specified, DeleteOnTermination: true }] });
    expect(first.PrivateIpAddress).toBe("172.31.0.9");
    await expect(launch({ PrivateIpAddress: "172.31.0.9" })).rejects.toMatchObject({ name: "InvalidIPAddress.InUse" });
    // In another region it is another network's.
    await launch({ PrivateIpAddress: "172.31.0.9" }, lab.client({ region: "eu-west-1" }));
    await ec2.send(new TerminateInstancesCommand({ InstanceIds: [first.InstanceId ?? ""] }));
    await settle();
    const { NetworkInterfaces: none } = await ec2.send(new DescribeNetworkInterfacesCommand({}));
    expect(none).toEqual([]);
    const { Reservations: [gone] = [] } = await ec2.send(new DescribeInstancesCommand({}));
    const [terminated] = gone?.Instances ?? [];
    expect(terminated?.State?.Name).toBe("terminated");
    expect(terminated?.PrivateIpAddress).toBeUndefined();
    expect(terminated?.VpcId).toBeUndefined();
    expect((await launch({ PrivateIpAddress: "172.31.0.9" })).PrivateIpAddress).toBe("172.31.0.9");
  });

  it.each<[string, (ids: Awaited<ReturnType<typeof network>>) => Partial<RunInstancesCommandInput>, string]>([
    ["a subnet that there is not", () => ({ SubnetId: "subnet-00000000" }), "InvalidSubnetID.NotFound"],
    ["a group that there is not", () => ({ SecurityGroupIds: ["sg-00000000"] }), "InvalidGroup.NotFound"],
    ["a group's name that there is not", () => ({ SecurityGroups: ["spam"] }), "InvalidGroup.NotFound"],
    ["an address outside the subnet", () => ({ PrivateIpAddress: "172.31.16.4" }), "InvalidParameterValue"],
    ["a reserved address", () => ({ PrivateIpAddress: "172.31.0.3" }), "InvalidParameterValue"],
    ["the subnet's last address", () => ({ PrivateIpAddress: "172.31.15.255" }), "InvalidParameterValue"],
    ["what is no address", () => ({ PrivateIpAddress: "spam" }), "InvalidParameterValue"],
    [
      "one address for two instances",
      () => ({ PrivateIpAddress: "172.31.0.9", MaxCount: 2 }),
      "InvalidParameterCombination",
    ],
    [
      "another zone than the subnet's",
      ({ subnetIds }) => ({ SubnetId: subnetIds[1], Placement: { AvailabilityZone: "us-east-1a" } }),
      "InvalidParameterValue",
    ],
    [
      "a subnet beside an interface",
      ({ subnetIds }) => ({ SubnetId: subnetIds[0], NetworkInterfaces: [{ DeviceIndex: 0 }] }),
      "InvalidParameterCombination",
    ],
    [
      "an interface without an index",
      ({ subnetIds }) => ({ NetworkInterfaces: [{ SubnetId: subnetIds[0] }] }),
      "InvalidParameterValue",
    ],
    [
      "two interfaces in one place",
      () => ({ NetworkInterfaces: [{ DeviceIndex: 0 }, { DeviceIndex: 0 }] }),
      "InvalidParameterValue",
    ],
    ["no primary interface", () => ({ NetworkInterfaces: [{ DeviceIndex: 1 }] }), "InvalidParameterValue"],
    [
      "a public address of several interfaces",
      () => ({ NetworkInterfaces: [{ DeviceIndex: 0, AssociatePublicIpAddress: true }, { DeviceIndex: 1 }] }),
      "InvalidParameterCombination",
    ],
  ])("F52 is refused with %s, and nothing is launched", async (_, input, name) => {
    await expect(launch(input(await network()))).rejects.toMatchObject({ name });
    expect(lab.cloud.instances.list()).toEqual([]);
    expect(lab.cloud.network.interfaces()).toEqual([]);
  });

  it("F75 interfaces come page by page", async () => {
    lab.lab.limits = { maxInstances: 10, maxMemoryMiB: 4096 };
    ec2 = await lab.open();
    for (const type of ["v1.nano", "v1.nano"]) await launch({ InstanceType: type as never, MinCount: 1, MaxCount: 5 });
    const ids: (string | undefined)[] = [];
    for await (const { NetworkInterfaces: page = [] } of paginateDescribeNetworkInterfaces(
      { client: ec2, pageSize: 5 },
      {},
    )) {
      expect(page.length).toBeLessThanOrEqual(5);
      ids.push(...page.map(({ NetworkInterfaceId: id }) => id));
    }
    expect(new Set(ids).size).toBe(lab.cloud.instances.list().length);
    expect(ids.length).toBe(lab.cloud.instances.list().length);
  });
});
