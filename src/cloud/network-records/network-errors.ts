import { CloudError } from "../../base/errors.ts";

export const vpcNotFound = (vpcId: string) =>
  new CloudError("InvalidVpcID.NotFound", `The vpc ID '${vpcId}' does not exist`, { vpcId });

/** EC2 says so too of what is no id at all. */
export const subnetNotFound = (subnetId: string) =>
  new CloudError("InvalidSubnetID.NotFound", `The subnet ID '${subnetId}' does not exist`, { subnetId });

export const groupNotFound = (group: string) =>
  new CloudError("InvalidGroup.NotFound", `The security group '${group}' does not exist`, { group });

export const interfaceNotFound = (networkInterfaceId: string) =>
  new CloudError(
    "InvalidNetworkInterfaceID.NotFound",
    `The networkInterface ID '${networkInterfaceId}' does not exist`,
    { networkInterfaceId },
  );
