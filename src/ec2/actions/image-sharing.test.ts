import {
  CopyImageCommand,
  CopySnapshotCommand,
  CreateImageCommand,
  CreateSnapshotCommand,
  CreateTagsCommand,
  CreateVolumeCommand,
  DeleteSnapshotCommand,
  DeregisterImageCommand,
  DescribeImageAttributeCommand,
  DescribeImagesCommand,
  type DescribeImagesCommandInput,
  DescribeSnapshotAttributeCommand,
  DescribeSnapshotsCommand,
  DisableImageCommand,
  DisableImageDeprecationCommand,
  type EC2Client,
  EnableImageCommand,
  EnableImageDeprecationCommand,
  ModifyImageAttributeCommand,
  type ModifyImageAttributeCommandInput,
  ModifySnapshotAttributeCommand,
  RegisterImageCommand,
  ResetImageAttributeCommand,
  ResetSnapshotAttributeCommand,
  RunInstancesCommand,
  waitUntilImageAvailable,
  waitUntilSnapshotCompleted,
  waitUntilVolumeAvailable,
} from "@aws-sdk/client-ec2";
import { beforeEach, describe, expect, it } from "vitest";
import { ACCOUNT, Ec2Lab } from "../../../test/support/ec2-lab.ts";
import { settle } from "../../../test/support/fake-clock.ts";

const OTHER = "210987654321";
const THIRD = "333333333333";

let lab: Ec2Lab;
/** The default account's root user, and those of two others. */
let mine: EC2Client;
let theirs: EC2Client;
let third: EC2Client;

beforeEach(async () => {
  lab = new Ec2Lab();
  mine = await lab.open();
  theirs = await account(OTHER);
  third = await account(THIRD);
});

async function account(accountId: string): Promise<EC2Client> {
  const { accounts, accessKeys } = lab.cloud.access.directory;
  await accounts.create(accountId, `account-${accountId}`);
  const key = { accessKeyId: `AKIA${accountId}AAAA`, secretAccessKey: `secret-of-${accountId}-0123456789012` };
  await accessKeys.import({ accountId }, key.accessKeyId, key.secretAccessKey);
  return lab.client(key);
}

const wait = (client: EC2Client) => ({ client, maxWaitTime: 10, minDelay: 0.01, maxDelay: 0.01 });
const fails = (name: string) => expect.objectContaining({ name });

async function run(client: EC2Client, ImageId: string): Promise<string> {
  const { Instances: instances } = await client.send(new RunInstancesCommand({ ImageId, MinCount: 1, MaxCount: 1 }));
  await settle();
  return instances?.[0]?.InstanceId ?? "";
}

async function image(client: EC2Client, from: string, Name = "mine"): Promise<string> {
  const InstanceId = await run(client, from);
  const { ImageId: id = "" } = await client.send(
    new CreateImageCommand({
      InstanceId,
      Name,
      NoReboot: true,
      TagSpecifications: [{ ResourceType: "image", Tags: [{ Key: "secret", Value: "plan" }] }],
    }),
  );
  await waitUntilImageAvailable(wait(client), { ImageIds: [id] });
  return id;
}

const tiny = async () => (await lab.cloud.images.get("tiny")).id;
const images = async (client: EC2Client, input: DescribeImagesCommandInput = {}) =>
  (await client.send(new DescribeImagesCommand(input))).Images ?? [];
const ids = async (client: EC2Client, input: DescribeImagesCommandInput = {}) =>
  (await images(client, input)).map(({ ImageId: id }) => id);
const share = (id: string, input: Omit<ModifyImageAttributeCommandInput, "ImageId">, client = mine) =>
  client.send(new ModifyImageAttributeCommand({ ImageId: id, ...input }));
const permissions = async (id: string) =>
  (await mine.send(new DescribeImageAttributeCommand({ ImageId: id, Attribute: "launchPermission" })))
    .LaunchPermissions;

describe("F34 an image that is shared", () => {
  it("F27 is seen and launched by who was given it, without its owner's tags, and by nobody else", async () => {
    const id = await image(mine, await tiny());
    expect(await ids(theirs, { Owners: [ACCOUNT] })).toEqual([]);
    await expect(images(theirs, { ImageIds: [id] })).rejects.toThrow(fails("InvalidAMIID.NotFound"));
    await expect(run(theirs, id)).rejects.toThrow(fails("InvalidAMIID.NotFound"));
    await share(id, { LaunchPermission: { Add: [{ UserId: OTHER }] } });
    const [seen] = await images(theirs, { Owners: [ACCOUNT] });
    expect(seen).toMatchObject({ ImageId: id, OwnerId: ACCOUNT, Public: false, Tags: [] });
    expect(seen?.SourceInstanceId).toBeUndefined();
    expect(await ids(theirs, { ExecutableUsers: ["self"] })).toEqual([id]);
    expect(await ids(mine, { ExecutableUsers: [OTHER] })).toEqual([id]);
    expect(await ids(third, { ImageIds: undefined, Owners: [ACCOUNT] })).toEqual([]);
    const instance = await run(theirs, id);
    const own = await theirs.send(new CreateImageCommand({ InstanceId: instance, Name: "mine", NoReboot: true }));
    await waitUntilImageAvailable(wait(theirs), { ImageIds: [own.ImageId ?? ""] });
    expect(await images(theirs, { Owners: ["self"] })).toMatchObject([{ ImageId: own.ImageId, OwnerId: OTHER }]);
    await run(theirs, own.ImageId ?? "");
  });

  it("cannot be changed, deregistered, tagged or shared on by who was given it", async () => {
    const id = await image(mine, await tiny());
    await share(id, { LaunchPermission: { Add: [{ UserId: OTHER }] } });
    const refused = [
      () => share(id, { LaunchPermission: { Add: [{ UserId: THIRD }] } }, theirs),
      () => share(id, { Description: { Value: "theirs" } }, theirs),
      () => theirs.send(new DeregisterImageCommand({ ImageId: id })),
      () => theirs.send(new DisableImageCommand({ ImageId: id })),
      () => theirs.send(new DescribeImageAttributeCommand({ ImageId: id, Attribute: "launchPermission" })),
      () => theirs.send(new CreateTagsCommand({ Resources: [id], Tags: [{ Key: "a", Value: "b" }] })),
    ];
    for (const call of refused) await expect(call()).rejects.toThrow(fails("AuthFailure"));
    expect(await permissions(id)).toEqual([{ UserId: OTHER }]);
    await expect(theirs.send(new DeleteSnapshotCommand({ SnapshotId: await snapshotOf(id) }))).rejects.toThrow(
      fails("InvalidSnapshot.NotFound"),
    );
  });

  it("is so for all accounts at once, and for none any more", async () => {
    const id = await image(mine, await tiny());
    await share(id, { Attribute: "launchPermission", OperationType: "add", UserGroups: ["all"] });
    expect(await images(third, { ImageIds: [id] })).toMatchObject([{ Public: true }]);
    expect(await ids(third, { ExecutableUsers: ["all"] })).toEqual([await tiny(), id]);
    expect(await permissions(id)).toEqual([{ Group: "all" }]);
    await mine.send(new ResetImageAttributeCommand({ ImageId: id, Attribute: "launchPermission" }));
    expect(await permissions(id)).toEqual([]);
    await expect(run(third, id)).rejects.toThrow(fails("InvalidAMIID.NotFound"));
  });

  it("is given twice and taken back twice without an error", async () => {
    const id = await image(mine, await tiny());
    for (let i = 0; i < 2; i++) await share(id, { LaunchPermission: { Add: [{ UserId: OTHER }] } });
    expect(await permissions(id)).toEqual([{ UserId: OTHER }]);
    for (let i = 0; i < 2; i++) await share(id, { LaunchPermission: { Remove: [{ UserId: OTHER }] } });
    expect(await permissions(id)).toEqual([]);
  });

  it.each<[string, Omit<ModifyImageAttributeCommandInput, "ImageId">, string]>([
    [
      "an account of eleven digits beside a good one",
      { LaunchPermission: { Add: [{ UserId: OTHER }, { UserId: "12345678901" }] } },
      "InvalidAMIAttributeItemValue",
    ],
    [
      "a group that is not all",
      { LaunchPermission: { Add: [{ Group: "some" as never }] } },
      "InvalidAMIAttributeItemValue",
    ],
    ["all as an account", { LaunchPermission: { Add: [{ UserId: "all" }] } }, "InvalidAMIAttributeItemValue"],
    ["accounts without an operation", { Attribute: "launchPermission", UserIds: [OTHER] }, "MissingParameter"],
    ["nothing", {}, "InvalidParameterCombination"],
    [
      "two attributes",
      { Description: { Value: "d" }, LaunchPermission: { Add: [{ UserId: OTHER }] } },
      "InvalidParameterCombination",
    ],
    ["an organization", { OrganizationArns: ["arn:aws:organizations::1:o/x"] }, "UnsupportedOperation"],
    ["a dry run", { DryRun: true, Description: { Value: "d" } }, "DryRunOperation"],
  ])("is not changed at all by %s", async (_, input, name) => {
    const id = await image(mine, await tiny());
    await expect(share(id, input)).rejects.toThrow(fails(name));
    expect(await permissions(id)).toEqual([]);
    expect(await images(mine, { ImageIds: [id] })).toMatchObject([{ Description: "" }]);
  });

  it("F48 is not encrypted: such a one is not shared", async () => {
    await lab.cloud.encryption.setEncryptByDefault(true);
    const id = await image(mine, await tiny());
    await expect(share(id, { LaunchPermission: { Add: [{ UserId: OTHER }] } })).rejects.toMatchObject({
      name: "InvalidParameter",
      message: "Snapshots encrypted with the AWS Managed CMK can't be shared. Specify another snapshot.",
    });
    const snapshot = new ModifySnapshotAttributeCommand({
      SnapshotId: await snapshotOf(id),
      CreateVolumePermission: { Add: [{ UserId: OTHER }] },
    });
    await expect(mine.send(snapshot)).rejects.toMatchObject({
      name: "OperationNotPermitted",
      message: "Encrypted snapshots with EBS default key cannot be shared",
    });
    expect(await permissions(id)).toEqual([]);
  });

  it("F35 is copied by who has its snapshots too, and by nobody else", async () => {
    const id = await image(mine, await tiny());
    await share(id, { LaunchPermission: { Add: [{ UserId: OTHER }] } });
    const copy = () =>
      theirs.send(
        new CopyImageCommand({ SourceImageId: id, SourceRegion: "us-east-1", Name: "copy", CopyImageTags: true }),
      );
    await expect(copy()).rejects.toThrow(fails("InvalidRequest"));
    await mine.send(
      new ModifySnapshotAttributeCommand({
        SnapshotId: await snapshotOf(id),
        CreateVolumePermission: { Add: [{ UserId: OTHER }] },
      }),
    );
    const { ImageId: copied = "" } = await copy();
    await waitUntilImageAvailable(wait(theirs), { ImageIds: [copied] });
    expect(await images(theirs, { ImageIds: [copied] })).toMatchObject([
      { OwnerId: OTHER, SourceImageId: id, SourceImageRegion: "us-east-1", Tags: [] },
    ]);
  });
});

async function snapshotOf(id: string): Promise<string> {
  const [described] = await images(mine, { ImageIds: [id] });
  return described?.BlockDeviceMappings?.[0]?.Ebs?.SnapshotId ?? "";
}

describe("F33 F27 images that come and go", () => {
  it("are deprecated: others see them only when they ask, and launch them all the same", async () => {
    const id = await image(mine, await tiny());
    await share(id, { LaunchPermission: { Add: [{ Group: "all" }] } });
    // The SDK's time is the real one, the cloud's a test's.
    const at = new Date(lab.lab.clock.now() + 3_600_000);
    await mine.send(new EnableImageDeprecationCommand({ ImageId: id, DeprecateAt: at }));
    expect(await ids(theirs)).toContain(id);
    expect((await images(theirs, { ImageIds: [id] }))[0]?.DeprecationTime).toBe(
      new Date(Math.floor(at.getTime() / 60_000) * 60_000).toISOString(),
    );
    lab.lab.clock.advanceAtOnce(3_700_000);
    await settle();
    expect(await ids(theirs)).not.toContain(id);
    expect(await ids(theirs, { IncludeDeprecated: true })).toContain(id);
    expect(await ids(mine)).toContain(id);
    await run(theirs, id);
    await mine.send(new DisableImageDeprecationCommand({ ImageId: id }));
    expect(await ids(theirs)).toContain(id);
    await expect(
      mine.send(new EnableImageDeprecationCommand({ ImageId: id, DeprecateAt: new Date(0) })),
    ).rejects.toThrow(fails("InvalidParameterValue"));
  });

  it("are disabled: nobody launches them, they are shared no more, and their snapshots stay in use", async () => {
    const id = await image(mine, await tiny());
    await share(id, { LaunchPermission: { Add: [{ UserId: OTHER }] } });
    await mine.send(new DisableImageCommand({ ImageId: id }));
    await expect(run(mine, id)).rejects.toThrow(fails("InvalidAMIID.Unavailable"));
    await expect(run(theirs, id)).rejects.toThrow(fails("InvalidAMIID.NotFound"));
    expect(await ids(mine, { Owners: ["self"] })).toEqual([]);
    const [described] = await images(mine, { Owners: ["self"], IncludeDisabled: true });
    expect(described).toMatchObject({ ImageId: id, State: "disabled" });
    const SnapshotId = described?.BlockDeviceMappings?.[0]?.Ebs?.SnapshotId ?? "";
    await expect(mine.send(new DeleteSnapshotCommand({ SnapshotId }))).rejects.toThrow(fails("InvalidSnapshot.InUse"));
    await mine.send(new EnableImageCommand({ ImageId: id }));
    await run(mine, id);
    expect(await permissions(id)).toEqual([]);
  });

  it("are deregistered with their snapshots, once", async () => {
    const id = await image(mine, await tiny());
    const SnapshotId = await snapshotOf(id);
    const answer = await mine.send(new DeregisterImageCommand({ ImageId: id, DeleteAssociatedSnapshots: true }));
    expect(answer).toMatchObject({ Return: true, DeleteSnapshotResults: [{ SnapshotId, ReturnCode: "success" }] });
    await expect(mine.send(new DeregisterImageCommand({ ImageId: id }))).rejects.toThrow(
      fails("InvalidAMIID.Unavailable"),
    );
    await expect(mine.send(new DeregisterImageCommand({ ImageId: "ami-00000000000000000" }))).rejects.toThrow(
      fails("InvalidAMIID.NotFound"),
    );
  });

  it("F35 are copied to another region, and each is in its own", async () => {
    const id = await image(mine, await tiny());
    const west = lab.client({ region: "eu-west-1" });
    expect(await ids(west, { Owners: ["self"] })).toEqual([]);
    const input = {
      SourceImageId: id,
      SourceRegion: "us-east-1",
      Name: "mine",
      ClientToken: "once",
      CopyImageTags: true,
    };
    const { ImageId: copy = "" } = await west.send(new CopyImageCommand(input));
    await waitUntilImageAvailable(wait(west), { ImageIds: [copy] });
    expect((await west.send(new CopyImageCommand(input))).ImageId).toBe(copy);
    expect(await images(west, { Owners: ["self"] })).toMatchObject([
      { ImageId: copy, SourceImageId: id, SourceImageRegion: "us-east-1", Tags: [{ Key: "secret", Value: "plan" }] },
    ]);
    expect(await ids(mine, { Owners: ["self"] })).toEqual([id]);
    await run(west, copy);
    await expect(run(west, id)).rejects.toThrow(fails("InvalidAMIID.NotFound"));
    await expect(
      west.send(new CopyImageCommand({ ...input, ClientToken: undefined, SourceImageId: "ami-00000000000000000" })),
    ).rejects.toThrow(fails("InvalidAMIID.NotFound"));
  });

  it("F30 are registered of a snapshot, with volumes beside it, and launched", async () => {
    const { VolumeId: volume = "" } = await mine.send(
      new CreateVolumeCommand({ AvailabilityZone: "us-east-1a", Size: 2 }),
    );
    await waitUntilVolumeAvailable(wait(mine), { VolumeIds: [volume] });
    const { SnapshotId } = await mine.send(new CreateSnapshotCommand({ VolumeId: volume }));
    await waitUntilSnapshotCompleted(wait(mine), { SnapshotIds: [SnapshotId ?? ""] });
    const register = (BlockDeviceMappings: RegisterMappings) =>
      mine.send(
        new RegisterImageCommand({
          Name: "registered",
          Architecture: "i386",
          RootDeviceName: "/dev/xvda",
          VirtualizationType: "hvm",
          BlockDeviceMappings,
        }),
      );
    const root = { DeviceName: "/dev/xvda", Ebs: { SnapshotId, VolumeSize: 3, VolumeType: "gp3" as const } };
    await expect(register([])).rejects.toThrow(fails("InvalidBlockDeviceMapping"));
    await expect(register([root, { DeviceName: "/dev/sdb", VirtualName: "ephemeral0" }])).rejects.toThrow(
      fails("UnsupportedOperation"),
    );
    const { ImageId: id = "" } = await register([root, { DeviceName: "/dev/sdf", Ebs: { VolumeSize: 1 } }]);
    expect(await images(mine, { ImageIds: [id] })).toMatchObject([
      {
        State: "available",
        RootDeviceName: "/dev/xvda",
        BlockDeviceMappings: [
          { DeviceName: "/dev/xvda", Ebs: { SnapshotId, VolumeSize: 3, VolumeType: "gp3" } },
          { DeviceName: "/dev/sdf", Ebs: { VolumeSize: 1 } },
        ],
      },
    ]);
    await run(mine, id);
    await expect(register([root])).rejects.toThrow(fails("InvalidAMIName.Duplicate"));
  });
});

type RegisterMappings = NonNullable<ConstructorParameters<typeof RegisterImageCommand>[0]["BlockDeviceMappings"]>;

describe("F50 snapshots", () => {
  async function taken(): Promise<string> {
    const { VolumeId: id = "" } = await mine.send(new CreateVolumeCommand({ AvailabilityZone: "us-east-1a", Size: 2 }));
    await waitUntilVolumeAvailable(wait(mine), { VolumeIds: [id] });
    const { SnapshotId = "" } = await mine.send(new CreateSnapshotCommand({ VolumeId: id }));
    await waitUntilSnapshotCompleted(wait(mine), { SnapshotIds: [SnapshotId] });
    return SnapshotId;
  }
  const described = async (client: EC2Client, input: object = {}) =>
    ((await client.send(new DescribeSnapshotsCommand(input))).Snapshots ?? []).map(({ SnapshotId: id }) => id);
  const restore = (client: EC2Client, SnapshotId: string) =>
    client.send(new CreateVolumeCommand({ AvailabilityZone: "us-east-1a", SnapshotId }));

  it("are shared: others make volumes and copies of them, and change nothing about them", async () => {
    const id = await taken();
    await expect(restore(theirs, id)).rejects.toThrow(fails("InvalidSnapshot.NotFound"));
    await mine.send(
      new ModifySnapshotAttributeCommand({
        SnapshotId: id,
        Attribute: "createVolumePermission",
        OperationType: "add",
        UserIds: [OTHER],
      }),
    );
    expect(await described(theirs)).toEqual([id]);
    expect(await described(theirs, { OwnerIds: ["self"] })).toEqual([]);
    expect(await described(theirs, { RestorableByUserIds: ["self"] })).toEqual([id]);
    expect(await described(third)).toEqual([]);
    await restore(theirs, id);
    await expect(theirs.send(new DeleteSnapshotCommand({ SnapshotId: id }))).rejects.toThrow(fails("AuthFailure"));
    const attribute = { SnapshotId: id, Attribute: "createVolumePermission" as const };
    await expect(theirs.send(new DescribeSnapshotAttributeCommand(attribute))).rejects.toThrow(fails("AuthFailure"));
    expect(await mine.send(new DescribeSnapshotAttributeCommand(attribute))).toMatchObject({
      CreateVolumePermissions: [{ UserId: OTHER }],
    });
    await mine.send(new ResetSnapshotAttributeCommand(attribute));
    await expect(restore(theirs, id)).rejects.toThrow(fails("InvalidSnapshot.NotFound"));
  });

  it("are copied to another region", async () => {
    const id = await taken();
    const west = lab.client({ region: "eu-west-1" });
    const { SnapshotId: copy = "" } = await west.send(
      new CopySnapshotCommand({ SourceRegion: "us-east-1", SourceSnapshotId: id, Description: "far", Encrypted: true }),
    );
    await waitUntilSnapshotCompleted(wait(west), { SnapshotIds: [copy] });
    const { Snapshots: [snapshot] = [] } = await west.send(new DescribeSnapshotsCommand({ SnapshotIds: [copy] }));
    expect(snapshot).toMatchObject({ VolumeId: "vol-ffffffff", VolumeSize: 2, Description: "far", Encrypted: true });
    expect(await described(mine)).toEqual([id]);
    await expect(
      west.send(new CopySnapshotCommand({ SourceRegion: "us-east-1", SourceSnapshotId: copy })),
    ).rejects.toThrow(fails("InvalidSnapshot.NotFound"));
  });
});
