import type {
  GroupIdentifier,
  Instance,
  InstanceBlockDeviceMapping,
  InstanceNetworkInterface,
  InstancePrivateIpAddress,
} from "@aws-sdk/client-ec2";
import type { FilterTable } from "../filters.ts";
import type { DescribedInstance } from "./instance-output.ts";

/** What EC2 can filter by, and no instance here has. */
const ABSENT = [
  "host-id",
  "iam-instance-profile.arn",
  "iam-instance-profile.id",
  "instance-lifecycle",
  "ipv6-address",
  "network-interface.addresses.association.allocation-id",
  "network-interface.addresses.association.association-id",
  "network-interface.association.allocation-id",
  "network-interface.association.association-id",
  "network-interface.ipv6-address",
  "network-interface.ipv6-addresses.ipv6-address",
  "network-interface.outpost-arn",
  "network-interface.requester-id",
  "outpost-arn",
  "placement-group-name",
  "platform",
  "product-code",
  "ramdisk-id",
  "spot-instance-request-id",
];

type Field = (item: DescribedInstance) => ReturnType<FilterTable<DescribedInstance>[string]>;
const field =
  (read: (instance: Instance) => ReturnType<Field>): Field =>
  ({ instance }) =>
    read(instance);
const mapping = (read: (mapping: InstanceBlockDeviceMapping) => string | boolean | Date | undefined): Field =>
  field(({ BlockDeviceMappings: mappings = [] }) => mappings.map(read));

const nic = (read: (one: InstanceNetworkInterface) => string | number | boolean | Date | undefined): Field =>
  field(({ NetworkInterfaces: interfaces = [] }) => interfaces.map(read));
const nicGroups = (read: (group: GroupIdentifier) => string | undefined): Field =>
  field(({ NetworkInterfaces: interfaces = [] }) => interfaces.flatMap(({ Groups: groups = [] }) => groups.map(read)));

const nicAddresses = (read: (one: InstancePrivateIpAddress) => string | boolean | undefined): Field =>
  field(({ NetworkInterfaces: all = [] }) => all.flatMap(({ PrivateIpAddresses: ips = [] }) => ips.map(read)));

/** Those about the instance's interfaces. */
const INTERFACE_FILTERS: FilterTable<DescribedInstance> = {
  "addresses.association.ip-owner-id": nicAddresses(({ Association: at }) => at?.IpOwnerId),
  "addresses.association.public-dns-name": nicAddresses(({ Association: at }) => at?.PublicDnsName),
  "addresses.association.public-ip": nicAddresses(({ Association: at }) => at?.PublicIp),
  "addresses.primary": nicAddresses(({ Primary: isPrimary }) => isPrimary),
  "addresses.private-dns-name": nicAddresses(({ PrivateDnsName: name }) => name),
  "addresses.private-ip-address": nicAddresses(({ PrivateIpAddress: address }) => address),
  "association.ip-owner-id": nic(({ Association: at }) => at?.IpOwnerId),
  "association.public-dns-name": nic(({ Association: at }) => at?.PublicDnsName),
  "association.public-ip": nic(({ Association: at }) => at?.PublicIp),
  "public-dns-name": nic(({ Association: at }) => at?.PublicDnsName),
  "attachment.attach-time": nic(({ Attachment: attachment }) => attachment?.AttachTime),
  "attachment.attachment-id": nic(({ Attachment: attachment }) => attachment?.AttachmentId),
  "attachment.delete-on-termination": nic(({ Attachment: attachment }) => attachment?.DeleteOnTermination),
  "attachment.device-index": nic(({ Attachment: attachment }) => attachment?.DeviceIndex),
  "attachment.instance-id": field(({ InstanceId: id, NetworkInterfaces: all = [] }) => all.map(() => id)),
  "attachment.instance-owner-id": nic(({ OwnerId: owner }) => owner),
  "attachment.network-card-index": nic(({ Attachment: attachment }) => attachment?.NetworkCardIndex),
  "attachment.status": nic(({ Attachment: attachment }) => attachment?.Status),
  "availability-zone": field(({ Placement: placement, NetworkInterfaces: all = [] }) =>
    all.map(() => placement?.AvailabilityZone),
  ),
  description: nic(({ Description: description }) => description),
  "group-id": nicGroups(({ GroupId: id }) => id),
  "group-name": nicGroups(({ GroupName: name }) => name),
  "mac-address": nic(({ MacAddress: address }) => address),
  "network-interface-id": nic(({ NetworkInterfaceId: id }) => id),
  "owner-id": nic(({ OwnerId: owner }) => owner),
  "private-dns-name": nic(({ PrivateDnsName: name }) => name),
  "private-ip-address": nic(({ PrivateIpAddress: address }) => address),
  "requester-managed": nic(() => false),
  "source-dest-check": nic(({ SourceDestCheck: check }) => check),
  status: nic(({ Status: status }) => status),
  "subnet-id": nic(({ SubnetId: id }) => id),
  "vpc-id": nic(({ VpcId: id }) => id),
};

/** EC2 API, DescribeInstances, "Filters". */
export const INSTANCE_FILTERS: FilterTable<DescribedInstance> = {
  ...Object.fromEntries(ABSENT.map((name) => [name, () => undefined])),
  ...Object.fromEntries(Object.entries(INTERFACE_FILTERS).map(([name, read]) => [`network-interface.${name}`, read])),
  architecture: field(({ Architecture: architecture }) => architecture),
  "availability-zone": field(({ Placement: placement }) => placement?.AvailabilityZone),
  "availability-zone-id": field(({ Placement: placement }) => placement?.AvailabilityZoneId),
  "block-device-mapping.attach-time": mapping(({ Ebs: ebs }) => ebs?.AttachTime),
  "block-device-mapping.delete-on-termination": mapping(({ Ebs: ebs }) => ebs?.DeleteOnTermination),
  "block-device-mapping.device-name": mapping(({ DeviceName: device }) => device),
  "block-device-mapping.status": mapping(({ Ebs: ebs }) => ebs?.Status),
  "block-device-mapping.volume-id": mapping(({ Ebs: ebs }) => ebs?.VolumeId),
  "client-token": field(({ ClientToken: token }) => token),
  "dns-name": field(({ PublicDnsName: name }) => name),
  "ebs-optimized": field(({ EbsOptimized: isOptimized }) => isOptimized),
  "ena-support": field(({ EnaSupport: isSupported }) => isSupported),
  "enclave-options.enabled": field(({ EnclaveOptions: options }) => options?.Enabled),
  "hibernation-options.configured": field(({ HibernationOptions: options }) => options?.Configured),
  hypervisor: field(({ Hypervisor: hypervisor }) => hypervisor),
  "image-id": field(({ ImageId: image }) => image),
  "instance-id": field(({ InstanceId: id }) => id),
  "instance-state-code": field(({ State: state }) => state?.Code),
  "instance-state-name": field(({ State: state }) => state?.Name),
  "instance.group-id": field(({ SecurityGroups: groups = [] }) => groups.map(({ GroupId: id }) => id)),
  "instance.group-name": field(({ SecurityGroups: groups = [] }) => groups.map(({ GroupName: name }) => name)),
  "instance-type": field(({ InstanceType: type }) => type),
  "kernel-id": field(({ KernelId: kernel }) => kernel),
  "ip-address": field(({ PublicIpAddress: address }) => address),
  "key-name": field(({ KeyName: name }) => name),
  "launch-index": field(({ AmiLaunchIndex: index }) => index),
  "launch-time": field(({ LaunchTime: time }) => time),
  "maintenance-options.auto-recovery": field(({ MaintenanceOptions: options }) => options?.AutoRecovery),
  "metadata-options.http-endpoint": field(({ MetadataOptions: options }) => options?.HttpEndpoint),
  "metadata-options.http-protocol-ipv6": field(({ MetadataOptions: options }) => options?.HttpProtocolIpv6),
  "metadata-options.http-put-response-hop-limit": field(
    ({ MetadataOptions: options }) => options?.HttpPutResponseHopLimit,
  ),
  "metadata-options.http-tokens": field(({ MetadataOptions: options }) => options?.HttpTokens),
  "metadata-options.instance-metadata-tags": field(({ MetadataOptions: options }) => options?.InstanceMetadataTags),
  "metadata-options.state": field(({ MetadataOptions: options }) => options?.State),
  "monitoring-state": field(({ Monitoring: monitoring }) => monitoring?.State),
  "owner-id": ({ ownerId }) => ownerId,
  "platform-details": field(({ PlatformDetails: details }) => details),
  "private-dns-name": field(({ PrivateDnsName: name }) => name),
  "private-dns-name-options.enable-resource-name-dns-a-record": field(
    ({ PrivateDnsNameOptions: options }) => options?.EnableResourceNameDnsARecord,
  ),
  "private-dns-name-options.enable-resource-name-dns-aaaa-record": field(
    ({ PrivateDnsNameOptions: options }) => options?.EnableResourceNameDnsAAAARecord,
  ),
  "private-dns-name-options.hostname-type": field(({ PrivateDnsNameOptions: options }) => options?.HostnameType),
  "private-ip-address": field(({ PrivateIpAddress: address }) => address),
  reason: field(({ StateTransitionReason: reason }) => reason),
  "reservation-id": ({ reservationId }) => reservationId,
  "root-device-name": field(({ RootDeviceName: name }) => name),
  "root-device-type": field(({ RootDeviceType: type }) => type),
  "source-dest-check": field(({ SourceDestCheck: check }) => check),
  "state-reason-code": field(({ StateReason: reason }) => reason?.Code),
  "state-reason-message": field(({ StateReason: reason }) => reason?.Message),
  "subnet-id": field(({ SubnetId: id }) => id),
  "vpc-id": field(({ VpcId: id }) => id),
  tenancy: field(({ Placement: placement }) => placement?.Tenancy),
  "usage-operation": field(({ UsageOperation: operation }) => operation),
  "usage-operation-update-time": field(({ UsageOperationUpdateTime: time }) => time),
  "virtualization-type": field(({ VirtualizationType: type }) => type),
};
