import * as ec2 from "@aws-sdk/client-ec2";
import { CloudError } from "../../base/errors.ts";
import { integer, oneOf, only } from "../accepted.ts";
import { defineAction, type Ec2Cloud } from "../action.ts";
import { defined } from "../defined.ts";
import { newTags, tagSpecifications } from "../tags.ts";
import {
  attachmentOf,
  type DescribedInterface,
  describedInterfaces,
  groupsOutput,
  interfaceOutput,
} from "./network-interfaces.ts";
import { PRIVATE_ADDRESSES, privateAddressesOf } from "./private-addresses.ts";

function describedOne(cloud: Ec2Cloud, id: string): DescribedInterface {
  const [one] = describedInterfaces([cloud.networkInterfaces.get(id)], cloud);
  if (one === undefined) throw new TypeError("one was given");
  return one;
}

export const createNetworkInterface = defineAction<ec2.CreateNetworkInterfaceRequest, ec2.CreateNetworkInterfaceResult>(
  ec2.CreateNetworkInterface$,
  {
    ClientToken: true,
    Description: true,
    Groups: true,
    InterfaceType: oneOf("interface"),
    PrivateIpAddress: true,
    PrivateIpAddresses: PRIVATE_ADDRESSES,
    SecondaryPrivateIpAddressCount: true,
    SubnetId: true,
    TagSpecifications: tagSpecifications("network-interface"),
  },
  async (request, { cloud }) => {
    const { ClientToken: clientToken, SubnetId: subnetId = "" } = request;
    const { id } = await cloud.networkInterfaces.create({
      subnetId,
      tags: newTags(request.TagSpecifications, "network-interface"),
      ...privateAddressesOf(request),
      ...defined({
        clientToken,
        description: request.Description,
        securityGroupIds: request.Groups,
      }),
    });
    return { NetworkInterface: interfaceOutput(describedOne(cloud, id)), ...defined({ ClientToken: clientToken }) };
  },
);

export const deleteNetworkInterface = defineAction<ec2.DeleteNetworkInterfaceRequest, Record<never, never>>(
  ec2.DeleteNetworkInterface$,
  { NetworkInterfaceId: true },
  async ({ NetworkInterfaceId: id = "" }, { cloud }) => {
    await cloud.networkInterfaces.delete(id);
    return {};
  },
);

export const attachNetworkInterface = defineAction<ec2.AttachNetworkInterfaceRequest, ec2.AttachNetworkInterfaceResult>(
  ec2.AttachNetworkInterface$,
  { DeviceIndex: true, InstanceId: true, NetworkCardIndex: integer(0, 0), NetworkInterfaceId: true },
  async ({ DeviceIndex: deviceIndex = 0, InstanceId = "", NetworkInterfaceId = "" }, { cloud }) => {
    const request = { networkInterfaceId: NetworkInterfaceId, instanceId: InstanceId, deviceIndex };
    return { AttachmentId: await cloud.networkInterfaces.attach(request), NetworkCardIndex: 0 };
  },
);

export const detachNetworkInterface = defineAction<ec2.DetachNetworkInterfaceRequest, Record<never, never>>(
  ec2.DetachNetworkInterface$,
  { AttachmentId: true, Force: true },
  async ({ AttachmentId: id = "", Force: force = false }, { cloud }) => {
    await cloud.networkInterfaces.detach(id, { force });
    return {};
  },
);

/** One attribute a call, as in EC2. */
export const modifyNetworkInterfaceAttribute = defineAction<
  ec2.ModifyNetworkInterfaceAttributeRequest,
  Record<never, never>
>(
  ec2.ModifyNetworkInterfaceAttribute$,
  {
    Attachment: { AttachmentId: true, DeleteOnTermination: true },
    Description: { Value: true },
    Groups: true,
    NetworkInterfaceId: true,
    SourceDestCheck: { Value: true },
  },
  async (request, { cloud }) => {
    const { Attachment: attachment, NetworkInterfaceId: id = "" } = request;
    const changes = defined({
      description: request.Description && (request.Description.Value ?? ""),
      securityGroupIds: request.Groups,
      sourceDestCheck: request.SourceDestCheck?.Value,
      deleteOnTermination: attachment?.DeleteOnTermination,
    });
    const count = Object.keys(changes).length;
    if (count !== 1) {
      const text = count === 0 ? "No attributes specified." : "Fields for multiple attribute types specified";
      throw new CloudError("InvalidParameterCombination", text);
    }
    if (attachment !== undefined && cloud.networkInterfaces.get(id).attachment?.id !== attachment.AttachmentId) {
      const text = `The attachment ID '${attachment.AttachmentId ?? ""}' does not exist`;
      throw new CloudError("InvalidAttachmentID.NotFound", text);
    }
    await cloud.networkInterfaces.modify(id, changes);
    return {};
  },
);

export const describeNetworkInterfaceAttribute = defineAction<
  ec2.DescribeNetworkInterfaceAttributeRequest,
  ec2.DescribeNetworkInterfaceAttributeResult
>(
  ec2.DescribeNetworkInterfaceAttribute$,
  { Attribute: oneOf("description", "groupSet", "sourceDestCheck", "attachment"), NetworkInterfaceId: true },
  ({ Attribute: name, NetworkInterfaceId: id = "" }, { cloud }) => {
    const one = describedOne(cloud, id);
    const common = { NetworkInterfaceId: id };
    switch (name) {
      case "description":
        return { ...common, Description: { Value: one.description } };
      case "groupSet":
        return { ...common, Groups: groupsOutput(one) };
      case "sourceDestCheck":
        return { ...common, SourceDestCheck: { Value: one.sourceDestCheck } };
      case "attachment":
        return { ...common, ...defined({ Attachment: attachmentOf(one) }) };
      default:
        throw new CloudError("MissingParameter", "The request must contain the parameter attribute");
    }
  },
);

/** EC2 has one that can be reset. */
export const resetNetworkInterfaceAttribute = defineAction<
  ec2.ResetNetworkInterfaceAttributeRequest,
  Record<never, never>
>(
  ec2.ResetNetworkInterfaceAttribute$,
  { NetworkInterfaceId: true, SourceDestCheck: true },
  async ({ NetworkInterfaceId: id = "" }, { cloud }) => {
    await cloud.networkInterfaces.modify(id, { sourceDestCheck: true });
    return {};
  },
);

export const assignPrivateIpAddresses = defineAction<
  ec2.AssignPrivateIpAddressesRequest,
  ec2.AssignPrivateIpAddressesResult
>(
  ec2.AssignPrivateIpAddresses$,
  {
    AllowReassignment: only(false),
    NetworkInterfaceId: true,
    PrivateIpAddresses: true,
    SecondaryPrivateIpAddressCount: true,
  },
  async ({ NetworkInterfaceId: id = "", PrivateIpAddresses: addresses, ...rest }, { cloud }) => {
    const count = rest.SecondaryPrivateIpAddressCount;
    const given = await cloud.networkInterfaces.assignPrivateIps(id, defined({ addresses, count }));
    return {
      NetworkInterfaceId: id,
      AssignedPrivateIpAddresses: given.map((PrivateIpAddress) => ({ PrivateIpAddress })),
    };
  },
);

export const unassignPrivateIpAddresses = defineAction<ec2.UnassignPrivateIpAddressesRequest, Record<never, never>>(
  ec2.UnassignPrivateIpAddresses$,
  { NetworkInterfaceId: true, PrivateIpAddresses: true },
  async ({ NetworkInterfaceId: id = "", PrivateIpAddresses: addresses = [] }, { cloud }) => {
    await cloud.networkInterfaces.unassignPrivateIps(id, addresses);
    return {};
  },
);
