import { LAUNCH_TEMPLATE_KEYS, SHARING_KEYS } from "./condition-keys.ts";
import { NETWORK_ACTIONS } from "./network-actions.ts";
import { created, existing, type ResourceAccessByType, TYPE_KEYS, tagged } from "./resource-access.ts";
import type { ResourceType } from "./resource-types.ts";

const optional = { required: false } as const;
const attributes = { attributes: true } as const;
const launch = { and: LAUNCH_TEMPLATE_KEYS } as const;

/** A snapshot or an image that is not there yet has no facts of its own but these. */
const newSnapshot = { without: ["Owner", "SnapshotTime"] } as const;
const newImage = { without: ["ImageType", "Public", "RootDeviceType"] } as const;

function forEveryType(access: (type: ResourceType) => ResourceAccessByType): ResourceAccessByType {
  const types = Object.keys(TYPE_KEYS) as ResourceType[];
  return Object.assign({}, ...types.map(access));
}

/** The action supports no resource-level permissions: policies have to say `*` (P51). */
const ANY: ResourceAccessByType = {};

/**
 * What each action touches (Service Authorization Reference, "Actions defined by Amazon EC2", as of August 2026).
 * Actions that are not here are not authorised at all: an action is added here before it can be called (P50).
 */
const TABLE = {
  RunInstances: {
    ...existing("image", launch),
    ...created("instance", launch),
    ...existing("key-pair", { ...launch, ...optional }),
    ...existing("launch-template", { ...launch, ...optional }),
    ...created("network-interface", { and: [...LAUNCH_TEMPLATE_KEYS, "AssociatePublicIpAddress"] }),
    ...existing("security-group", launch),
    ...existing("snapshot", { ...launch, ...optional }),
    ...existing("subnet", launch),
    ...created("volume", { ...launch, ...optional, without: ["ParentVolume"] }),
  },
  StartInstances: existing("instance", { without: ["InstanceAutoRecovery", "InstanceMetadataTags", "ProductCode"] }),
  StopInstances: existing("instance", { without: ["ProductCode"] }),
  RebootInstances: existing("instance"),
  TerminateInstances: existing("instance"),
  DescribeInstances: ANY,
  DescribeInstanceStatus: ANY,
  DescribeInstanceAttribute: existing("instance"),
  ModifyInstanceAttribute: {
    ...existing("instance", attributes),
    ...existing("security-group", optional),
    ...existing("volume", { ...optional, without: ["ParentVolume"] }),
  },
  ResetInstanceAttribute: existing("instance", { without: ["PlacementGroup"] }),
  ModifyInstanceMetadataOptions: existing("instance", attributes),
  ModifyInstanceMaintenanceOptions: existing("instance", attributes),
  GetConsoleOutput: existing("instance"),
  GetPasswordData: existing("instance"),
  DescribeInstanceTypes: ANY,
  DescribeInstanceTypeOfferings: ANY,
  DescribeInstanceCreditSpecifications: ANY,
  DescribeRegions: ANY,
  DescribeAvailabilityZones: ANY,
  DescribeAccountAttributes: ANY,

  CreateTags: forEveryType((type) => tagged(type, type === "snapshot" ? { and: ["Encrypted"] } : {})),
  DeleteTags: forEveryType((type) => tagged(type, { without: TYPE_KEYS[type] })),
  DescribeTags: ANY,

  CreateVolume: {
    ...existing("snapshot", { ...optional, without: ["SnapshotID"], and: ["Encrypted"] }),
    ...created("volume", { without: ["ParentVolume"], and: ["KmsKeyId"] }),
  },
  DeleteVolume: existing("volume"),
  AttachVolume: { ...existing("instance"), ...existing("volume") },
  DetachVolume: { ...existing("instance", optional), ...existing("volume") },
  ModifyVolume: existing("volume", attributes),
  ModifyVolumeAttribute: existing("volume", attributes),
  DescribeVolumeAttribute: existing("volume"),
  DescribeVolumes: ANY,
  DescribeVolumesModifications: ANY,
  DescribeVolumeStatus: ANY,
  GetEbsEncryptionByDefault: ANY,
  EnableEbsEncryptionByDefault: ANY,
  DisableEbsEncryptionByDefault: ANY,

  CreateSnapshot: {
    ...created("snapshot", newSnapshot),
    ...existing("volume", { without: ["AvailabilityZone", "ParentSnapshot"] }),
  },
  CreateSnapshots: {
    ...existing("instance", {
      without: [
        "AvailabilityZoneId",
        "InstanceAutoRecovery",
        "InstanceMarketType",
        "InstanceMetadataTags",
        "MetadataHttpEndpoint",
        "MetadataHttpPutResponseHopLimit",
        "MetadataHttpTokens",
        "ProductCode",
      ],
    }),
    ...created("snapshot", newSnapshot),
    ...existing("volume", { without: ["AvailabilityZone", "AvailabilityZoneId", "ParentSnapshot", "ParentVolume"] }),
  },
  DeleteSnapshot: existing("snapshot", { and: ["AvailabilityZone"] }),
  CopySnapshot: created("snapshot", { and: ["Encrypted", "ParentSnapshot", "ProductCode"] }),
  DescribeSnapshots: ANY,
  DescribeSnapshotAttribute: existing("snapshot", { and: ["Encrypted"] }),
  ModifySnapshotAttribute: existing("snapshot", { ...attributes, and: ["AvailabilityZone", ...SHARING_KEYS] }),
  ResetSnapshotAttribute: existing("snapshot", attributes),

  CreateImage: {
    ...created("image", newImage),
    ...existing("instance"),
    ...created("snapshot", { without: ["Owner"] }),
  },
  RegisterImage: { ...created("image", newImage), ...existing("snapshot", optional) },
  CopyImage: { ...created("image", newImage), ...created("snapshot", { without: TYPE_KEYS.snapshot }) },
  DeregisterImage: existing("image"),
  DescribeImages: ANY,
  DescribeImageAttribute: existing("image"),
  ModifyImageAttribute: existing("image", attributes),
  ResetImageAttribute: existing("image", attributes),
  EnableImage: existing("image"),
  DisableImage: existing("image"),
  EnableImageDeprecation: existing("image"),
  DisableImageDeprecation: existing("image"),

  CreateKeyPair: created("key-pair", { without: ["KeyPairName"] }),
  ImportKeyPair: created("key-pair", { without: TYPE_KEYS["key-pair"] }),
  DeleteKeyPair: existing("key-pair", optional),
  DescribeKeyPairs: ANY,

  CreateLaunchTemplate: created("launch-template"),
  CreateLaunchTemplateVersion: existing("launch-template"),
  ModifyLaunchTemplate: existing("launch-template", attributes),
  DeleteLaunchTemplate: existing("launch-template"),
  DeleteLaunchTemplateVersions: existing("launch-template"),
  DescribeLaunchTemplates: ANY,
  DescribeLaunchTemplateVersions: ANY,
  GetLaunchTemplateData: existing("instance"),

  ...NETWORK_ACTIONS,
} satisfies Record<string, ResourceAccessByType>;

export type Ec2ActionName = keyof typeof TABLE;

export const ACTION_NAMES = Object.keys(TABLE) as Ec2ActionName[];

export const isActionName = (name: string): name is Ec2ActionName => Object.hasOwn(TABLE, name);

/** The types of resources that an action touches; none when it supports no resource-level permissions. */
export const accessOf = (action: Ec2ActionName): ResourceAccessByType => TABLE[action];
