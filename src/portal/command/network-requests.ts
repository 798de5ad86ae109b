import type {
  AllocateAddressRequest,
  AssociateAddressRequest,
  CreateSecurityGroupRequest,
  CreateSubnetRequest,
  CreateVpcRequest,
  ModifySubnetRequest,
} from "../../api/network-types.ts";
import { REGION, type Translation, tagsAtCreation } from "./translation.ts";

/** Calls of networks as requests of EC2's API. */
export const ON_NETWORKS: Readonly<Record<string, Translation>> = {
  "vpcs.create": [
    "CreateVpc",
    inRegion(({ cidrBlock, tags = {} }: CreateVpcRequest) => ({
      CidrBlock: cidrBlock,
      TagSpecifications: tagsAtCreation({ vpc: tags }),
    })),
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
  "networkInterfaces.modify": [
    "ModifyNetworkInterfaceAttribute",
    (id: string, { securityGroupIds }: { readonly securityGroupIds?: readonly string[] }) => ({
      NetworkInterfaceId: id,
      Groups: securityGroupIds,
    }),
  ],
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

/** EC2 makes things in the region that is called. */
function inRegion<Request extends { readonly region?: string }>(
  translate: (request: Request) => Readonly<Record<string, unknown>>,
) {
  return (request: Request) => (request.region === undefined || request.region === REGION ? translate(request) : null);
}
