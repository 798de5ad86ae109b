import { describe, expect, it } from "vitest";
import { FakeCloud } from "../testing/fake-cloud.ts";
import { describeType, fieldOf, type LaunchFields, toRequest, validate, whyTypeDoesNotFit } from "./launch-form.ts";

const FIELDS: LaunchFields = { image: "tiny", type: "v1.micro", name: "", count: "1", rootVolumeGiB: "" };

describe("the launch form", () => {
  it("finds nothing wrong with its defaults", () => {
    expect(validate(FIELDS)).toEqual({});
    expect(toRequest(FIELDS)).toEqual({ image: "tiny", type: "v1.micro", count: 1 });
  });

  it("asks for everything that was filled in", () => {
    expect(toRequest({ ...FIELDS, name: " web ", count: "3", rootVolumeGiB: "0.5" })).toEqual({
      image: "tiny",
      type: "v1.micro",
      name: "web",
      count: 3,
      rootVolumeGiB: 0.5,
    });
  });

  it.each(["", "0", "-1", "1.5", "x", "1e3", "99999999999999999999"])("refuses the count %j", (count) =>
    expect(Object.keys(validate({ ...FIELDS, count }))).toEqual(["count"]),
  );

  it.each(["0", "-1", "x"])("refuses the size %j", (rootVolumeGiB) =>
    expect(Object.keys(validate({ ...FIELDS, rootVolumeGiB }))).toEqual(["rootVolumeGiB"]),
  );

  it("wants an image and a type", () => {
    expect(Object.keys(validate({ ...FIELDS, image: "", type: "" }))).toEqual(["image", "type"]);
  });

  it("knows which field a refusal is about", () => {
    expect(fieldOf("InvalidAMIID.NotFound", {})).toBe("image");
    expect(fieldOf("InvalidParameterValue", { count: 0 })).toBe("count");
    expect(fieldOf("InvalidParameterValue", { instanceType: "x" })).toBe("type");
    expect(fieldOf("InvalidBlockDeviceMapping", { rootVolumeGiB: 0.01 })).toBe("rootVolumeGiB");
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
