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

const POOL = /^198\.1[89]\.\d+\.\d+$/;
const [SUBNET, OTHER_ZONE] = ["subnet-daa476c94b138c8ed", "subnet-8450d652efb48e65c"];

async function launch(input: Partial<sdk.RunInstancesCommandInput> = {}): Promise<sdk.Instance> {
  const command = new sdk.RunInstancesCommand({ ImageId: imageId, MinCount: 1, MaxCount: 1, ...input });
  const { Instances: [vm] = [] } = await ec2.send(command);
  await settle();
  return vm as sdk.Instance;
}
async function instance(InstanceId: string | undefined): Promise<sdk.Instance> {
  const answer = await ec2.send(new sdk.DescribeInstancesCommand({ InstanceIds: [InstanceId ?? ""] }));
  return answer.Reservations?.[0]?.Instances?.[0] as sdk.Instance;
}
async function stop(InstanceId: string | undefined): Promise<void> {
  await lab.cloud.instances.get(InstanceId ?? "").stop({ force: true });
  await settle();
}
async function eni(input: Partial<sdk.CreateNetworkInterfaceRequest> = {}): Promise<string> {
  const command = new sdk.CreateNetworkInterfaceCommand({ SubnetId: SUBNET, ...input });
  return (await ec2.send(command)).NetworkInterface?.NetworkInterfaceId ?? "";
}
async function shown(id: string): Promise<sdk.NetworkInterface> {
  const answer = await ec2.send(new sdk.DescribeNetworkInterfacesCommand({ NetworkInterfaceIds: [id] }));
  return answer.NetworkInterfaces?.[0] as sdk.NetworkInterface;
}

describe("F53 public addresses", () => {
  it("are given in the default subnets while an instance runs, and another one at its next start", async () => {
    const vm = await launch();
    const first = await instance(vm.InstanceId);
    expect(first.PublicIpAddress).toMatch(POOL);
    const name = `ec2-${first.PublicIpAddress?.replaceAll(".", "-")}.compute-1.amazonaws.com`;
    expect(first.PublicDnsName).toBe(name);
    const association = { PublicIp: first.PublicIpAddress, PublicDnsName: name, IpOwnerId: "amazon" };
    expect(first.NetworkInterfaces?.[0]?.Association).toEqual(association);
    await stop(vm.InstanceId);
    const stopped = await instance(vm.InstanceId);
    expect(stopped.PublicIpAddress).toBeUndefined();
    expect(stopped.PrivateIpAddress).toBe(first.PrivateIpAddress);
    await lab.cloud.instances.get(vm.InstanceId ?? "").start();
    const again = await instance(vm.InstanceId);
    expect(again.PublicIpAddress).toMatch(POOL);
    expect(again.PublicIpAddress).not.toBe(first.PublicIpAddress);
  });

  it("are not where the launch, or its subnet, says so; nor after the page is gone", async () => {
    const NetworkInterfaces = [{ DeviceIndex: 0, AssociatePublicIpAddress: false }];
    expect((await launch({ NetworkInterfaces })).PublicIpAddress).toBeUndefined();
    const vm = await launch();
    ec2 = await lab.open();
    expect((await instance(vm.InstanceId)).PublicIpAddress).toBeUndefined();
    await ec2.send(new sdk.ModifySubnetAttributeCommand({ SubnetId: SUBNET, MapPublicIpOnLaunch: { Value: false } }));
    const { InstanceId: id } = await launch();
    expect((await instance(id)).PublicIpAddress).toBeUndefined();
  });

  it("an Elastic IP address replaces it, stays over a stop, and is the account's until it is released", async () => {
    const { InstanceId } = await launch();
    const { AllocationId, PublicIp } = await ec2.send(new sdk.AllocateAddressCommand({}));
    expect(PublicIp).toMatch(POOL);
    const { AssociationId } = await ec2.send(new sdk.AssociateAddressCommand({ AllocationId, InstanceId }));
    const running = await instance(InstanceId);
    expect(running.PublicIpAddress).toBe(PublicIp);
    expect(running.NetworkInterfaces?.[0]?.Association?.IpOwnerId).toBe(ACCOUNT);
    const release = () => ec2.send(new sdk.ReleaseAddressCommand({ AllocationId }));
    await expect(release()).rejects.toMatchObject({ name: "InvalidIPAddress.InUse" });
    await stop(InstanceId);
    ec2 = await lab.open();
    expect((await instance(InstanceId)).PublicIpAddress).toBe(PublicIp);
    const { Addresses: [address] = [] } = await ec2.send(
      new sdk.DescribeAddressesCommand({ Filters: [{ Name: "instance-id", Values: [InstanceId ?? ""] }] }),
    );
    expect(address).toMatchObject({ AllocationId, AssociationId, InstanceId, Domain: "vpc", PublicIp });
    await ec2.send(new sdk.DisassociateAddressCommand({ AssociationId }));
    expect((await instance(InstanceId)).PublicIpAddress).toBeUndefined();
    await release();
    await expect(release()).rejects.toMatchObject({ name: "InvalidAllocationID.NotFound" });
  });

  it("goes over to another instance unless that is not wanted", async () => {
    const [one, other] = [await launch(), await launch()];
    const { AllocationId } = await ec2.send(new sdk.AllocateAddressCommand({}));
    const associate = (InstanceId: string | undefined, more: Partial<sdk.AssociateAddressRequest> = {}) =>
      ec2.send(new sdk.AssociateAddressCommand({ AllocationId, InstanceId, ...more }));
    const first = await associate(one.InstanceId);
    expect((await associate(one.InstanceId)).AssociationId).toBe(first.AssociationId);
    await expect(associate(other.InstanceId, { AllowReassociation: false })).rejects.toMatchObject({
      name: "Resource.AlreadyAssociated",
    });
    await associate(other.InstanceId);
    expect((await instance(one.InstanceId)).PublicIpAddress).toBeUndefined();
    await expect(associate("i-00000000")).rejects.toMatchObject({ name: "InvalidInstanceID.NotFound" });
  });

  it("there are five Elastic IP addresses in a region", async () => {
    for (let i = 0; i < 5; i++) await ec2.send(new sdk.AllocateAddressCommand({}));
    await expect(ec2.send(new sdk.AllocateAddressCommand({}))).rejects.toMatchObject({ name: "AddressLimitExceeded" });
  });
});

describe("F58 network interfaces", () => {
  it("are made in a subnet, attached to a stopped instance, detached and deleted", async () => {
    const { InstanceId } = await launch();
    await stop(InstanceId);
    const id = await eni({ Description: "second", PrivateIpAddress: "172.31.0.77" });
    expect(await shown(id)).toMatchObject({
      Status: "available",
      Description: "second",
      PrivateIpAddress: "172.31.0.77",
      Groups: [{ GroupName: "default" }],
    });
    const attach = (NetworkInterfaceId: string, DeviceIndex: number) =>
      ec2.send(new sdk.AttachNetworkInterfaceCommand({ NetworkInterfaceId, InstanceId, DeviceIndex }));
    await expect(attach(id, 0)).rejects.toMatchObject({ name: "InvalidParameterValue" });
    const { AttachmentId } = await attach(id, 1);
    await expect(attach(id, 2)).rejects.toMatchObject({ name: "InvalidNetworkInterface.InUse" });
    await expect(attach(await eni(), 1)).rejects.toMatchObject({ name: "InvalidParameterValue" });
    await expect(attach(await eni({ SubnetId: OTHER_ZONE }), 2)).rejects.toMatchObject({
      name: "InvalidParameterCombination",
    });
    expect((await instance(InstanceId)).NetworkInterfaces?.map((one) => one.Attachment?.DeviceIndex)).toEqual([0, 1]);
    const remove = () => ec2.send(new sdk.DeleteNetworkInterfaceCommand({ NetworkInterfaceId: id }));
    await expect(remove()).rejects.toMatchObject({ name: "InvalidParameterValue" });
    await ec2.send(new sdk.DetachNetworkInterfaceCommand({ AttachmentId }));
    await remove();
    await expect(shown(id)).rejects.toMatchObject({ name: "InvalidNetworkInterfaceID.NotFound" });
  });

  it("an instance's primary one cannot be detached", async () => {
    const vm = await launch();
    const AttachmentId = vm.NetworkInterfaces?.[0]?.Attachment?.AttachmentId;
    await expect(ec2.send(new sdk.DetachNetworkInterfaceCommand({ AttachmentId }))).rejects.toMatchObject({
      name: "OperationNotPermitted",
      message: "The network interface at device index 0 and networkCard index 0 cannot be detached.",
    });
  });

  it("several at launch, new ones and one that there was: what is not its own stays after its instance", async () => {
    const first = await eni();
    const { InstanceId, NetworkInterfaces: all = [] } = await launch({
      NetworkInterfaces: [
        { DeviceIndex: 1, SubnetId: SUBNET, SecondaryPrivateIpAddressCount: 2 },
        { DeviceIndex: 0, NetworkInterfaceId: first },
      ],
    });
    expect(all.map((one) => one.NetworkInterfaceId)[0]).toBe(first);
    expect(all.map((one) => one.Attachment?.DeleteOnTermination)).toEqual([false, true]);
    expect(all[1]?.PrivateIpAddresses?.map(({ Primary: isPrimary }) => isPrimary)).toEqual([true, false, false]);
    await ec2.send(new sdk.TerminateInstancesCommand({ InstanceIds: [InstanceId ?? ""] }));
    await settle();
    expect(await shown(first)).toMatchObject({ Status: "available" });
    expect(lab.cloud.network.interfaces()).toHaveLength(1);
  });

  it("have the addresses that are named for them, made by themselves and at a launch", async () => {
    const named = [".60", ".61", ".62"].map((end) => ({ PrivateIpAddress: `172.31.0${end}`, Primary: end === ".60" }));
    const addresses = named.map(({ PrivateIpAddress: address }) => address);
    const request = { SubnetId: SUBNET, PrivateIpAddresses: named };
    const { NetworkInterface: made } = await ec2.send(new sdk.CreateNetworkInterfaceCommand(request));
    expect(made?.PrivateIpAddresses?.map(({ PrivateIpAddress: address }) => address)).toEqual(addresses);
    const atLaunch = { NetworkInterfaces: [{ DeviceIndex: 0, ...request }] };
    await expect(launch(atLaunch)).rejects.toMatchObject({ name: "InvalidIPAddress.InUse" });
    await ec2.send(new sdk.DeleteNetworkInterfaceCommand({ NetworkInterfaceId: made?.NetworkInterfaceId }));
    const { NetworkInterfaces: [own] = [] } = await launch(atLaunch);
    expect(own?.PrivateIpAddresses?.map(({ PrivateIpAddress: address }) => address)).toEqual(addresses);
    const twoPrimary = named.map((one) => ({ ...one, Primary: true }));
    for (const wrong of [{ PrivateIpAddresses: twoPrimary }, { SecondaryPrivateIpAddressCount: 1 }]) {
      await expect(ec2.send(new sdk.CreateNetworkInterfaceCommand({ ...request, ...wrong }))).rejects.toMatchObject({
        name: "InvalidParameterCombination",
      });
    }
  });

  it("have attributes, also an instance's primary one, whose they are then", async () => {
    const vm = await launch();
    const NetworkInterfaceId = vm.NetworkInterfaces?.[0]?.NetworkInterfaceId;
    const modify = (input: Partial<sdk.ModifyNetworkInterfaceAttributeRequest>) =>
      ec2.send(new sdk.ModifyNetworkInterfaceAttributeCommand({ NetworkInterfaceId, ...input }));
    await modify({ SourceDestCheck: { Value: false } });
    expect((await instance(vm.InstanceId)).SourceDestCheck).toBe(false);
    const { SourceDestCheck: check } = await ec2.send(
      new sdk.DescribeNetworkInterfaceAttributeCommand({ NetworkInterfaceId, Attribute: "sourceDestCheck" }),
    );
    expect(check).toEqual({ Value: false });
    ec2 = await lab.open();
    expect(await shown(NetworkInterfaceId ?? "")).toMatchObject({ SourceDestCheck: false });
    await ec2.send(
      new sdk.ModifyInstanceAttributeCommand({ InstanceId: vm.InstanceId, SourceDestCheck: { Value: true } }),
    );
    expect(await shown(NetworkInterfaceId ?? "")).toMatchObject({ SourceDestCheck: true });
    await modify({ Description: { Value: "first" } });
    expect(await shown(NetworkInterfaceId ?? "")).toMatchObject({ Description: "first" });
    await expect(modify({})).rejects.toMatchObject({ name: "InvalidParameterCombination" });
    const six = Array.from({ length: 6 }, (_, index) =>
      ec2.send(new sdk.CreateSecurityGroupCommand({ GroupName: `g${index}`, Description: "x" })),
    );
    const Groups = (await Promise.all(six)).map(({ GroupId: id = "" }) => id);
    await expect(modify({ Groups })).rejects.toMatchObject({ name: "SecurityGroupsPerInterfaceLimitExceeded" });
    await modify({ Groups: Groups.slice(1) });
    expect((await shown(NetworkInterfaceId ?? "")).Groups).toHaveLength(5);
  });

  it("take more addresses, and give them back", async () => {
    const NetworkInterfaceId = await eni();
    const { AssignedPrivateIpAddresses: given = [] } = await ec2.send(
      new sdk.AssignPrivateIpAddressesCommand({ NetworkInterfaceId, SecondaryPrivateIpAddressCount: 2 }),
    );
    expect(given).toHaveLength(2);
    const PrivateIpAddresses = given.map(({ PrivateIpAddress: ip = "" }) => ip);
    const unassign = () =>
      ec2.send(new sdk.UnassignPrivateIpAddressesCommand({ NetworkInterfaceId, PrivateIpAddresses }));
    await unassign();
    await expect(unassign()).rejects.toMatchObject({ name: "InvalidParameterValue" });
    expect((await shown(NetworkInterfaceId)).PrivateIpAddresses).toHaveLength(1);
  });
});
