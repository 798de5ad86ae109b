import {
  DescribeAccountAttributesCommand,
  DescribeAvailabilityZonesCommand,
  DescribeInstanceTypeOfferingsCommand,
  DescribeInstanceTypesCommand,
  DescribeRegionsCommand,
  type EC2Client,
  paginateDescribeInstanceTypes,
  RunInstancesCommand,
} from "@aws-sdk/client-ec2";
import { beforeEach, describe, expect, it } from "vitest";
import { Ec2Lab } from "../../../test/support/ec2-lab.ts";

let ec2: EC2Client;
let lab: Ec2Lab;

beforeEach(async () => {
  lab = new Ec2Lab();
  ec2 = await lab.open();
});

describe("F79 regions and zones", () => {
  it("are EC2's", async () => {
    const { Regions: regions = [] } = await ec2.send(new DescribeRegionsCommand({}));
    expect(regions).toHaveLength(17);
    expect(regions).toContainEqual({
      RegionName: "eu-west-1",
      Endpoint: "ec2.eu-west-1.amazonaws.com",
      OptInStatus: "opt-in-not-required",
    });
    const some = await ec2.send(new DescribeRegionsCommand({ Filters: [{ Name: "region-name", Values: ["us-*"] }] }));
    expect(some.Regions).toHaveLength(4);
    await expect(ec2.send(new DescribeRegionsCommand({ RegionNames: ["mars-1"] }))).rejects.toMatchObject({
      name: "InvalidParameterValue",
    });
  });

  it("a zone is the region's that the client is set to", async () => {
    const { AvailabilityZones: zones } = await lab
      .client({ region: "eu-north-1" })
      .send(new DescribeAvailabilityZonesCommand({}));
    expect(zones).toMatchObject([
      { ZoneName: "eu-north-1a", ZoneId: "eun1-az1", RegionName: "eu-north-1", State: "available" },
      { ZoneName: "eu-north-1b", ZoneId: "eun1-az2", RegionName: "eu-north-1", State: "available" },
    ]);
    const second = await ec2.send(new DescribeAvailabilityZonesCommand({ ZoneIds: ["use1-az2"] }));
    expect(second.AvailabilityZones?.map(({ ZoneName: name }) => name)).toEqual(["us-east-1b"]);
    await expect(ec2.send(new DescribeAvailabilityZonesCommand({ ZoneNames: ["eu-north-1a"] }))).rejects.toMatchObject({
      name: "InvalidParameterValue",
    });
  });
});

describe("F05 instance types", () => {
  it("say what a guest gets", async () => {
    const { InstanceTypes: types = [] } = await ec2.send(
      new DescribeInstanceTypesCommand({ InstanceTypes: ["v1.small" as never] }),
    );
    expect(types).toMatchObject([
      { InstanceType: "v1.small", VCpuInfo: { DefaultVCpus: 1 }, MemoryInfo: { SizeInMiB: 256 } },
    ]);
    await expect(ec2.send(new DescribeInstanceTypesCommand({ InstanceTypes: ["m1.small"] }))).rejects.toMatchObject({
      name: "InvalidInstanceType",
      message: "The following supplied instance types do not exist: [m1.small]",
    });
  });

  it("F75 come page by page", async () => {
    const names = [];
    for await (const { InstanceTypes: types = [] } of paginateDescribeInstanceTypes({ client: ec2, pageSize: 5 }, {})) {
      names.push(...types.map(({ InstanceType: name }) => name));
    }
    expect(names.sort()).toEqual(["t2.micro", "t2.nano", "v1.large", "v1.medium", "v1.micro", "v1.nano", "v1.small"]);
  });

  it.each([
    [undefined, ["us-east-1"]],
    ["availability-zone", ["us-east-1a", "us-east-1b"]],
    ["availability-zone-id", ["use1-az1", "use1-az2"]],
  ] as const)("are offered by %s", async (LocationType, locations) => {
    const { InstanceTypeOfferings: offerings = [] } = await ec2.send(
      new DescribeInstanceTypeOfferingsCommand({
        ...(LocationType === undefined ? {} : { LocationType }),
        Filters: [{ Name: "instance-type", Values: ["v1.micro"] }],
      }),
    );
    expect(offerings).toMatchObject(locations.map((Location) => ({ InstanceType: "v1.micro", Location })));
  });
});

describe("F69 account attributes", () => {
  it("tell how many instances there may be", async () => {
    const { AccountAttributes: attributes } = await ec2.send(
      new DescribeAccountAttributesCommand({ AttributeNames: ["max-instances" as never] }),
    );
    expect(attributes).toEqual([{ AttributeName: "max-instances", AttributeValues: [{ AttributeValue: "5" }] }]);
    await expect(
      ec2.send(new DescribeAccountAttributesCommand({ AttributeNames: ["spam" as never] })),
    ).rejects.toMatchObject({ name: "InvalidParameterValue" });
  });

  it("are what has been approved", async () => {
    const { quotas, images } = lab.cloud;
    const { id } = await quotas.request({ code: "running-instances", desiredValue: 40 });
    await quotas.decide({ requestId: id, decision: "approve", value: 33 });
    const names = ["max-instances", "vpc-max-security-groups-per-interface"] as never[];
    const { AccountAttributes: attributes } = await ec2.send(
      new DescribeAccountAttributesCommand({ AttributeNames: names }),
    );
    expect(attributes?.map(({ AttributeValues: values }) => values?.[0]?.AttributeValue)).toEqual(["33", "5"]);
    const run = new RunInstancesCommand({ ImageId: (await images.get("tiny")).id, MinCount: 33, MaxCount: 33 });
    await expect(ec2.send(run)).rejects.toMatchObject({ name: "VcpuLimitExceeded" });
  });
});
