import type { Action } from "../action.ts";
import * as account from "./account.ts";
import * as describeInstances from "./describe-instances.ts";
import * as ebsEncryption from "./ebs-encryption.ts";
import * as imageAttributes from "./image-attributes.ts";
import * as imageMaking from "./image-making.ts";
import { describeImages } from "./images.ts";
import * as instanceAttributes from "./instance-attributes.ts";
import * as instanceOptions from "./instance-options.ts";
import * as instanceStates from "./instance-states.ts";
import { describeInstanceStatus } from "./instance-status.ts";
import * as instanceTypes from "./instance-types.ts";
import * as keyPairs from "./key-pairs.ts";
import * as launchTemplateVersions from "./launch-template-versions.ts";
import * as launchTemplates from "./launch-templates.ts";
import { NETWORK_ACTIONS } from "./network-actions.ts";
import { runInstances } from "./run-instances.ts";
import * as snapshotAttributes from "./snapshot-attributes.ts";
import * as snapshots from "./snapshots.ts";
import * as tags from "./tags.ts";
import * as volumeModifications from "./volume-modifications.ts";
import * as volumeStatus from "./volume-status.ts";
import * as volumes from "./volumes.ts";

const ALL: readonly Action[] = [
  account.describeAccountAttributes,
  account.describeAvailabilityZones,
  account.describeRegions,
  describeInstances.describeInstances,
  describeInstances.getConsoleOutput,
  ebsEncryption.disableEbsEncryptionByDefault,
  ebsEncryption.enableEbsEncryptionByDefault,
  ebsEncryption.getEbsEncryptionByDefault,
  imageAttributes.describeImageAttribute,
  imageAttributes.disableImage,
  imageAttributes.disableImageDeprecation,
  imageAttributes.enableImage,
  imageAttributes.enableImageDeprecation,
  imageAttributes.modifyImageAttribute,
  imageAttributes.resetImageAttribute,
  imageMaking.copyImage,
  imageMaking.createImage,
  imageMaking.deregisterImage,
  imageMaking.registerImage,
  describeImages,
  instanceAttributes.describeInstanceAttribute,
  instanceAttributes.modifyInstanceAttribute,
  instanceAttributes.resetInstanceAttribute,
  instanceOptions.getPasswordData,
  instanceOptions.modifyInstanceMaintenanceOptions,
  instanceOptions.modifyInstanceMetadataOptions,
  describeInstanceStatus,
  instanceStates.rebootInstances,
  instanceStates.startInstances,
  instanceStates.stopInstances,
  instanceStates.terminateInstances,
  instanceTypes.describeInstanceTypeOfferings,
  instanceTypes.describeInstanceTypes,
  keyPairs.createKeyPair,
  keyPairs.deleteKeyPair,
  keyPairs.describeKeyPairs,
  keyPairs.importKeyPair,
  launchTemplates.createLaunchTemplate,
  launchTemplates.createLaunchTemplateVersion,
  launchTemplates.deleteLaunchTemplate,
  launchTemplateVersions.deleteLaunchTemplateVersions,
  launchTemplates.describeLaunchTemplates,
  launchTemplateVersions.describeLaunchTemplateVersions,
  launchTemplates.getLaunchTemplateData,
  launchTemplates.modifyLaunchTemplate,
  ...NETWORK_ACTIONS,
  runInstances,
  snapshotAttributes.describeSnapshotAttribute,
  snapshotAttributes.modifySnapshotAttribute,
  snapshotAttributes.resetSnapshotAttribute,
  snapshots.copySnapshot,
  snapshots.createSnapshot,
  snapshots.createSnapshots,
  snapshots.deleteSnapshot,
  snapshots.describeSnapshots,
  tags.createTags,
  tags.deleteTags,
  tags.describeTags,
  volumeModifications.describeVolumesModifications,
  volumeModifications.modifyVolume,
  volumeStatus.describeVolumeAttribute,
  volumeStatus.describeVolumeStatus,
  volumeStatus.modifyVolumeAttribute,
  volumes.attachVolume,
  volumes.createVolume,
  volumes.deleteVolume,
  volumes.describeVolumes,
  volumes.detachVolume,
];

/** The actions that there are, by name. */
export const ACTIONS: ReadonlyMap<string, Action> = new Map(ALL.map((action) => [action.operation.name, action]));
