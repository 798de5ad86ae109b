/**
 * EC2's condition keys by type of resource, without their prefix `ec2:` (Service Authorization Reference, "Condition keys for
 * Amazon EC2"). Left out are those of things that do not exist here: Outposts, IPAM, SEV-SNP, managed
 * resources, other services' interfaces.
 */
export const INSTANCE_KEYS = [
  "AvailabilityZone",
  "AvailabilityZoneId",
  "EbsOptimized",
  "InstanceAutoRecovery",
  "InstanceID",
  "InstanceMarketType",
  "InstanceMetadataTags",
  "InstanceProfile",
  "InstanceType",
  "MetadataHttpEndpoint",
  "MetadataHttpPutResponseHopLimit",
  "MetadataHttpTokens",
  "PlacementGroup",
  "ProductCode",
  "RootDeviceType",
  "Tenancy",
] as const;

export const IMAGE_KEYS = ["ImageID", "ImageType", "Owner", "Public", "RootDeviceType"] as const;

export const VOLUME_KEYS = [
  "AvailabilityZone",
  "AvailabilityZoneId",
  "Encrypted",
  "ParentSnapshot",
  "ParentVolume",
  "VolumeID",
  "VolumeInitializationRate",
  "VolumeIops",
  "VolumeSize",
  "VolumeThroughput",
  "VolumeType",
] as const;

export const SNAPSHOT_KEYS = ["Owner", "ParentVolume", "SnapshotID", "SnapshotTime", "VolumeSize"] as const;

export const KEY_PAIR_KEYS = ["KeyPairName", "KeyPairType"] as const;

export const SUBNET_KEYS = ["AvailabilityZone", "AvailabilityZoneId", "SubnetID", "Vpc"] as const;

export const SECURITY_GROUP_KEYS = ["SecurityGroupID", "Vpc"] as const;

export const NETWORK_INTERFACE_KEYS = ["AvailabilityZone", "NetworkInterfaceID", "Subnet", "Vpc"] as const;

export const VPC_KEYS = ["Tenancy", "VpcID"] as const;

export const ELASTIC_IP_KEYS = ["AllocationId", "PublicIpAddress"] as const;

export const INTERNET_GATEWAY_KEYS = ["InternetGatewayID"] as const;

export const NETWORK_ACL_KEYS = ["NetworkAclID", "Vpc"] as const;

export const ROUTE_TABLE_KEYS = ["RouteTableID", "Vpc"] as const;

/** Whether a launch template said so, and which one. */
export const LAUNCH_TEMPLATE_KEYS = ["IsLaunchTemplateResource", "LaunchTemplate"] as const;

/** The accounts and groups that a snapshot is shared with, or no longer. */
export const SHARING_KEYS = ["Add/group", "Add/userId", "Remove/group", "Remove/userId"] as const;

/** What can be known of a resource, or is asked for it. `ec2:Attribute`, tags and what all calls have are apart. */
export type ResourceKey =
  | (typeof INSTANCE_KEYS)[number]
  | (typeof IMAGE_KEYS)[number]
  | (typeof VOLUME_KEYS)[number]
  | (typeof SNAPSHOT_KEYS)[number]
  | (typeof KEY_PAIR_KEYS)[number]
  | (typeof SUBNET_KEYS)[number]
  | (typeof SECURITY_GROUP_KEYS)[number]
  | (typeof NETWORK_INTERFACE_KEYS)[number]
  | (typeof VPC_KEYS)[number]
  | (typeof ELASTIC_IP_KEYS)[number]
  | (typeof INTERNET_GATEWAY_KEYS)[number]
  | (typeof NETWORK_ACL_KEYS)[number]
  | (typeof ROUTE_TABLE_KEYS)[number]
  | (typeof LAUNCH_TEMPLATE_KEYS)[number]
  | (typeof SHARING_KEYS)[number]
  | "AssociatePublicIpAddress"
  | "KmsKeyId";
