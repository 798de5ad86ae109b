import * as sdk from "@aws-sdk/client-ec2";
import { describe, expect, it } from "vitest";
import { TEST_HOST } from "../../test/support/cloud-calls.ts";
import { Ec2Lab } from "../../test/support/ec2-lab.ts";
import { settle } from "../../test/support/fake-clock.ts";
import type { Passage } from "../cloud/access/gate.ts";
import { LocalBackend } from "../cloud/tabs/local-backend.ts";
import { TabCloud } from "../cloud/tabs/tab-cloud.ts";

/** What the cases are about: the same in both clouds. */
interface Things {
  readonly instanceId: string;
  readonly stoppedId: string;
  readonly protectedId: string;
  readonly rootId: string;
  readonly volumeId: string;
  readonly attachedId: string;
  readonly snapshotId: string;
  readonly imageId: string;
  readonly tinyId: string;
  readonly keyId: string;
  readonly templateId: string;
}

/** A call of EC2's action, and the same by this cloud's own API. */
interface Case {
  readonly name: string;
  readonly command: (of: Things) => { readonly input: object };
  readonly call: (cloud: TabCloud, of: Things) => Promise<unknown>;
}

const PUBLIC_KEY =
  "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ2lDYCZbZKbkxxXlPmLQP0ZtHGMZHvpgrGVB2JbyfZz someone@example.test";
const OTHER = "210987654321";
const NO_INSTANCE = "i-0123456789abcdef0";
const NO_VOLUME = "vol-0123456789abcdef0";
const NO_SNAPSHOT = "snap-0123456789abcdef0";
const NO_IMAGE = "ami-0123456789abcdef0";
const ZONE = "us-east-1b";
const tags = (type: sdk.ResourceType, Value = "web") => [{ ResourceType: type, Tags: [{ Key: "Name", Value }] }];

const INSTANCES: Case[] = [
  {
    name: "RunInstances",
    command: ({ tinyId }) =>
      new sdk.RunInstancesCommand({
        ImageId: tinyId,
        MinCount: 1,
        MaxCount: 2,
        ClientToken: "parity",
        InstanceType: "v1.small" as sdk._InstanceType,
        KeyName: "web",
        Placement: { AvailabilityZone: ZONE },
        TagSpecifications: [...tags("instance"), ...tags("volume")],
        UserData: btoa("#!/bin/sh\ntrue\n"),
        DisableApiTermination: true,
        MetadataOptions: { HttpTokens: "required" },
        BlockDeviceMappings: [{ DeviceName: "/dev/sdf", Ebs: { VolumeSize: 2, Encrypted: true } }],
      }),
    call: ({ instances }, { tinyId }) =>
      instances.launch({
        image: tinyId,
        minCount: 1,
        count: 2,
        clientToken: "parity",
        type: "v1.small",
        keyName: "web",
        availabilityZone: ZONE,
        tags: { Name: "web" },
        volumeTags: { Name: "web" },
        userData: "#!/bin/sh\ntrue\n",
        disableApiTermination: true,
        metadataOptions: { httpTokens: "required" },
        blockDevices: [{ device: "/dev/sdf", ebs: { sizeGiB: 2, encrypted: true } }],
      }),
  },
  {
    name: "RunInstances from a template",
    command: ({ templateId }) =>
      new sdk.RunInstancesCommand({
        LaunchTemplate: { LaunchTemplateId: templateId },
        MinCount: 1,
        MaxCount: 1,
        ClientToken: "parity",
      }),
    call: ({ instances }, { templateId }) =>
      instances.launch({ launchTemplate: { id: templateId }, count: 1, minCount: 1, clientToken: "parity" }),
  },
  {
    name: "RunInstances of an image that there is not",
    command: () => new sdk.RunInstancesCommand({ ImageId: NO_IMAGE, MinCount: 1, MaxCount: 1, ClientToken: "parity" }),
    call: ({ instances }) => instances.launch({ image: NO_IMAGE, count: 1, minCount: 1, clientToken: "parity" }),
  },
  {
    name: "RunInstances of a type that there is not",
    command: ({ tinyId }) =>
      new sdk.RunInstancesCommand({
        ImageId: tinyId,
        InstanceType: "m5.large",
        MinCount: 1,
        MaxCount: 1,
        ClientToken: "parity",
      }),
    call: ({ instances }, { tinyId }) =>
      instances.launch({ image: tinyId, type: "m5.large", count: 1, minCount: 1, clientToken: "parity" }),
  },
  {
    name: "RunInstances beyond the quota",
    command: ({ tinyId }) =>
      new sdk.RunInstancesCommand({ ImageId: tinyId, MinCount: 9, MaxCount: 9, ClientToken: "parity" }),
    call: ({ instances }, { tinyId }) =>
      instances.launch({ image: tinyId, count: 9, minCount: 9, clientToken: "parity" }),
  },
  {
    name: "RunInstances without an image",
    command: () => new sdk.RunInstancesCommand({ MinCount: 1, MaxCount: 1, ClientToken: "parity" }),
    call: ({ instances }) => instances.launch({ count: 1, minCount: 1, clientToken: "parity" }),
  },
  {
    name: "RunInstances with a key pair that there is not",
    command: ({ tinyId }) =>
      new sdk.RunInstancesCommand({
        ImageId: tinyId,
        KeyName: "none",
        MinCount: 1,
        MaxCount: 1,
        ClientToken: "parity",
      }),
    call: ({ instances }, { tinyId }) =>
      instances.launch({ image: tinyId, keyName: "none", count: 1, minCount: 1, clientToken: "parity" }),
  },
  {
    name: "StopInstances",
    command: ({ instanceId }) => new sdk.StopInstancesCommand({ InstanceIds: [instanceId] }),
    call: ({ instances }, { instanceId }) => instances.get(instanceId).stop(),
  },
  {
    name: "StopInstances of one that is stopped",
    command: ({ stoppedId }) => new sdk.StopInstancesCommand({ InstanceIds: [stoppedId] }),
    call: ({ instances }, { stoppedId }) => instances.get(stoppedId).stop(),
  },
  {
    name: "StartInstances",
    command: ({ stoppedId }) => new sdk.StartInstancesCommand({ InstanceIds: [stoppedId] }),
    call: ({ instances }, { stoppedId }) => instances.get(stoppedId).start(),
  },
  {
    name: "StartInstances of one that runs",
    command: ({ instanceId }) => new sdk.StartInstancesCommand({ InstanceIds: [instanceId] }),
    call: ({ instances }, { instanceId }) => instances.get(instanceId).start(),
  },
  {
    name: "RebootInstances",
    command: ({ instanceId }) => new sdk.RebootInstancesCommand({ InstanceIds: [instanceId] }),
    call: ({ instances }, { instanceId }) => instances.get(instanceId).reboot(),
  },
  {
    name: "RebootInstances of one that is stopped",
    command: ({ stoppedId }) => new sdk.RebootInstancesCommand({ InstanceIds: [stoppedId] }),
    call: ({ instances }, { stoppedId }) => instances.get(stoppedId).reboot(),
  },
  {
    name: "TerminateInstances",
    command: ({ instanceId }) => new sdk.TerminateInstancesCommand({ InstanceIds: [instanceId] }),
    call: ({ instances }, { instanceId }) => instances.get(instanceId).terminate(),
  },
  {
    name: "TerminateInstances of one that is protected",
    command: ({ protectedId }) => new sdk.TerminateInstancesCommand({ InstanceIds: [protectedId] }),
    call: ({ instances }, { protectedId }) => instances.get(protectedId).terminate(),
  },
  {
    name: "ModifyInstanceAttribute instanceType",
    command: ({ stoppedId }) =>
      new sdk.ModifyInstanceAttributeCommand({ InstanceId: stoppedId, InstanceType: { Value: "v1.small" } }),
    call: ({ instances }, { stoppedId }) => instances.get(stoppedId).modify({ type: "v1.small" }),
  },
  {
    name: "ModifyInstanceAttribute instanceType of one that runs",
    command: ({ instanceId }) =>
      new sdk.ModifyInstanceAttributeCommand({ InstanceId: instanceId, InstanceType: { Value: "v1.small" } }),
    call: ({ instances }, { instanceId }) => instances.get(instanceId).modify({ type: "v1.small" }),
  },
  {
    name: "ModifyInstanceAttribute userData",
    command: ({ stoppedId }) =>
      new sdk.ModifyInstanceAttributeCommand({
        InstanceId: stoppedId,
        UserData: { Value: new TextEncoder().encode("#!/bin/sh\n") },
      }),
    call: ({ instances }, { stoppedId }) => instances.get(stoppedId).modify({ userData: btoa("#!/bin/sh\n") }),
  },
  {
    name: "ModifyInstanceAttribute disableApiStop",
    command: ({ instanceId }) =>
      new sdk.ModifyInstanceAttributeCommand({ InstanceId: instanceId, DisableApiStop: { Value: true } }),
    call: ({ instances }, { instanceId }) => instances.get(instanceId).modify({ disableApiStop: true }),
  },
  {
    name: "ModifyInstanceAttribute instanceInitiatedShutdownBehavior",
    command: ({ instanceId }) =>
      new sdk.ModifyInstanceAttributeCommand({
        InstanceId: instanceId,
        InstanceInitiatedShutdownBehavior: { Value: "terminate" },
      }),
    call: ({ instances }, { instanceId }) =>
      instances.get(instanceId).modify({ instanceInitiatedShutdownBehavior: "terminate" }),
  },
  {
    name: "ModifyInstanceAttribute sourceDestCheck",
    command: ({ instanceId }) =>
      new sdk.ModifyInstanceAttributeCommand({ InstanceId: instanceId, SourceDestCheck: { Value: false } }),
    call: ({ instances }, { instanceId }) => instances.get(instanceId).modify({ sourceDestCheck: false }),
  },
  {
    name: "ModifyInstanceAttribute of nothing",
    command: ({ instanceId }) => new sdk.ModifyInstanceAttributeCommand({ InstanceId: instanceId }),
    call: ({ instances }, { instanceId }) => instances.get(instanceId).modify({}),
  },
  {
    name: "ModifyInstanceMetadataOptions",
    command: ({ instanceId }) =>
      new sdk.ModifyInstanceMetadataOptionsCommand({ InstanceId: instanceId, HttpPutResponseHopLimit: 2 }),
    call: ({ instances }, { instanceId }) =>
      instances.get(instanceId).modifyMetadataOptions({ httpPutResponseHopLimit: 2 }),
  },
  {
    name: "ModifyInstanceMetadataOptions of nothing",
    command: ({ instanceId }) => new sdk.ModifyInstanceMetadataOptionsCommand({ InstanceId: instanceId }),
    call: ({ instances }, { instanceId }) => instances.get(instanceId).modifyMetadataOptions({}),
  },
  {
    name: "ModifyInstanceMaintenanceOptions",
    command: ({ instanceId }) =>
      new sdk.ModifyInstanceMaintenanceOptionsCommand({ InstanceId: instanceId, AutoRecovery: "default" }),
    call: ({ instances }, { instanceId }) =>
      instances.get(instanceId).modifyMaintenanceOptions({ autoRecovery: "default" }),
  },
  {
    name: "ModifyInstanceMaintenanceOptions of nothing",
    command: ({ instanceId }) => new sdk.ModifyInstanceMaintenanceOptionsCommand({ InstanceId: instanceId }),
    call: ({ instances }, { instanceId }) => instances.get(instanceId).modifyMaintenanceOptions({}),
  },
  {
    name: "CreateTags on an instance",
    command: ({ instanceId }) =>
      new sdk.CreateTagsCommand({ Resources: [instanceId], Tags: [{ Key: "env", Value: "test" }] }),
    call: ({ instances }, { instanceId }) => {
      const instance = instances.get(instanceId);
      return instance.setTags({ ...instance.tags, env: "test" });
    },
  },
  {
    name: "DeleteTags on an instance",
    command: ({ instanceId }) =>
      new sdk.DeleteTagsCommand({ Resources: [instanceId], Tags: [{ Key: "Name", Value: "one" }] }),
    call: ({ instances }, { instanceId }) => instances.get(instanceId).setTags({}),
  },
  {
    name: "CreateTags beyond the limit",
    command: ({ volumeId }) =>
      new sdk.CreateTagsCommand({
        Resources: [volumeId],
        Tags: Array.from({ length: 51 }, (_, index) => ({ Key: `k${index}`, Value: "" })),
      }),
    call: ({ volumes }, { volumeId }) =>
      volumes.setTags(volumeId, Object.fromEntries(Array.from({ length: 51 }, (_, index) => [`k${index}`, ""]))),
  },
];

const VOLUMES: Case[] = [
  {
    name: "CreateVolume",
    command: () =>
      new sdk.CreateVolumeCommand({
        AvailabilityZone: ZONE,
        Size: 4,
        VolumeType: "gp3",
        Iops: 2000 + 1500,
        Throughput: 200,
        Encrypted: true,
        ClientToken: "parity",
        TagSpecifications: tags("volume"),
      }),
    call: ({ volumes }) =>
      volumes.create({
        availabilityZone: ZONE,
        sizeGiB: 4,
        type: "gp3",
        iops: 3500,
        throughputMiBps: 200,
        encrypted: true,
        clientToken: "parity",
        tags: { Name: "web" },
      }),
  },
  {
    name: "CreateVolume of a snapshot",
    command: ({ snapshotId }) =>
      new sdk.CreateVolumeCommand({ AvailabilityZone: ZONE, SnapshotId: snapshotId, ClientToken: "parity" }),
    call: ({ volumes }, { snapshotId }) =>
      volumes.create({ availabilityZone: ZONE, snapshotId, clientToken: "parity" }),
  },
  {
    name: "CreateVolume of neither size nor snapshot",
    command: () => new sdk.CreateVolumeCommand({ AvailabilityZone: ZONE, ClientToken: "parity" }),
    call: ({ volumes }) => volumes.create({ availabilityZone: ZONE, clientToken: "parity" }),
  },
  {
    name: "CreateVolume smaller than its type's least",
    command: () =>
      new sdk.CreateVolumeCommand({ AvailabilityZone: ZONE, Size: 1, VolumeType: "st1", ClientToken: "parity" }),
    call: ({ volumes }) => volumes.create({ availabilityZone: ZONE, sizeGiB: 1, type: "st1", clientToken: "parity" }),
  },
  {
    name: "CreateVolume in a zone that there is not",
    command: () => new sdk.CreateVolumeCommand({ AvailabilityZone: "us-east-1z", Size: 1, ClientToken: "parity" }),
    call: ({ volumes }) => volumes.create({ availabilityZone: "us-east-1z", sizeGiB: 1, clientToken: "parity" }),
  },
  {
    name: "CreateVolume of a snapshot that there is not",
    command: () =>
      new sdk.CreateVolumeCommand({ AvailabilityZone: ZONE, SnapshotId: NO_SNAPSHOT, ClientToken: "parity" }),
    call: ({ volumes }) => volumes.create({ availabilityZone: ZONE, snapshotId: NO_SNAPSHOT, clientToken: "parity" }),
  },
  {
    name: "AttachVolume",
    command: ({ volumeId, stoppedId }) =>
      new sdk.AttachVolumeCommand({ VolumeId: volumeId, InstanceId: stoppedId, Device: "/dev/sdg" }),
    call: ({ volumes }, { volumeId, stoppedId }) =>
      volumes.attach({ volumeId, instanceId: stoppedId, device: "/dev/sdg" }),
  },
  {
    name: "AttachVolume of one that is in use",
    command: ({ attachedId, instanceId }) =>
      new sdk.AttachVolumeCommand({ VolumeId: attachedId, InstanceId: instanceId, Device: "/dev/sdg" }),
    call: ({ volumes }, { attachedId, instanceId }) =>
      volumes.attach({ volumeId: attachedId, instanceId, device: "/dev/sdg" }),
  },
  {
    name: "AttachVolume to an instance that there is not",
    command: ({ volumeId }) =>
      new sdk.AttachVolumeCommand({ VolumeId: volumeId, InstanceId: NO_INSTANCE, Device: "/dev/sdg" }),
    call: ({ volumes }, { volumeId }) => volumes.attach({ volumeId, instanceId: NO_INSTANCE, device: "/dev/sdg" }),
  },
  {
    name: "DetachVolume",
    command: ({ attachedId }) => new sdk.DetachVolumeCommand({ VolumeId: attachedId }),
    call: ({ volumes }, { attachedId }) => volumes.detach({ volumeId: attachedId }),
  },
  {
    name: "DetachVolume of one that is not attached",
    command: ({ volumeId }) => new sdk.DetachVolumeCommand({ VolumeId: volumeId }),
    call: ({ volumes }, { volumeId }) => volumes.detach({ volumeId }),
  },
  {
    name: "DetachVolume of a root that runs",
    command: ({ rootId }) => new sdk.DetachVolumeCommand({ VolumeId: rootId }),
    call: ({ volumes }, { rootId }) => volumes.detach({ volumeId: rootId }),
  },
  {
    name: "DeleteVolume",
    command: ({ volumeId }) => new sdk.DeleteVolumeCommand({ VolumeId: volumeId }),
    call: ({ volumes }, { volumeId }) => volumes.delete(volumeId),
  },
  {
    name: "DeleteVolume of one that is in use",
    command: ({ attachedId }) => new sdk.DeleteVolumeCommand({ VolumeId: attachedId }),
    call: ({ volumes }, { attachedId }) => volumes.delete(attachedId),
  },
  {
    name: "DeleteVolume of one that there is not",
    command: () => new sdk.DeleteVolumeCommand({ VolumeId: NO_VOLUME }),
    call: ({ volumes }) => volumes.delete(NO_VOLUME),
  },
  {
    name: "DeleteVolume by an id that is none",
    command: () => new sdk.DeleteVolumeCommand({ VolumeId: "volume" }),
    call: ({ volumes }) => volumes.delete("volume"),
  },
  {
    name: "ModifyVolume",
    command: ({ volumeId }) => new sdk.ModifyVolumeCommand({ VolumeId: volumeId, Size: 8, VolumeType: "gp3" }),
    call: ({ volumes }, { volumeId }) => volumes.modify({ volumeId, sizeGiB: 8, type: "gp3" }),
  },
  {
    name: "ModifyVolume to less",
    command: ({ volumeId }) => new sdk.ModifyVolumeCommand({ VolumeId: volumeId, Size: 1 }),
    call: ({ volumes }, { volumeId }) => volumes.modify({ volumeId, sizeGiB: 1 }),
  },
  {
    name: "ModifyInstanceAttribute blockDeviceMapping",
    command: ({ instanceId }) =>
      new sdk.ModifyInstanceAttributeCommand({
        InstanceId: instanceId,
        BlockDeviceMappings: [{ DeviceName: "/dev/sdf", Ebs: { DeleteOnTermination: true } }],
      }),
    call: ({ volumes }, { attachedId }) => volumes.setDeleteOnTermination(attachedId, true),
  },
];

const SNAPSHOTS: Case[] = [
  {
    name: "CreateSnapshot",
    command: ({ volumeId }) =>
      new sdk.CreateSnapshotCommand({
        VolumeId: volumeId,
        Description: "of a test",
        TagSpecifications: tags("snapshot"),
      }),
    call: ({ snapshots }, { volumeId }) =>
      snapshots.create({ volumeId, description: "of a test", tags: { Name: "web" } }),
  },
  {
    name: "CreateSnapshot of a volume that there is not",
    command: () => new sdk.CreateSnapshotCommand({ VolumeId: NO_VOLUME }),
    call: ({ snapshots }) => snapshots.create({ volumeId: NO_VOLUME }),
  },
  {
    name: "CreateSnapshots",
    command: ({ instanceId }) =>
      new sdk.CreateSnapshotsCommand({ InstanceSpecification: { InstanceId: instanceId, ExcludeBootVolume: true } }),
    call: ({ snapshots }, { instanceId }) => snapshots.createMany({ instanceId, excludeBootVolume: true }),
  },
  {
    name: "CopySnapshot",
    command: ({ snapshotId }) =>
      new sdk.CopySnapshotCommand({
        SourceSnapshotId: snapshotId,
        SourceRegion: "us-east-1",
        Encrypted: true,
        TagSpecifications: tags("snapshot"),
      }),
    call: ({ snapshots }, { snapshotId }) =>
      snapshots.copy({ snapshotId, sourceRegion: "us-east-1", encrypted: true, tags: { Name: "web" } }),
  },
  {
    name: "DeleteSnapshot",
    command: ({ snapshotId }) => new sdk.DeleteSnapshotCommand({ SnapshotId: snapshotId }),
    call: ({ snapshots }, { snapshotId }) => snapshots.delete(snapshotId),
  },
  {
    name: "DeleteSnapshot of one that there is not",
    command: () => new sdk.DeleteSnapshotCommand({ SnapshotId: NO_SNAPSHOT }),
    call: ({ snapshots }) => snapshots.delete(NO_SNAPSHOT),
  },
  {
    name: "ModifySnapshotAttribute",
    command: ({ snapshotId }) =>
      new sdk.ModifySnapshotAttributeCommand({
        SnapshotId: snapshotId,
        CreateVolumePermission: { Add: [{ UserId: OTHER }] },
      }),
    call: ({ snapshots }, { snapshotId }) => snapshots.share(snapshotId, { add: [OTHER] }),
  },
  {
    name: "ResetSnapshotAttribute",
    command: ({ snapshotId }) =>
      new sdk.ResetSnapshotAttributeCommand({ SnapshotId: snapshotId, Attribute: "createVolumePermission" }),
    call: ({ snapshots }, { snapshotId }) => snapshots.share(snapshotId, { reset: true }),
  },
];

const IMAGES: Case[] = [
  {
    name: "CreateImage",
    command: ({ stoppedId }) =>
      new sdk.CreateImageCommand({
        InstanceId: stoppedId,
        Name: "of a test",
        Description: "web",
        TagSpecifications: [...tags("image"), ...tags("snapshot")],
      }),
    call: ({ images }, { stoppedId }) =>
      images.createFromInstance({
        instanceId: stoppedId,
        name: "of a test",
        description: "web",
        tags: { Name: "web" },
        snapshotTags: { Name: "web" },
      }),
  },
  {
    name: "CreateImage of a name that there is",
    command: ({ stoppedId }) => new sdk.CreateImageCommand({ InstanceId: stoppedId, Name: "web image" }),
    call: ({ images }, { stoppedId }) => images.createFromInstance({ instanceId: stoppedId, name: "web image" }),
  },
  {
    name: "CreateImage of a name that is none",
    command: ({ stoppedId }) => new sdk.CreateImageCommand({ InstanceId: stoppedId, Name: "#" }),
    call: ({ images }, { stoppedId }) => images.createFromInstance({ instanceId: stoppedId, name: "#" }),
  },
  {
    name: "RegisterImage",
    command: ({ snapshotId }) =>
      new sdk.RegisterImageCommand({
        Name: "registered",
        RootDeviceName: "/dev/sda1",
        BlockDeviceMappings: [{ DeviceName: "/dev/sda1", Ebs: { SnapshotId: snapshotId } }],
        TagSpecifications: tags("image"),
      }),
    call: ({ images }, { snapshotId }) =>
      images.register({
        name: "registered",
        snapshotId,
        blockDevices: [{ device: "/dev/sda1", ebs: { snapshotId } }],
        tags: { Name: "web" },
      }),
  },
  {
    name: "CopyImage",
    command: ({ imageId }) =>
      new sdk.CopyImageCommand({
        SourceImageId: imageId,
        SourceRegion: "us-east-1",
        Name: "copied",
        CopyImageTags: true,
        ClientToken: "parity",
      }),
    call: ({ images }, { imageId }) =>
      images.copy({
        image: imageId,
        sourceRegion: "us-east-1",
        name: "copied",
        copyTags: true,
        clientToken: "parity",
      }),
  },
  {
    name: "DeregisterImage",
    command: ({ imageId }) => new sdk.DeregisterImageCommand({ ImageId: imageId, DeleteAssociatedSnapshots: true }),
    call: ({ images }, { imageId }) => images.deregister(imageId, { deleteAssociatedSnapshots: true }),
  },
  {
    name: "DeregisterImage of one that comes with the page",
    command: ({ tinyId }) => new sdk.DeregisterImageCommand({ ImageId: tinyId }),
    call: ({ images }, { tinyId }) => images.deregister(tinyId),
  },
  {
    name: "DeregisterImage by an id that is none",
    command: () => new sdk.DeregisterImageCommand({ ImageId: "tiny" }),
    call: ({ images }) => images.deregister("tiny"),
  },
  {
    name: "ModifyImageAttribute description",
    command: ({ imageId }) => new sdk.ModifyImageAttributeCommand({ ImageId: imageId, Description: { Value: "new" } }),
    call: ({ images }, { imageId }) => images.setDescription(imageId, "new"),
  },
  {
    name: "ModifyImageAttribute launchPermission",
    command: ({ imageId }) =>
      new sdk.ModifyImageAttributeCommand({ ImageId: imageId, LaunchPermission: { Add: [{ Group: "all" }] } }),
    call: ({ images }, { imageId }) => images.share(imageId, { add: ["all"] }),
  },
  {
    name: "ModifyImageAttribute launchPermission of no account",
    command: ({ imageId }) =>
      new sdk.ModifyImageAttributeCommand({ ImageId: imageId, LaunchPermission: { Add: [{ UserId: "alice" }] } }),
    call: ({ images }, { imageId }) => images.share(imageId, { add: ["alice"] }),
  },
  {
    name: "ResetImageAttribute",
    command: ({ imageId }) => new sdk.ResetImageAttributeCommand({ ImageId: imageId, Attribute: "launchPermission" }),
    call: ({ images }, { imageId }) => images.share(imageId, { reset: true }),
  },
  {
    name: "EnableImageDeprecation",
    command: ({ imageId }) =>
      new sdk.EnableImageDeprecationCommand({ ImageId: imageId, DeprecateAt: new Date("2031-01-01T00:00:00Z") }),
    call: ({ images }, { imageId }) => images.setDeprecation(imageId, new Date("2031-01-01T00:00:00Z")),
  },
  {
    name: "DisableImageDeprecation",
    command: ({ imageId }) => new sdk.DisableImageDeprecationCommand({ ImageId: imageId }),
    call: ({ images }, { imageId }) => images.setDeprecation(imageId, null),
  },
  {
    name: "DisableImage",
    command: ({ imageId }) => new sdk.DisableImageCommand({ ImageId: imageId }),
    call: ({ images }, { imageId }) => images.disable(imageId),
  },
  {
    name: "EnableImage of one that is enabled",
    command: ({ imageId }) => new sdk.EnableImageCommand({ ImageId: imageId }),
    call: ({ images }, { imageId }) => images.enable(imageId),
  },
];

const OTHERS: Case[] = [
  {
    name: "ImportKeyPair",
    command: () =>
      new sdk.ImportKeyPairCommand({
        KeyName: "mine",
        PublicKeyMaterial: new TextEncoder().encode(PUBLIC_KEY),
        TagSpecifications: tags("key-pair"),
      }),
    call: ({ keyPairs }) => keyPairs.import({ name: "mine", publicKey: PUBLIC_KEY, tags: { Name: "web" } }),
  },
  {
    name: "ImportKeyPair of what is no key",
    command: () =>
      new sdk.ImportKeyPairCommand({ KeyName: "mine", PublicKeyMaterial: new TextEncoder().encode("ssh-dss AAAA") }),
    call: ({ keyPairs }) => keyPairs.import({ name: "mine", publicKey: "ssh-dss AAAA" }),
  },
  {
    name: "CreateKeyPair of a name that there is",
    command: () => new sdk.CreateKeyPairCommand({ KeyName: "web", KeyType: "ed25519" }),
    call: ({ keyPairs }) => keyPairs.create({ name: "web", type: "ed25519" }),
  },
  {
    name: "DeleteKeyPair",
    command: ({ keyId }) => new sdk.DeleteKeyPairCommand({ KeyPairId: keyId }),
    call: ({ keyPairs }, { keyId }) => keyPairs.delete(keyId),
  },
  {
    name: "DeleteKeyPair of one that there is not",
    command: () => new sdk.DeleteKeyPairCommand({ KeyPairId: "key-0123456789abcdef0" }),
    call: ({ keyPairs }) => keyPairs.delete("key-0123456789abcdef0"),
  },
  {
    name: "CreateLaunchTemplate",
    command: ({ tinyId }) =>
      new sdk.CreateLaunchTemplateCommand({
        LaunchTemplateName: "new",
        LaunchTemplateData: { ImageId: tinyId, KeyName: "web" },
        ClientToken: "parity",
        TagSpecifications: tags("launch-template"),
      }),
    call: ({ launchTemplates }, { tinyId }) =>
      launchTemplates.create({
        name: "new",
        data: { image: tinyId, keyName: "web" },
        clientToken: "parity",
        tags: { Name: "web" },
      }),
  },
  {
    name: "CreateLaunchTemplate of a name that there is",
    command: ({ tinyId }) =>
      new sdk.CreateLaunchTemplateCommand({
        LaunchTemplateName: "web",
        LaunchTemplateData: { ImageId: tinyId },
        ClientToken: "parity",
      }),
    call: ({ launchTemplates }, { tinyId }) =>
      launchTemplates.create({ name: "web", data: { image: tinyId }, clientToken: "parity" }),
  },
  {
    name: "CreateLaunchTemplateVersion",
    command: ({ templateId }) =>
      new sdk.CreateLaunchTemplateVersionCommand({
        LaunchTemplateId: templateId,
        SourceVersion: "1",
        LaunchTemplateData: { KeyName: "web" },
        ClientToken: "parity",
      }),
    call: ({ launchTemplates }, { templateId }) =>
      launchTemplates.createVersion({
        id: templateId,
        sourceVersion: "1",
        data: { keyName: "web" },
        clientToken: "parity",
      }),
  },
  {
    name: "ModifyLaunchTemplate to a version that there is not",
    command: ({ templateId }) =>
      new sdk.ModifyLaunchTemplateCommand({ LaunchTemplateId: templateId, DefaultVersion: "7" }),
    call: ({ launchTemplates }, { templateId }) => launchTemplates.setDefaultVersion({ id: templateId, version: "7" }),
  },
  {
    name: "DeleteLaunchTemplate",
    command: ({ templateId }) => new sdk.DeleteLaunchTemplateCommand({ LaunchTemplateId: templateId }),
    call: ({ launchTemplates }, { templateId }) => launchTemplates.delete({ id: templateId }),
  },
  {
    name: "EnableEbsEncryptionByDefault",
    command: () => new sdk.EnableEbsEncryptionByDefaultCommand({}),
    call: ({ encryption }) => encryption.setEncryptByDefault(true),
  },
];

/** One cloud, and what was seen of a call to it. */
class Side {
  readonly #lab = new Ec2Lab();
  readonly #passages: Passage[] = [];
  #client: sdk.EC2Client | undefined;
  #api: TabCloud | undefined;
  #things: Things | undefined;

  async open(): Promise<this> {
    this.#client = await this.#lab.open();
    const { cloud } = this.#lab;
    this.#api = new TabCloud("owner", new LocalBackend(cloud), TEST_HOST);
    this.#things = await makeThings(this.#api);
    await settle();
    const { gate } = cloud.access;
    const authorize = gate.authorize.bind(gate);
    gate.authorize = (passage) => {
      this.#passages.push(passage);
      authorize(passage);
    };
    return this;
  }

  async ec2({ command }: Case) {
    const client = this.#client as sdk.EC2Client;
    return await this.#seen(() => client.send(command(this.#things as Things) as sdk.RunInstancesCommand));
  }

  async api({ call }: Case) {
    return await this.#seen(() => call(this.#api as TabCloud, this.#things as Things));
  }

  /** What there is to be seen of a call: its outcome, its entry in the log, what policies were asked, events, records. */
  async #seen(work: () => Promise<unknown>) {
    const { cloud } = this.#lab;
    const began = cloud.events.list().length;
    // EC2 answers when something has begun, our API when it is done.
    const outcome = await work().then(
      () => "done",
      ({ code, name, message }: Error & { code?: string }) => `${code ?? name}: ${message}`,
    );
    await settle();
    const [entry] = await cloud.access.audit.list({}, 1);
    const [passage] = this.#passages;
    const { action, readOnly, region, principal, resources, errorCode, errorMessage } = entry ?? {};
    return {
      outcome,
      entry: { action, readOnly, region, principal, resources, errorCode, errorMessage },
      questions: passage?.touched,
      events: cloud.events.list().slice(began),
      records: this.#lab.lab.disk
        .database("cloud")
        .dump()
        .filter(([key]) => !["audit", "audit-series", "client-token"].includes(String(key[1])))
        .map(textOf),
    };
  }
}

/** In whatever order its parts were written. Keys are made by chance. */
const textOf = (stored: unknown): string =>
  JSON.stringify(stored, (name, value: unknown) => {
    if (name === "wrapped") return "a key";
    const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
    return isObject ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))) : value;
  });

async function makeThings({ instances, volumes, snapshots, images, keyPairs, launchTemplates }: TabCloud) {
  await keyPairs.import({ name: "web", publicKey: PUBLIC_KEY });
  const launch = async (name: string, more = {}) => {
    const [vm] = await instances.launch({ image: "tiny", type: "v1.nano", name, availabilityZone: ZONE, ...more });
    if (vm === undefined) throw new Error("nothing was launched");
    await settle();
    return vm;
  };
  const vm = await launch("one");
  const stopped = await launch("two");
  await stopped.stop();
  const safe = await launch("three", { disableApiTermination: true });
  const volume = await volumes.create({ availabilityZone: ZONE, sizeGiB: 4 });
  const attached = await volumes.create({ availabilityZone: ZONE, sizeGiB: 4 });
  await volumes.attach({ volumeId: attached.id, instanceId: vm.id, device: "/dev/sdf" });
  const snapshot = await snapshots.create({ volumeId: volume.id });
  const image = await images.createFromInstance({ instanceId: stopped.id, name: "web image", tags: { of: "test" } });
  const template = await launchTemplates.create({ name: "web", data: { image: "tiny", type: "v1.nano" } });
  return {
    instanceId: vm.id,
    stoppedId: stopped.id,
    protectedId: safe.id,
    rootId: vm.rootVolumeId,
    volumeId: volume.id,
    attachedId: attached.id,
    snapshotId: snapshot.id,
    imageId: image.id,
    tinyId: vm.imageId,
    keyId: keyPairs.list()[0]?.id ?? "",
    templateId: template.id,
  };
}

describe("F72 by EC2's protocol and by this cloud's own API", () => {
  it.each([...INSTANCES, ...VOLUMES, ...SNAPSHOTS, ...IMAGES, ...OTHERS])("$name is the same", async (one) => {
    const [ec2, api] = await Promise.all([
      new Side().open().then((side) => side.ec2(one)),
      new Side().open().then((side) => side.api(one)),
    ]);
    expect(api).toEqual(ec2);
  });
});
