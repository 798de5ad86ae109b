import {
  AttachVolumeCommand,
  CreateImageCommand,
  CreateSnapshotCommand,
  CreateTagsCommand,
  CreateVolumeCommand,
  DeleteSnapshotCommand,
  DeleteVolumeCommand,
  DeregisterImageCommand,
  DescribeImagesCommand,
  DescribeInstancesCommand,
  DescribeSnapshotsCommand,
  DescribeTagsCommand,
  DescribeVolumesCommand,
  DetachVolumeCommand,
  type EC2Client,
  GetConsoleOutputCommand,
  ModifyVolumeCommand,
  RebootInstancesCommand,
  RunInstancesCommand,
  type RunInstancesCommandInput,
  StartInstancesCommand,
  StopInstancesCommand,
  TerminateInstancesCommand,
} from "@aws-sdk/client-ec2";
import { beforeEach, describe, expect, it } from "vitest";
import { ACCOUNT, type Ec2Lab, OTHER_ACCOUNT, openLab } from "../../../test/support/ec2-lab.ts";
import { settle } from "../../../test/support/fake-clock.ts";

let lab: Ec2Lab;
let ec2: EC2Client;
let imageId: string;

beforeEach(async () => {
  ({ lab, ec2, imageId } = await openLab());
});

const tagged = (ResourceType: "instance" | "volume" | "snapshot" | "image") => [
  { ResourceType, Tags: [{ Key: "of", Value: ResourceType }] },
];

async function launch(client = ec2, input: Partial<RunInstancesCommandInput> = {}): Promise<string> {
  const command = new RunInstancesCommand({ ImageId: imageId, MinCount: 1, MaxCount: 1, ...input });
  const { Instances: [instance] = [] } = await client.send(command);
  await settle();
  return instance?.InstanceId ?? "";
}

/** One of each kind, all with a tag. */
async function makeAll(client: EC2Client, zone: string) {
  const instance = await launch(client, { TagSpecifications: tagged("instance") });
  const { VolumeId: volume = "" } = await client.send(
    new CreateVolumeCommand({ AvailabilityZone: zone, Size: 1, TagSpecifications: tagged("volume") }),
  );
  const { SnapshotId: snapshot = "" } = await client.send(
    new CreateSnapshotCommand({ VolumeId: volume, TagSpecifications: tagged("snapshot") }),
  );
  const { ImageId: image = "" } = await client.send(
    new CreateImageCommand({
      InstanceId: instance,
      Name: "mine",
      NoReboot: true,
      TagSpecifications: tagged("image"),
    }),
  );
  await settle();
  return { instance, volume, snapshot, image };
}

/** Ids of everything that a client's lists show, without public images. */
async function listed(client: EC2Client): Promise<string[]> {
  const { Reservations: reservations = [] } = await client.send(new DescribeInstancesCommand({}));
  const { Volumes: volumes = [] } = await client.send(new DescribeVolumesCommand({}));
  const { Snapshots: snapshots = [] } = await client.send(new DescribeSnapshotsCommand({}));
  const { Images: images = [] } = await client.send(new DescribeImagesCommand({}));
  const { Tags: tags = [] } = await client.send(new DescribeTagsCommand({}));
  const ids = [
    ...reservations.flatMap(({ Instances: instances = [] }) => instances.map(({ InstanceId: id }) => id)),
    ...volumes.map(({ VolumeId: id }) => id),
    ...snapshots.map(({ SnapshotId: id }) => id),
    ...images.filter(({ Public: isPublic }) => isPublic !== true).map(({ ImageId: id }) => id),
    ...tags.map(({ ResourceId: id }) => id),
  ];
  return ids.map(String);
}

const elsewhere: [string, () => Promise<EC2Client>][] = [
  ["another region of the account", async () => lab.client({ region: "eu-west-1" })],
  ["another account in the region", async () => await lab.otherAccount()],
];

describe.each(elsewhere)("F79 %s", (_, open) => {
  it("shows nothing of what is here, but the public images", async () => {
    const made = await makeAll(ec2, "us-east-1a");
    const other = await open();
    expect(await listed(other)).toEqual([]);
    const { Images: images = [] } = await other.send(new DescribeImagesCommand({ ImageIds: [imageId] }));
    expect(images).toMatchObject([{ ImageId: imageId, Public: true }]);
    expect(await listed(ec2)).toEqual(expect.arrayContaining(Object.values(made)));
  });

  it("does not know an id of here, and changes nothing of it", async () => {
    const { instance, volume, snapshot, image } = await makeAll(ec2, "us-east-1a");
    const other = await open();
    const ids = { InstanceIds: [instance] };
    const own = await launch(other);
    const { region } = other.config as unknown as { region: () => Promise<string> };
    const { VolumeId: ownVolume = "" } = await other.send(
      new CreateVolumeCommand({ AvailabilityZone: `${await region()}a`, Size: 1 }),
    );
    const before = await listed(ec2);
    const refusals: [string, Promise<unknown>][] = [
      ["InvalidInstanceID.NotFound", other.send(new DescribeInstancesCommand(ids))],
      ["InvalidInstanceID.NotFound", other.send(new StopInstancesCommand(ids))],
      ["InvalidInstanceID.NotFound", other.send(new StartInstancesCommand(ids))],
      ["InvalidInstanceID.NotFound", other.send(new RebootInstancesCommand(ids))],
      ["InvalidInstanceID.NotFound", other.send(new TerminateInstancesCommand(ids))],
      ["InvalidInstanceID.NotFound", other.send(new GetConsoleOutputCommand({ InstanceId: instance }))],
      ["InvalidInstanceID.NotFound", other.send(new CreateImageCommand({ InstanceId: instance, Name: "theirs" }))],
      ["InvalidInstanceID.NotFound", other.send(attach(ownVolume, instance))],
      ["InvalidVolume.NotFound", other.send(attach(volume, own))],
      ["InvalidVolume.NotFound", other.send(new DescribeVolumesCommand({ VolumeIds: [volume] }))],
      ["InvalidVolume.NotFound", other.send(new DetachVolumeCommand({ VolumeId: volume }))],
      ["InvalidVolume.NotFound", other.send(new DeleteVolumeCommand({ VolumeId: volume }))],
      ["InvalidVolume.NotFound", other.send(new ModifyVolumeCommand({ VolumeId: volume, Size: 2 }))],
      ["InvalidVolume.NotFound", other.send(new CreateSnapshotCommand({ VolumeId: volume }))],
      ["InvalidSnapshot.NotFound", other.send(new DescribeSnapshotsCommand({ SnapshotIds: [snapshot] }))],
      ["InvalidSnapshot.NotFound", other.send(new DeleteSnapshotCommand({ SnapshotId: snapshot }))],
      [
        "InvalidSnapshot.NotFound",
        other.send(new CreateVolumeCommand({ AvailabilityZone: `${await region()}a`, SnapshotId: snapshot })),
      ],
      ["InvalidAMIID.NotFound", other.send(new DescribeImagesCommand({ ImageIds: [image] }))],
      ["InvalidAMIID.NotFound", other.send(new DeregisterImageCommand({ ImageId: image }))],
      ["InvalidAMIID.NotFound", launch(other, { ImageId: image })],
      ["InvalidInstanceID.NotFound", other.send(tag(instance))],
      ["InvalidVolume.NotFound", other.send(tag(volume))],
      ["InvalidSnapshot.NotFound", other.send(tag(snapshot))],
      ["InvalidAMIID.NotFound", other.send(tag(image))],
    ];
    const settled = await Promise.allSettled(refusals.map(([, promise]) => promise));
    const codes = settled.map((result) => (result.status === "rejected" ? result.reason.name : "done"));
    expect(codes).toEqual(refusals.map(([code]) => code));
    expect(await listed(ec2)).toEqual(before);
    expect(lab.cloud.instances.get(instance).state).toBe("running");
  });

  it("makes what is its own, with its own token (F74) and its own names of images", async () => {
    const other = await open();
    const token = { ClientToken: "token" };
    const here = await launch(ec2, token);
    const there = await launch(other, token);
    expect(there).not.toBe(here);
    expect(await launch(other, token)).toBe(there);
    for (const [client, id] of [
      [ec2, here],
      [other, there],
    ] as const) {
      await client.send(new CreateImageCommand({ InstanceId: id, Name: "same", NoReboot: true }));
      await expect(
        client.send(new CreateImageCommand({ InstanceId: id, Name: "same", NoReboot: true })),
      ).rejects.toMatchObject({ name: "InvalidAMIName.Duplicate" });
    }
  });
});

const attach = (VolumeId: string, InstanceId: string) =>
  new AttachVolumeCommand({ VolumeId, InstanceId, Device: "/dev/sdf" });
const tag = (id: string) => new CreateTagsCommand({ Resources: [id], Tags: [{ Key: "theirs", Value: "" }] });

describe("F79 what an account makes in a region", () => {
  it("has that account as its owner, and stays after a reload", async () => {
    const other = await lab.otherAccount({ region: "eu-west-1" });
    const { instance, volume, snapshot, image } = await makeAll(other, "eu-west-1b");
    const of = { ownerId: OTHER_ACCOUNT, region: "eu-west-1" };
    await lab.open();
    const { instances, volumes, snapshots, images } = lab.cloud;
    expect(instances.get(instance)).toMatchObject({ ...of, availabilityZone: "eu-west-1a" });
    expect(volumes.get(volume)).toMatchObject({ ...of, availabilityZone: "eu-west-1b" });
    expect(volumes.get(instances.get(instance).rootVolumeId)).toMatchObject({ ...of, availabilityZone: "eu-west-1a" });
    expect(snapshots.get(snapshot)).toMatchObject(of);
    expect(await images.get(image)).toMatchObject(of);
    const again = lab.client({ region: "eu-west-1", accessKeyId: "other", secretAccessKey: "other" });
    const { Reservations: reservations } = await again.send(new DescribeInstancesCommand({}));
    expect(reservations).toMatchObject([{ OwnerId: OTHER_ACCOUNT }]);
    const { Snapshots: shown = [] } = await again.send(new DescribeSnapshotsCommand({ SnapshotIds: [snapshot] }));
    expect(shown).toMatchObject([{ OwnerId: OTHER_ACCOUNT }]);
  });

  it("is the default account's in us-east-1 by the API of the page", async () => {
    const [instance] = await lab.cloud.instances.launch({ image: "tiny" });
    expect(instance).toMatchObject({ ownerId: ACCOUNT, region: "us-east-1", availabilityZone: "us-east-1a" });
    const [abroad] = await lab.cloud.instances.launch({ image: "tiny", availabilityZone: "eu-west-1b" });
    expect(abroad).toMatchObject({ ownerId: ACCOUNT, region: "eu-west-1", availabilityZone: "eu-west-1b" });
    await expect(lab.cloud.instances.launch({ image: "tiny", availabilityZone: "mars-1a" })).rejects.toMatchObject({
      code: "InvalidParameterValue",
    });
  });
});

describe("F79 zones", () => {
  const zoneOf = (name: string) => ({ Placement: { AvailabilityZone: name } });

  it("F40 a volume is attached in its own zone only", async () => {
    const a = await launch();
    const b = await launch(ec2, zoneOf("us-east-1b"));
    const { VolumeId: volume = "" } = await ec2.send(
      new CreateVolumeCommand({ AvailabilityZone: "us-east-1b", Size: 1 }),
    );
    await expect(ec2.send(attach(volume, a))).rejects.toMatchObject({
      name: "InvalidVolume.ZoneMismatch",
      message: `The volume '${volume}' is not in the same availability zone as instance '${a}'`,
    });
    expect(lab.cloud.volumes.get(volume).attachment).toBeNull();
    await ec2.send(attach(volume, b));
    expect(lab.cloud.volumes.get(volume).instanceId).toBe(b);
  });

  it("F45 an instance's volumes are in its zone, and both can be found by it", async () => {
    const id = await launch(ec2, {
      ...zoneOf("us-east-1b"),
      BlockDeviceMappings: [{ DeviceName: "/dev/sdf", Ebs: { VolumeSize: 1 } }],
    });
    await launch();
    const Filters = [{ Name: "availability-zone", Values: ["us-east-1b"] }];
    const { Volumes: volumes = [] } = await ec2.send(new DescribeVolumesCommand({ Filters }));
    expect(volumes.map(({ AvailabilityZone: zone }) => zone)).toEqual(["us-east-1b", "us-east-1b"]);
    const { Reservations: reservations = [] } = await ec2.send(new DescribeInstancesCommand({ Filters }));
    expect(reservations.map(({ Instances: [one] = [] }) => one)).toMatchObject([
      { InstanceId: id, Placement: { AvailabilityZone: "us-east-1b" } },
    ]);
  });

  it("F39 a volume needs one of its region", async () => {
    await expect(
      ec2.send(new CreateVolumeCommand({ AvailabilityZone: undefined as never, Size: 1 })),
    ).rejects.toMatchObject({ name: "MissingParameter" });
    await expect(ec2.send(new CreateVolumeCommand({ AvailabilityZone: "eu-west-1a", Size: 1 }))).rejects.toMatchObject({
      name: "InvalidParameterValue",
    });
    await expect(ec2.send(new CreateVolumeCommand({ AvailabilityZone: "use1-az1", Size: 1 }))).rejects.toMatchObject({
      name: "InvalidParameterValue",
    });
    expect(lab.cloud.volumes.list()).toEqual([]);
    const { AvailabilityZone: zone } = await ec2.send(
      new CreateVolumeCommand({ AvailabilityZoneId: "use1-az2", Size: 1 } as never),
    );
    expect(zone).toBe("us-east-1b");
  });
});
