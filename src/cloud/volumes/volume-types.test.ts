import { describe, expect, it } from "vitest";
import {
  checkPerformance,
  checkVolumeSize,
  checkVolumeType,
  GIB,
  performanceOf,
  type VolumeType,
} from "./volume-types.ts";

const code = (code: string) => expect.objectContaining({ name: "CloudError", code });

describe("F39 volume types", () => {
  it.each<[VolumeType, number, number]>([
    ["gp2", 1, 2048],
    ["gp3", 1, 2048],
    ["io1", 4, 2048],
    ["io2", 4, 2048],
    ["st1", 125, 2048],
    ["sc1", 125, 2048],
    ["standard", 1, 1024],
  ])("%s has %i to %i GiB", (type, min, max) => {
    expect(checkVolumeSize(type, min)).toBe(min * GIB);
    expect(checkVolumeSize(type, max)).toBe(max * GIB);
    expect(() => checkVolumeSize(type, max + 1)).toThrow(code("InvalidParameterValue"));
    expect(() => checkVolumeSize(type, min - 1)).toThrow(code("InvalidParameterValue"));
  });

  it.each([0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY])("a size of %s GiB is none", (size) => {
    expect(() => checkVolumeSize("gp2", size)).toThrow(code("InvalidParameterValue"));
  });

  it("F47 is gp2 by default, and one of seven", () => {
    expect(checkVolumeType()).toBe("gp2");
    expect(() => checkVolumeType("gp4")).toThrow(code("InvalidParameterValue"));
  });
});

describe("F39 provisioned performance", () => {
  const check = (type: VolumeType, gib: number, iops?: number, throughput?: number) =>
    checkPerformance({ type, sizeBytes: gib * GIB }, iops, throughput);

  it.each<[VolumeType, number, number | undefined, number | undefined, string]>([
    ["gp2", 10, 3000, undefined, "InvalidParameterDependency"],
    ["st1", 125, 500, undefined, "InvalidParameterDependency"],
    ["sc1", 125, 500, undefined, "InvalidParameterDependency"],
    ["standard", 10, 100, undefined, "InvalidParameterDependency"],
    ["gp2", 10, undefined, 125, "InvalidParameterDependency"],
    ["io2", 10, 1000, 125, "InvalidParameterDependency"],
    ["io1", 10, undefined, undefined, "MissingParameter"],
    ["io2", 10, undefined, undefined, "MissingParameter"],
    ["io1", 10, 99, undefined, "InvalidParameterValue"],
    ["io1", 10, 501, undefined, "InvalidParameterValue"],
    ["io1", 2048, 64_001, undefined, "InvalidParameterValue"],
    ["io2", 10, 5001, undefined, "InvalidParameterValue"],
    ["gp3", 10, 2999, undefined, "InvalidParameterValue"],
    ["gp3", 10, 5001, undefined, "InvalidParameterValue"],
    ["gp3", 100, 16_001, undefined, "InvalidParameterValue"],
    ["gp3", 10, 3000.5, undefined, "InvalidParameterValue"],
    ["gp3", 10, undefined, 124, "InvalidParameterValue"],
    ["gp3", 10, undefined, 751, "InvalidParameterValue"],
    ["gp3", 100, 16_000, 1001, "InvalidParameterValue"],
  ])("%s of %i GiB refuses %s IOPS and %s MiB/s with %s", (type, gib, iops, throughput, expected) => {
    expect(() => check(type, gib, iops, throughput)).toThrow(code(expected));
  });

  it("takes what the types allow, at their bounds", () => {
    expect(check("io1", 10, 500)).toEqual({ iops: 500, throughputMiBps: null });
    expect(check("io2", 10, 5000)).toEqual({ iops: 5000, throughputMiBps: null });
    expect(check("gp3", 1)).toEqual({ iops: null, throughputMiBps: null });
    expect(check("gp3", 1, 3000, 750)).toEqual({ iops: 3000, throughputMiBps: 750 });
    expect(check("gp3", 32, 16_000, 1000)).toEqual({ iops: 16_000, throughputMiBps: 1000 });
  });

  it.each<[VolumeType, number, number | null, number, number]>([
    ["gp2", 10, null, 3000, 128],
    ["gp2", 2000, null, 6000, 250],
    ["gp3", 10, null, 3000, 125],
    ["io1", 10, 500, 500, 125],
    ["io2", 100, 50_000, 50_000, 1000],
    ["st1", 125, null, 500, 30],
    ["st1", 2048, null, 500, 500],
    ["sc1", 125, null, 250, 9],
    ["standard", 10, null, 100, 60],
  ])("F47 %s of %i GiB with %s provisioned gives %i IOPS and %i MiB/s", (type, gib, iops, wantIops, wantMiBps) => {
    const performance = performanceOf({ type, sizeBytes: gib * GIB, iops, throughputMiBps: null });
    expect(performance).toEqual({ iops: wantIops, throughputMiBps: wantMiBps });
  });
});
