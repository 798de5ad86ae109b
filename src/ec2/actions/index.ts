import type { Action } from "../action.ts";
import * as account from "./account.ts";
import * as describeInstances from "./describe-instances.ts";
import * as images from "./images.ts";
import * as instanceStates from "./instance-states.ts";
import * as instanceTypes from "./instance-types.ts";
import { runInstances } from "./run-instances.ts";
import * as snapshots from "./snapshots.ts";
import * as tags from "./tags.ts";
import * as volumes from "./volumes.ts";

const ALL: readonly Action[] = [
  account.describeAccountAttributes,
  account.describeAvailabilityZones,
  account.describeRegions,
  describeInstances.describeInstances,
  describeInstances.describeInstanceStatus,
  describeInstances.getConsoleOutput,
  images.createImage,
  images.deregisterImage,
  images.describeImages,
  instanceStates.rebootInstances,
  instanceStates.startInstances,
  instanceStates.stopInstances,
  instanceStates.terminateInstances,
  instanceTypes.describeInstanceTypeOfferings,
  instanceTypes.describeInstanceTypes,
  runInstances,
  snapshots.createSnapshot,
  snapshots.createSnapshots,
  snapshots.deleteSnapshot,
  snapshots.describeSnapshots,
  tags.createTags,
  tags.deleteTags,
  tags.describeTags,
  volumes.attachVolume,
  volumes.createVolume,
  volumes.deleteVolume,
  volumes.describeVolumes,
  volumes.detachVolume,
  volumes.modifyVolume,
];

/** The actions that there are, by name. */
export const ACTIONS: ReadonlyMap<string, Action> = new Map(ALL.map((action) => [action.operation.name, action]));
