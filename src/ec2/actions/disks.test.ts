import {
  AttachVolumeCommand,
  CreateImageCommand,
  CreateSnapshotCommand,
  CreateSnapshotsCommand,
  CreateVolumeCommand,
  type CreateVolumeCommandInput,
  DeleteSnapshotCommand,
  DeleteVolumeCommand,
  DeregisterImageCommand,
  DescribeImagesCommand,
  type DescribeImagesCommandInput,
  DescribeSnapshotsCommand,
  type DescribeSnapshotsCommandInput,
  DescribeVolumesCommand,
  type DescribeVolumesCommandInput,
  DescribeVolumesModificationsCommand,
  DetachVolumeCommand,
  type EC2Client,
  ModifyVolumeCommand,
  RunInstancesCommand,
  waitUntilImageAvailable,
  waitUntilSnapshotCompleted,
  waitUntilVolumeAvailable,
  waitUntilVolumeInUse,
} from "@aws-sdk/client-ec2";
import { beforeEach, describe, expect, it } from "vitest";
import { ACCOUNT, openLab } from "../../../test/support/ec2-lab.ts";
import { settle } from "../../../test/support/fake-clock.ts";

const ZONE = "us-east-1a";

let ec2: EC2Client;
let imageId: string;

beforeEach(async () => {
  ({ ec2, imageId } = await openLab());
});

const wait = () => ({ client: ec2, maxWaitTime: 10, minDelay: 0.01, maxDelay: 0.01 });
const filter = (Name: string, ...Values: string[]) => ({ Name, Values });

async function create(input: Partial<CreateVolumeCommandInput> = {}): Promise<string> {
  const volume = await ec2.send(new CreateVolumeCommand({ AvailabilityZone: ZONE, Size: 1, ...input }));
  return volume.VolumeId ?? "";
}

async function runOne(): Promise<string> {
  const { Instances: instances } = await ec2.send(
    new RunInstancesCommand({ ImageId: imageId, MinCount: 1, MaxCount: 1 }),
  );
  await settle();
  return instances?.[0]?.InstanceId ?? "";
}

const volumes = async (input: DescribeVolumesCommandInput = {}) =>
  (await ec2.send(new DescribeVolumesCommand(input))).Volumes ?? [];
const snapshots = async (input: DescribeSnapshotsCommandInput = {}) =>
  (await ec2.send(new DescribeSnapshotsCommand(input))).Snapshots ?? [];
const images = async (input: DescribeImagesCommandInput = {}) =>
  (await ec2.send(new DescribeImagesCommand(input))).Images ?? [];

describe("volumes", () => {
  it("F39 F40 F41 F42 are made, attached, grown, detached and deleted", async () => {
    const instance = await runOne();
    const id = await create({
      VolumeType: "gp3",
      Iops: 3000,
      Encrypted: false,
      TagSpecifications: [{ ResourceType: "volume", Tags: [{ Key: "Name", Value: "data" }] }],
    });
    await waitUntilVolumeAvailable(wait(), { VolumeIds: [id] });
    expect((await volumes({ VolumeIds: [id] }))[0]).toMatchObject({
      Size: 1,
      SnapshotId: "",
      AvailabilityZone: ZONE,
      State: "available",
      VolumeType: "gp3",
      Iops: 3000,
      Throughput: 125,
      Encrypted: false,
      Attachments: [],
      Tags: [{ Key: "Name", Value: "data" }],
    });
    const attached = await ec2.send(
      new AttachVolumeCommand({ VolumeId: id, InstanceId: instance, Device: "/dev/sdf" }),
    );
    expect(attached).toMatchObject({ VolumeId: id, InstanceId: instance, Device: "/dev/sdf", State: "attaching" });
    await waitUntilVolumeInUse(wait(), { VolumeIds: [id] });
    const { VolumeModification: modification } = await ec2.send(new ModifyVolumeCommand({ VolumeId: id, Size: 2 }));
    expect(modification).toMatchObject({
      OriginalSize: 1,
      TargetSize: 2,
      ModificationState: "modifying",
      Progress: 0,
    });
    await settle();
    const { VolumesModifications: modifications } = await ec2.send(
      new DescribeVolumesModificationsCommand({ VolumeIds: [id] }),
    );
    expect(modifications).toMatchObject([{ ModificationState: "completed", Progress: 100, OriginalSize: 1 }]);
    await expect(ec2.send(new DeleteVolumeCommand({ VolumeId: id }))).rejects.toMatchObject({ name: "VolumeInUse" });
    expect(await ec2.send(new DetachVolumeCommand({ VolumeId: id }))).toMatchObject({ State: "detaching" });
    await waitUntilVolumeAvailable(wait(), { VolumeIds: [id] });
    await ec2.send(new DeleteVolumeCommand({ VolumeId: id }));
    await expect(volumes({ VolumeIds: [id] })).rejects.toMatchObject({ name: "InvalidVolume.NotFound" });
  });

  it.each<[string, Partial<CreateVolumeCommandInput>, string]>([
    ["F39 neither size nor snapshot", { Size: undefined }, "MissingParameter"],
    ["F39 too small a size for the type", { VolumeType: "st1" }, "InvalidParameterValue"],
    ["F39 IOPS for a type without", { Iops: 500 }, "InvalidParameterDependency"],
    ["F39 an unknown type", { VolumeType: "gp9" as never }, "InvalidParameterValue"],
    ["F39 an unknown snapshot", { SnapshotId: "snap-00000000000000000" }, "InvalidSnapshot.NotFound"],
    ["no zone", { AvailabilityZone: undefined }, "MissingParameter"],
    ["F79 another region's zone", { AvailabilityZone: "us-west-2a" }, "InvalidParameterValue"],
    ["a key of KMS, which there is not", { KmsKeyId: "alias/x" }, "UnsupportedOperation"],
    ["F73 a dry run", { DryRun: true }, "DryRunOperation"],
  ])("are not made with %s", async (_, input, name) => {
    await expect(create(input)).rejects.toMatchObject({ name });
    expect(await volumes()).toEqual([]);
  });

  it("F74 are made once for a client token", async () => {
    const id = await create({ ClientToken: "token" });
    expect(await create({ ClientToken: "token" })).toBe(id);
    await expect(create({ ClientToken: "token", Size: 2 })).rejects.toMatchObject({
      name: "IdempotentParameterMismatch",
    });
  });

  it("F75 F76 are filtered, and come page by page", async () => {
    const instance = await runOne();
    for (let size = 1; size <= 6; size++) await create({ Size: size });
    expect(await volumes({ Filters: [filter("attachment.instance-id", instance)] })).toHaveLength(1);
    expect(await volumes({ Filters: [filter("size", "1", "6"), filter("status", "avail*")] })).toHaveLength(2);
    expect(await volumes({ Filters: [filter("tag-key", "*")] })).toEqual([]);
    const first = await ec2.send(new DescribeVolumesCommand({ MaxResults: 5 }));
    const second = await ec2.send(new DescribeVolumesCommand({ MaxResults: 5, NextToken: first.NextToken }));
    expect([first.Volumes?.length, second.Volumes?.length, second.NextToken]).toEqual([5, 2, undefined]);
  });

  it("F41 an attachment that there is not is InvalidAttachment.NotFound", async () => {
    const instance = await runOne();
    const id = await create();
    await ec2.send(new AttachVolumeCommand({ VolumeId: id, InstanceId: instance, Device: "/dev/sdf" }));
    await expect(ec2.send(new DetachVolumeCommand({ VolumeId: id, Device: "/dev/sdg" }))).rejects.toMatchObject({
      name: "InvalidAttachment.NotFound",
    });
    await expect(
      ec2.send(new AttachVolumeCommand({ VolumeId: "vol-x", InstanceId: instance, Device: "/dev/sdf" })),
    ).rejects.toMatchObject({ name: "InvalidVolumeID.Malformed" });
  });
});

describe("snapshots", () => {
  it("F49 are taken, described, restored and deleted", async () => {
    const volume = await create({ Size: 3 });
    const { SnapshotId: id = "" } = await ec2.send(
      new CreateSnapshotCommand({
        VolumeId: volume,
        Description: "before",
        TagSpecifications: [{ ResourceType: "snapshot", Tags: [{ Key: "a", Value: "b" }] }],
      }),
    );
    await waitUntilSnapshotCompleted(wait(), { SnapshotIds: [id] });
    expect(
      await snapshots({ OwnerIds: ["self"], Filters: [filter("volume-id", volume), filter("tag:a", "b")] }),
    ).toMatchObject([
      {
        SnapshotId: id,
        VolumeId: volume,
        VolumeSize: 3,
        State: "completed",
        Progress: "100%",
        OwnerId: ACCOUNT,
        Description: "before",
        Tags: [{ Key: "a", Value: "b" }],
      },
    ]);
    expect(await snapshots({ OwnerIds: ["999999999999"] })).toEqual([]);
    const restored = await create({ Size: undefined, SnapshotId: id });
    expect((await volumes({ VolumeIds: [restored] }))[0]).toMatchObject({ Size: 3, SnapshotId: id });
    await ec2.send(new DeleteSnapshotCommand({ SnapshotId: id }));
    await expect(snapshots({ SnapshotIds: [id] })).rejects.toMatchObject({ name: "InvalidSnapshot.NotFound" });
    await expect(ec2.send(new CreateSnapshotCommand({ VolumeId: "vol-00000000000000000" }))).rejects.toMatchObject({
      name: "InvalidVolume.NotFound",
    });
  });

  it("F50 of all volumes of an instance are taken together", async () => {
    const instance = await runOne();
    const data = await create();
    await ec2.send(new AttachVolumeCommand({ VolumeId: data, InstanceId: instance, Device: "/dev/sdf" }));
    const take = (ExcludeBootVolume: boolean) =>
      ec2.send(new CreateSnapshotsCommand({ InstanceSpecification: { InstanceId: instance, ExcludeBootVolume } }));
    expect((await take(false)).Snapshots).toHaveLength(2);
    const { Snapshots: taken = [] } = await take(true);
    expect(taken).toMatchObject([{ VolumeId: data, State: "pending" }]);
    await waitUntilSnapshotCompleted(wait(), { SnapshotIds: [taken[0]?.SnapshotId ?? ""] });
  });
});

describe("images", () => {
  it("F27 F31 those that come with the page are public, and nobody's own", async () => {
    const [image] = await images({ Owners: ["amazon"], Filters: [filter("name", "tiny")] });
    expect(image).toMatchObject({
      ImageId: imageId,
      Public: true,
      State: "available",
      ImageOwnerAlias: "amazon",
      RootDeviceName: "/dev/vda",
      RootDeviceType: "ebs",
      BlockDeviceMappings: [{ DeviceName: "/dev/vda", Ebs: { DeleteOnTermination: true } }],
    });
    expect(await images({ Owners: ["self"] })).toEqual([]);
    expect(await images({ ExecutableUsers: ["all"] })).toHaveLength(1);
    await expect(ec2.send(new DeregisterImageCommand({ ImageId: imageId }))).rejects.toMatchObject({
      name: "AuthFailure",
    });
  });

  it("F29 F33 are made of instances, launched from, and deregistered", async () => {
    const instance = await runOne();
    const { ImageId: id = "" } = await ec2.send(
      new CreateImageCommand({ InstanceId: instance, Name: "mine", Description: "d", NoReboot: true }),
    );
    await waitUntilImageAvailable(wait(), { ImageIds: [id] });
    const [image] = await images({ Owners: ["self"] });
    expect(image).toMatchObject({ ImageId: id, Name: "mine", Public: false, OwnerId: ACCOUNT, Description: "d" });
    const snapshot = image?.BlockDeviceMappings?.[0]?.Ebs?.SnapshotId ?? "";
    await expect(ec2.send(new DeleteSnapshotCommand({ SnapshotId: snapshot }))).rejects.toMatchObject({
      name: "InvalidSnapshot.InUse",
    });
    await expect(ec2.send(new CreateImageCommand({ InstanceId: instance, Name: "mine" }))).rejects.toMatchObject({
      name: "InvalidAMIName.Duplicate",
    });
    await ec2.send(new RunInstancesCommand({ ImageId: id, MinCount: 1, MaxCount: 1 }));
    await ec2.send(new DeregisterImageCommand({ ImageId: id }));
    await expect(ec2.send(new RunInstancesCommand({ ImageId: id, MinCount: 1, MaxCount: 1 }))).rejects.toMatchObject({
      name: "InvalidAMIID.Unavailable",
    });
    await expect(images({ ImageIds: [id] })).rejects.toMatchObject({ name: "InvalidAMIID.NotFound" });
    await expect(images({ ImageIds: ["mine"] })).rejects.toMatchObject({ name: "InvalidAMIID.Malformed" });
  });
});
