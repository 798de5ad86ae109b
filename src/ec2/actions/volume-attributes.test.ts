import {
  CreateVolumeCommand,
  DescribeVolumeAttributeCommand,
  DescribeVolumeStatusCommand,
  DescribeVolumesCommand,
  DescribeVolumesModificationsCommand,
  DisableEbsEncryptionByDefaultCommand,
  type EC2Client,
  EnableEbsEncryptionByDefaultCommand,
  GetEbsEncryptionByDefaultCommand,
  ModifyVolumeAttributeCommand,
  ModifyVolumeCommand,
  waitUntilVolumeAvailable,
} from "@aws-sdk/client-ec2";
import { beforeEach, describe, expect, it } from "vitest";
import { Ec2Lab } from "../../../test/support/ec2-lab.ts";
import { settle } from "../../../test/support/fake-clock.ts";

let ec2: EC2Client;
let lab: Ec2Lab;

beforeEach(async () => {
  lab = new Ec2Lab();
  ec2 = await lab.open();
});

async function create(Size = 1): Promise<string> {
  const { VolumeId: id = "" } = await ec2.send(new CreateVolumeCommand({ AvailabilityZone: "us-east-1a", Size }));
  await waitUntilVolumeAvailable({ client: ec2, maxWaitTime: 10, minDelay: 0.01, maxDelay: 0.01 }, { VolumeIds: [id] });
  return id;
}

const filter = (Name: string, ...Values: string[]) => ({ Name, Values });

describe("F39 making a volume", () => {
  it("answers that it is being made, and it is made then", async () => {
    const volume = await ec2.send(new CreateVolumeCommand({ AvailabilityZone: "us-east-1a", Size: 1 }));
    expect(volume.State).toBe("creating");
    await settle();
    expect(lab.cloud.volumes.get(volume.VolumeId ?? "").state).toBe("available");
  });
});

describe("F79 a volume's zone", () => {
  it("is found by its name and by its id", async () => {
    const zone = { AvailabilityZone: "us-east-1b", AvailabilityZoneId: "use1-az2" };
    const made = await ec2.send(new CreateVolumeCommand({ AvailabilityZone: zone.AvailabilityZone, Size: 1 }));
    expect(made).toMatchObject(zone);
    const found = async (name: string, value: string) =>
      (await ec2.send(new DescribeVolumesCommand({ Filters: [filter(name, value)] }))).Volumes?.length;
    expect(await found("availability-zone-id", "use1-az2")).toBe(1);
    expect(await found("availability-zone", "us-east-1a")).toBe(0);
  });
});

describe("F42 modifications of volumes", () => {
  it("are described until the next, with what was and what shall be", async () => {
    const [grown, other] = [await create(), await create()];
    const states: (string | undefined)[] = [];
    const subscription = lab.cloud.volumes.onChange(() =>
      states.push(lab.cloud.volumes.get(grown).modification?.state),
    );
    const { VolumeModification: begun } = await ec2.send(
      new ModifyVolumeCommand({ VolumeId: grown, Size: 200, VolumeType: "gp3", Iops: 4000 }),
    );
    await settle();
    subscription.dispose();
    expect(begun).toMatchObject({ ModificationState: "modifying", Progress: 0, OriginalVolumeType: "gp2" });
    expect(begun?.EndTime).toBeUndefined();
    expect([...new Set(states)]).toEqual(["modifying", "optimizing", "completed"]);
    const { VolumesModifications: all } = await ec2.send(new DescribeVolumesModificationsCommand({}));
    expect(all).toMatchObject([
      {
        VolumeId: grown,
        ModificationState: "completed",
        Progress: 100,
        OriginalSize: 1,
        TargetSize: 200,
        TargetIops: 4000,
        TargetVolumeType: "gp3",
      },
    ]);
    expect(all?.[0]?.EndTime).toBeInstanceOf(Date);
    const some = await ec2.send(
      new DescribeVolumesModificationsCommand({ Filters: [filter("modification-state", "modifying")] }),
    );
    expect(some.VolumesModifications).toEqual([]);
    await expect(ec2.send(new DescribeVolumesModificationsCommand({ VolumeIds: [other] }))).rejects.toMatchObject({
      name: "InvalidVolumeModification.NotFound",
    });
    await expect(ec2.send(new ModifyVolumeCommand({ VolumeId: grown, Size: 1 }))).rejects.toMatchObject({
      name: "InvalidParameterValue",
    });
  });

  it("F42 come 6 hours after the one before: VolumeModificationRateExceeded", async () => {
    const id = await create();
    const modify = async (Size: number) => {
      await ec2.send(new ModifyVolumeCommand({ VolumeId: id, Size }));
      await settle();
    };
    await modify(2);
    await expect(modify(3)).rejects.toMatchObject({
      name: "VolumeModificationRateExceeded",
      message:
        "You've reached the maximum modification rate per volume limit. Wait at least 6 hours between modifications per EBS volume.",
      $metadata: { httpStatusCode: 400 },
    });
    const described = async () =>
      (await ec2.send(new DescribeVolumesModificationsCommand({ VolumeIds: [id] }))).VolumesModifications;
    expect(await described()).toMatchObject([{ ModificationState: "completed", OriginalSize: 1, TargetSize: 2 }]);
    lab.lab.clock.sleep(6 * 3_600_000);
    await modify(3);
    expect(await described()).toMatchObject([{ ModificationState: "completed", OriginalSize: 2, TargetSize: 3 }]);
  });
});

describe("F39 volumes' status and attributes", () => {
  it("F76 status is ok of what can be used, and is filtered", async () => {
    const id = await create();
    const status = async (Filters: ReturnType<typeof filter>[]) =>
      (await ec2.send(new DescribeVolumeStatusCommand({ Filters }))).VolumeStatuses ?? [];
    expect(await status([filter("volume-status.status", "ok")])).toMatchObject([
      {
        VolumeId: id,
        AvailabilityZone: "us-east-1a",
        VolumeStatus: { Status: "ok", Details: [{ Name: "io-enabled", Status: "passed" }, { Name: "io-performance" }] },
        Actions: [],
        Events: [],
      },
    ]);
    expect(await status([filter("volume-status.status", "impaired")])).toEqual([]);
    await expect(
      ec2.send(new DescribeVolumeStatusCommand({ VolumeIds: ["vol-00000000000000000"] })),
    ).rejects.toMatchObject({ name: "InvalidVolume.NotFound" });
  });

  it("autoEnableIO is kept, over a reload too", async () => {
    const id = await create();
    const attribute = { VolumeId: id, Attribute: "autoEnableIO" as const };
    expect((await ec2.send(new DescribeVolumeAttributeCommand(attribute))).AutoEnableIO).toEqual({ Value: false });
    await ec2.send(new ModifyVolumeAttributeCommand({ VolumeId: id, AutoEnableIO: { Value: true } }));
    ec2 = await lab.open();
    expect((await ec2.send(new DescribeVolumeAttributeCommand(attribute))).AutoEnableIO).toEqual({ Value: true });
    await expect(ec2.send(new ModifyVolumeAttributeCommand({ VolumeId: id }))).rejects.toMatchObject({
      name: "MissingParameter",
    });
  });
});

describe("F48 encryption by default", () => {
  it("is switched on and off, and holds for what is made then", async () => {
    const get = async () => (await ec2.send(new GetEbsEncryptionByDefaultCommand({}))).EbsEncryptionByDefault;
    expect(await get()).toBe(false);
    await ec2.send(new EnableEbsEncryptionByDefaultCommand({}));
    expect(await get()).toBe(true);
    expect(lab.cloud.volumes.get(await create()).encrypted).toBe(true);
    await ec2.send(new DisableEbsEncryptionByDefaultCommand({}));
    expect(lab.cloud.volumes.get(await create()).encrypted).toBe(false);
  });

  it("F48 F79 is each account's own in each region, over a reload too", async () => {
    const other = await lab.otherAccount();
    const elsewhere = lab.client({ region: "eu-west-1" });
    const get = async (client: EC2Client) =>
      (await client.send(new GetEbsEncryptionByDefaultCommand({}))).EbsEncryptionByDefault;
    const all = async () => await Promise.all([ec2, elsewhere, other].map(get));
    await elsewhere.send(new EnableEbsEncryptionByDefaultCommand({}));
    expect(await all()).toEqual([false, true, false]);
    ec2 = await lab.open();
    expect(await all()).toEqual([false, true, false]);
    const encrypted = async (client: EC2Client, AvailabilityZone: string) => {
      const { VolumeId: id = "" } = await client.send(new CreateVolumeCommand({ AvailabilityZone, Size: 1 }));
      return lab.cloud.volumes.get(id).encrypted;
    };
    expect(await encrypted(ec2, "us-east-1a")).toBe(false);
    expect(await encrypted(elsewhere, "eu-west-1a")).toBe(true);
    await elsewhere.send(new DisableEbsEncryptionByDefaultCommand({}));
    await other.send(new EnableEbsEncryptionByDefaultCommand({}));
    expect(await all()).toEqual([false, false, true]);
  });
});
