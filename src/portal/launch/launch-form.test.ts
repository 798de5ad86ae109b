import { describe, expect, it } from "vitest";
import { FakeCloud } from "../testing/fake-cloud.ts";
import { type DiskFields, newDisk } from "./disk-fields.ts";
import {
  describeType,
  EMPTY,
  fieldOf,
  type LaunchFields,
  toRequest,
  validate,
  whyTypeDoesNotFit,
} from "./launch-form.ts";

const FIELDS: LaunchFields = { ...EMPTY, image: "tiny" };
const IMAGE = { rootDevice: "/dev/vda", rootDeviceType: "ebs" } as const;
/** Where the form differs from the API's defaults, as EC2's console does. */
const TOKENS = { metadataOptions: { httpTokens: "required" } };
const DISK: DiskFields = {
  device: "/dev/sdf",
  content: "blank",
  sizeGiB: "2",
  type: "gp3",
  deleteOnTermination: true,
  encrypted: false,
};

describe("the launch form", () => {
  it("finds nothing wrong with its defaults", () => {
    expect(validate(FIELDS)).toEqual({});
    expect(toRequest(FIELDS, IMAGE)).toEqual({ image: "tiny", type: "v1.micro", count: 1, ...TOKENS });
  });

  it("asks for everything that was filled in", () => {
    expect(toRequest({ ...FIELDS, name: " web ", count: "3", rootVolumeGiB: "0.5" }, IMAGE)).toEqual({
      image: "tiny",
      type: "v1.micro",
      name: "web",
      count: 3,
      rootVolumeGiB: 0.5,
      ...TOKENS,
    });
  });

  it("F11 F13 F19 F21 F62 F77 asks for tags, key, user data and attributes", () => {
    const fields: LaunchFields = {
      ...FIELDS,
      tags: [{ key: "stage", value: "test", existing: false }],
      keyName: "mine",
      zone: "us-east-1b",
      userData: "#!/bin/sh\n",
      shutdown: "terminate",
      protectTermination: true,
      protectStop: true,
      recover: true,
      metadataTags: true,
    };
    const request = {
      image: "tiny",
      type: "v1.micro",
      count: 1,
      tags: { stage: "test" },
      keyName: "mine",
      availabilityZone: "us-east-1b",
      userData: "#!/bin/sh\n",
      disableApiTermination: true,
      maintenanceOptions: { autoRecovery: "default" },
      metadataOptions: { httpTokens: "required", instanceMetadataTags: "enabled" },
    };
    const lasting = { disableApiStop: true, instanceInitiatedShutdownBehavior: "terminate" };
    expect(toRequest(fields, IMAGE)).toEqual({ ...request, ...lasting });
    expect(toRequest(fields, { ...IMAGE, rootDeviceType: "instance-store" })).toEqual(request);
  });

  it("F52 F53 F54 asks for a subnet, a public address and security groups", () => {
    const fields = { ...FIELDS, subnetId: "subnet-1", publicIp: "disable", securityGroupIds: ["sg-1"] } as const;
    expect(toRequest(fields, IMAGE)).toMatchObject({
      subnetId: "subnet-1",
      associatePublicIpAddress: false,
      securityGroupIds: ["sg-1"],
    });
    const named = Object.keys(toRequest(FIELDS, IMAGE));
    for (const name of ["subnetId", "associatePublicIpAddress", "securityGroupIds"]) expect(named).not.toContain(name);
  });

  it.each(["", "0", "-1", "1.5", "x", "1e3", "99999999999999999999"])("refuses the count %j", (count) =>
    expect(Object.keys(validate({ ...FIELDS, count }))).toEqual(["count"]),
  );

  it.each(["0", "-1", "x"])("refuses the size %j", (rootVolumeGiB) =>
    expect(Object.keys(validate({ ...FIELDS, rootVolumeGiB }))).toEqual(["rootVolumeGiB"]),
  );

  it("F43 F45 asks for the disks, and for the root volume where it differs from the image's", () => {
    const disks: DiskFields[] = [
      DISK,
      { ...DISK, device: "/dev/sdg", content: "memory", sizeGiB: "" },
      { ...DISK, device: "/dev/sdh", content: "snap-1", sizeGiB: "", type: "st1", deleteOnTermination: false },
      { ...DISK, device: "/dev/sdi", content: "memory", sizeGiB: "" },
      { ...DISK, device: "/dev/sdj", encrypted: true },
    ];
    const root = { type: "io2", deleteOnTermination: false, encrypted: true } as const;
    const request = toRequest({ ...FIELDS, rootVolumeGiB: "4", root, disks }, IMAGE);
    expect(request.rootVolumeGiB).toBeUndefined();
    expect(request.blockDevices).toEqual([
      { device: "/dev/vda", ebs: { deleteOnTermination: false, type: "io2", encrypted: true, sizeGiB: 4 } },
      { device: "/dev/sdf", ebs: { type: "gp3", deleteOnTermination: true, sizeGiB: 2 } },
      { device: "/dev/sdg", virtualName: "ephemeral0" },
      { device: "/dev/sdh", ebs: { type: "st1", deleteOnTermination: false, snapshotId: "snap-1" } },
      { device: "/dev/sdi", virtualName: "ephemeral1" },
      { device: "/dev/sdj", ebs: { type: "gp3", deleteOnTermination: true, encrypted: true, sizeGiB: 2 } },
    ]);
  });

  it.each([
    [{ sizeGiB: "" }, false],
    [{ sizeGiB: "0.5" }, false],
    [{ sizeGiB: "x" }, false],
    [{ sizeGiB: "", content: "snap-1" }, true],
    [{ sizeGiB: "x", content: "snap-1" }, false],
    [{ sizeGiB: "", content: "memory" }, true],
  ] as const)("judges the disk %j", (change, good) => {
    const errors = validate({ ...FIELDS, disks: [DISK, { ...DISK, ...change }] });
    expect(Object.keys(errors)).toEqual(good ? [] : ["disks"]);
  });

  it("gives a new disk the first device name that is free, and none when all are taken", async () => {
    const [image] = await new FakeCloud().images.list();
    if (!image) throw new Error("the twin has an image");
    const [root] = image.blockDevices;
    if (!root) throw new Error("its image has a root volume");
    const withData = { ...image, blockDevices: [root, { ...root, device: "/dev/sdf" }] };
    expect(newDisk([{ ...DISK, device: "/dev/xvdg" }], withData)?.device).toBe("/dev/sdh");
    let disks: DiskFields[] = [];
    for (let next = newDisk(disks, image); next !== undefined; next = newDisk(disks, image)) disks = [...disks, next];
    expect(disks.map(({ device }) => device.slice(-1)).join("")).toBe("fghijklmnop");
  });

  it("wants an image and a type", () => {
    expect(Object.keys(validate({ ...FIELDS, image: "", type: "" }))).toEqual(["image", "type"]);
  });

  it("knows which field a refusal is about", () => {
    expect(fieldOf("InvalidAMIID.NotFound", {})).toBe("image");
    expect(fieldOf("InvalidKeyPair.NotFound", {})).toBe("keyName");
    expect(fieldOf("InvalidParameterValue", { parameter: "userData" })).toBe("userData");
    expect(fieldOf("InvalidParameterValue", { count: 0 })).toBe("count");
    expect(fieldOf("InvalidParameterValue", { instanceType: "x" })).toBe("type");
    expect(fieldOf("InvalidBlockDeviceMapping", { rootVolumeGiB: 0.01 })).toBe("rootVolumeGiB");
    expect(fieldOf("InvalidBlockDeviceMapping", { device: "/dev/x" })).toBe("disks");
    expect(fieldOf("InsufficientInstanceCapacity", { usedMiB: 1 })).toBeUndefined();
  });

  it("describes types, and says which do not fit an image", async () => {
    const cloud = new FakeCloud();
    const [image] = await cloud.images.list();
    const [nano, , small] = cloud.instanceTypes;
    if (!image || !nano || !small) throw new Error("the twin has an image and three types");
    expect(describeType(nano)).toBe("64 MiB of memory, 25 % of a processor core");
    expect(describeType(small)).toBe("256 MiB of memory, a whole processor core");
    expect(whyTypeDoesNotFit(nano, image)).toBeNull();
    expect(whyTypeDoesNotFit(nano, { ...image, minimumMemoryMiB: 128 })).toContain("128 MiB");
    expect(whyTypeDoesNotFit(nano, undefined)).toBeNull();
  });
});
