import type {
  AllocateAddressRequest,
  AssociateAddressRequest,
  AttachNetworkInterfaceRequest,
  CreateNetworkInterfaceRequest,
  CreateSecurityGroupRequest,
  CreateSubnetRequest,
  CreateVpcRequest,
  ModifyNetworkInterfaceRequest,
  ModifySubnetRequest,
  ModifyVpcRequest,
} from "../../api/network-types.ts";
import { inRegion, REGION, type Translation, tagsAtCreation } from "./translation.ts";

/** Calls of networks as requests of EC2's API. */
export const ON_NETWORKS: Readonly<Record<string, Translation>> = {
  "vpcs.create": [
    "CreateVpc",
    inRegion(({ cidrBlock, tags = {} }: CreateVpcRequest) => ({
      CidrBlock: cidrBlock,
      TagSpecifications: tagsAtCreation({ vpc: tags }),
    })),
  ],
  "vpcs.createDefault": ["CreateDefaultVpc", (region: string = REGION) => (region === REGION ? {} : null)],
  "vpcs.modify": [
    "ModifyVpcAttribute",
    // One attribute a call.
    (id: string, { enableDnsSupport, enableDnsHostnames }: ModifyVpcRequest) => [
      ...(enableDnsSupport === undefined ? [] : [{ VpcId: id, EnableDnsSupport: { Value: enableDnsSupport } }]),
      ...(enableDnsHostnames === undefined ? [] : [{ VpcId: id, EnableDnsHostnames: { Value: enableDnsHostnames } }]),
    ],
  ],
  "vpcs.delete": ["DeleteVpc", (id: string) => ({ VpcId: id })],
  "subnets.create": [
    "CreateSubnet",
    ({ vpcId, cidrBlock, availabilityZone, tags = {} }: CreateSubnetRequest) => ({
      VpcId: vpcId,
      CidrBlock: cidrBlock,
      AvailabilityZone: availabilityZone,
      TagSpecifications: tagsAtCreation({ subnet: tags }),
    }),
  ],
  "subnets.modify": [
    "ModifySubnetAttribute",
    (id: string, { mapPublicIpOnLaunch }: ModifySubnetRequest) => ({
      SubnetId: id,
      MapPublicIpOnLaunch: mapPublicIpOnLaunch,
    }),
  ],
  "subnets.delete": ["DeleteSubnet", (id: string) => ({ SubnetId: id })],
  "securityGroups.create": [
    "CreateSecurityGroup",
    ({ name, description, vpcId, tags = {} }: CreateSecurityGroupRequest) => ({
      GroupName: name,
      Description: description,
      VpcId: vpcId,
      TagSpecifications: tagsAtCreation({ "security-group": tags }),
    }),
  ],
  "securityGroups.delete": ["DeleteSecurityGroup", (id: string) => ({ GroupId: id })],
  "networkInterfaces.create": [
    "CreateNetworkInterface",
    (request: CreateNetworkInterfaceRequest) => ({
      SubnetId: request.subnetId,
      Description: request.description,
      PrivateIpAddress: request.privateIpAddress,
      Groups: request.securityGroupIds,
      TagSpecifications: tagsAtCreation({ "network-interface": request.tags ?? {} }),
    }),
  ],
  "networkInterfaces.attach": [
    "AttachNetworkInterface",
    ({ networkInterfaceId, instanceId, deviceIndex }: AttachNetworkInterfaceRequest) => ({
      NetworkInterfaceId: networkInterfaceId,
      InstanceId: instanceId,
      DeviceIndex: deviceIndex,
    }),
  ],
  "networkInterfaces.detach": [
    "DetachNetworkInterface",
    (attachmentId: string, { force }: { readonly force?: boolean } = {}) => ({
      AttachmentId: attachmentId,
      Force: force || undefined,
    }),
  ],
  "networkInterfaces.modify": ["ModifyNetworkInterfaceAttribute", modifiedInterface],
  "networkInterfaces.delete": ["DeleteNetworkInterface", (id: string) => ({ NetworkInterfaceId: id })],
  "addresses.allocate": [
    "AllocateAddress",
    inRegion(({ tags = {} }: AllocateAddressRequest) => ({
      Domain: "vpc",
      TagSpecifications: tagsAtCreation({ "elastic-ip": tags }),
    })),
  ],
  "addresses.associate": [
    "AssociateAddress",
    ({ allocationId, instanceId }: AssociateAddressRequest) => ({ AllocationId: allocationId, InstanceId: instanceId }),
  ],
  "addresses.disassociate": ["DisassociateAddress", (associationId: string) => ({ AssociationId: associationId })],
  "addresses.release": ["ReleaseAddress", (id: string) => ({ AllocationId: id })],
};

/** EC2 changes one attribute a call. Whether it is deleted with its instance is its attachment's, whose id the call has not. */
function modifiedInterface(id: string, request: ModifyNetworkInterfaceRequest) {
  const { description, securityGroupIds, sourceDestCheck, deleteOnTermination } = request;
  if (deleteOnTermination !== undefined) return null;
  const attributes = [
    description !== undefined && { Description: { Value: description } },
    securityGroupIds !== undefined && { Groups: securityGroupIds },
    sourceDestCheck !== undefined && { SourceDestCheck: sourceDestCheck },
  ];
  return attributes.flatMap((attribute) => (attribute === false ? [] : [{ NetworkInterfaceId: id, ...attribute }]));
}
