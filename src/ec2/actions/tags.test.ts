import {
  CreateTagsCommand,
  CreateVolumeCommand,
  DeleteTagsCommand,
  DescribeTagsCommand,
  type EC2Client,
  type Tag,
} from "@aws-sdk/client-ec2";
import { beforeEach, describe, expect, it } from "vitest";
import { Ec2Lab } from "../../../test/support/ec2-lab.ts";

let ec2: EC2Client;
let lab: Ec2Lab;
let first: string;
let second: string;

beforeEach(async () => {
  lab = new Ec2Lab();
  ec2 = await lab.open();
  const create = new CreateVolumeCommand({ AvailabilityZone: "us-east-1a", Size: 1 });
  first = (await ec2.send(create)).VolumeId ?? "";
  second = (await lab.cloud.volumes.create({ sizeGiB: 1 })).id;
});

const add = (Resources: string[], ...Tags: Tag[]) => ec2.send(new CreateTagsCommand({ Resources, Tags }));
const remove = (Resources: string[], Tags?: Tag[]) =>
  ec2.send(new DeleteTagsCommand({ Resources, ...(Tags === undefined ? {} : { Tags }) }));
const tag = (Key: string, Value: string): Tag => ({ Key, Value });
const tagsOf = (id: string) => lab.cloud.volumes.get(id).tags;
const find = async (...filters: [string, string][]) => {
  const Filters = filters.map(([Name, value]) => ({ Name, Values: [value] }));
  return (await ec2.send(new DescribeTagsCommand({ Filters }))).Tags?.map(({ Key: key }) => key);
};

describe("F77 tags", () => {
  it("are added and overwritten, on several resources at once", async () => {
    await add([first, second], tag("a", "1"), tag("b", ""));
    await add([first], tag("a", "2"), { Key: "c" });
    expect(tagsOf(first)).toEqual({ a: "2", b: "", c: "" });
    expect(tagsOf(second)).toEqual({ a: "1", b: "" });
  });

  it("go by key, by key and value, or all together", async () => {
    await add([first], tag("a", "1"), tag("b", "2"), tag("c", ""), tag("d", "4"));
    await remove([first], [{ Key: "a" }, tag("b", "other"), tag("c", "")]);
    expect(tagsOf(first)).toEqual({ b: "2", d: "4" });
    await remove([first]);
    expect(tagsOf(first)).toEqual({});
  });

  it("F75 F76 are found by key, value and resource, and come page by page", async () => {
    await add([first], tag("Name", "web"), tag("größe \u{1F600}", "x"));
    await add([second], tag("Name", "db"));
    expect(await find(["key", "Name"])).toEqual(["Name", "Name"]);
    expect(await find(["resource-id", second], ["resource-type", "volume"])).toEqual(["Name"]);
    expect(await find(["tag:Name", "w?b"])).toEqual(["Name"]);
    expect(await find(["value", "X"])).toEqual([]);
    await add([first], ...["1", "2", "3", "4"].map((key) => tag(`größe ${key}`, "")));
    const page = await ec2.send(new DescribeTagsCommand({ MaxResults: 5 }));
    const rest = await ec2.send(new DescribeTagsCommand({ MaxResults: 5, NextToken: page.NextToken }));
    expect([page.Tags?.length, rest.Tags?.length]).toEqual([5, 2]);
  });

  it.each<[string, Tag[], string]>([
    ["no key", [{ Value: "x" }], "InvalidParameterValue"],
    ["a key of AWS's own", [tag("aws:x", "")], "InvalidParameterValue"],
    ["one in whatever letters", [tag("AWS:x", "")], "InvalidParameterValue"],
    ["a key that is too long", [tag("k".repeat(129), "")], "InvalidParameterValue"],
    ["a value that is too long", [tag("k", "v".repeat(257))], "InvalidParameterValue"],
    ["a control character", [tag("k", "\u0001")], "InvalidParameterValue"],
    ["a key that cannot be stored", [tag("__proto__", "1")], "InvalidParameterValue"],
    ["another", [tag("constructor", "1")], "InvalidParameterValue"],
    ["one key twice", [tag("k", "1"), tag("k", "2")], "InvalidParameterValue"],
    ["51 tags", Array.from({ length: 51 }, (_, i) => tag(`k${i}`, "")), "TagLimitExceeded"],
    ["none", [], "MissingParameter"],
  ])("are refused with %s, and nothing changes", async (_, tags, name) => {
    await expect(add([first, second], ...tags)).rejects.toMatchObject({ name });
    expect([tagsOf(first), tagsOf(second)]).toEqual([{}, {}]);
  });

  it("F77 are refused in EC2's words", async () => {
    await expect(add([first], tag("aws:x", ""))).rejects.toThrow(
      "Value ( aws:x ) for parameter key is invalid. Tag keys starting with 'aws:' are reserved for internal use",
    );
  });

  it("F73 stay as they are on a dry run, and when a resource is unknown", async () => {
    const dry = new CreateTagsCommand({ Resources: [first], Tags: [tag("a", "b")], DryRun: true });
    await expect(ec2.send(dry)).rejects.toMatchObject({ name: "DryRunOperation" });
    await expect(add([first, "i-00000000000000000"], tag("a", "b"))).rejects.toMatchObject({
      name: "InvalidInstanceID.NotFound",
    });
    await expect(add([first, "dopt-1"], tag("a", "b"))).rejects.toMatchObject({ name: "InvalidID" });
    expect(tagsOf(first)).toEqual({});
  });
});
