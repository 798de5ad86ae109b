import {
  CreateSnapshot$,
  DescribeInstances$,
  ImportKeyPair$,
  RunInstances$,
  type RunInstancesRequest,
} from "@aws-sdk/client-ec2";
import type { StaticOperationSchema } from "@smithy/types";
import { describe, expect, it } from "vitest";
import { fuzz } from "../../../test/fuzz/harness.ts";
import { Breather } from "../../base/breather.ts";
import { CloudError } from "../../base/errors.ts";
import { decodeInput } from "./decode.ts";
import { parseParameters } from "./parameters.ts";
import { operationOf } from "./shape.ts";
import { encodeError, encodeOutput } from "./xml.ts";

const decode = (schema: StaticOperationSchema, form: string) =>
  decodeInput(operationOf(schema).input, parseParameters(form));

describe("a request", () => {
  it("is read by the names of EC2's protocol", () => {
    const form =
      "ImageId=ami-1&MinCount=1&MaxCount=2&SecurityGroupId.1=sg-1&BlockDeviceMapping.1.Ebs.VolumeSize=8&DisableApiTermination=True" +
      "&TagSpecification.1.ResourceType=instance&TagSpecification.1.Tag.1.Key=a&TagSpecification.1.Tag.1.Value=b%20%26";
    expect(decode(RunInstances$, form)).toEqual({
      ImageId: "ami-1",
      MinCount: 1,
      MaxCount: 2,
      SecurityGroupIds: ["sg-1"],
      BlockDeviceMappings: [{ Ebs: { VolumeSize: 8 } }],
      DisableApiTermination: true,
      TagSpecifications: [{ ResourceType: "instance", Tags: [{ Key: "a", Value: "b &" }] }],
    } satisfies RunInstancesRequest);
  });

  it("may have gaps in the numbers of a list, which only say the order", () => {
    expect(decode(DescribeInstances$, "InstanceId.10=c&InstanceId.2=b&InstanceId.0=a")).toEqual({
      InstanceIds: ["a", "b", "c"],
    });
  });

  it.each<[string, StaticOperationSchema, string, string]>([
    ["F78 an unknown parameter", DescribeInstances$, "Spam=1", "UnknownParameter"],
    ["an unknown part of one", DescribeInstances$, "Filter.1.Spam=1", "UnknownParameter"],
    ["the prototype's", DescribeInstances$, "__proto__.x=1", "UnknownParameter"],
    ["a constructor in a list", DescribeInstances$, "InstanceId.constructor=1", "InvalidParameterValue"],
    ["F02 a missing parameter", RunInstances$, "MinCount=1", "MissingParameter"],
    ["a list without numbers", DescribeInstances$, "InstanceId=i-1", "InvalidParameterValue"],
    ["a number with a zero before it", DescribeInstances$, "InstanceId.01=i-1", "InvalidParameterValue"],
    ["a value with parts", DescribeInstances$, "NextToken.1=x", "InvalidParameterValue"],
    ["a structure with a value", DescribeInstances$, "Filter.1=x&Filter.1.Name=y", "InvalidParameterValue"],
    ["a boolean that is none", DescribeInstances$, "DryRun=yes", "InvalidParameterValue"],
    ["an empty number", DescribeInstances$, "MaxResults=", "InvalidParameterValue"],
    ["a hexadecimal number", DescribeInstances$, "MaxResults=0x10", "InvalidParameterValue"],
    ["infinity", DescribeInstances$, "MaxResults=Infinity", "InvalidParameterValue"],
    ["a control character", CreateSnapshot$, "VolumeId=v&Description=%00", "InvalidParameterValue"],
    ["a non-character", CreateSnapshot$, "VolumeId=v&Description=%EF%BF%BF", "InvalidParameterValue"],
    ["bytes that are not base64", ImportKeyPair$, "KeyName=k&PublicKeyMaterial=%21", "InvalidParameterValue"],
    ["base64 without its padding", ImportKeyPair$, "KeyName=k&PublicKeyMaterial=YQ", "InvalidParameterValue"],
    ["a parameter twice", DescribeInstances$, "DryRun=true&DryRun=true", "InvalidQueryParameter"],
    ["too deep a name", DescribeInstances$, `${"a.".repeat(40)}a=1`, "InvalidQueryParameter"],
    ["too long a name", DescribeInstances$, `${"a".repeat(600)}=1`, "InvalidQueryParameter"],
    ["too many parameters", DescribeInstances$, "&InstanceId.1=x".repeat(10_001), "InvalidQueryParameter"],
    ["too much of it", DescribeInstances$, `x=${"y".repeat(2 ** 20)}`, "RequestEntityTooLarge"],
  ])("is refused with %s", (_, schema, form, code) => {
    expect(() => decode(schema, form)).toThrow(expect.objectContaining({ name: "CloudError", code }));
  });

  it("names the parameter that is wrong, however deep", () => {
    const form = "ImageId=a&MinCount=1&MaxCount=1&BlockDeviceMapping.2.Ebs.VolumeSize=big";
    expect(() => decode(RunInstances$, form)).toThrow(
      "Value (big) for parameter BlockDeviceMapping.2.Ebs.VolumeSize is invalid.",
    );
  });
});

describe("an answer", () => {
  const operation = operationOf(DescribeInstances$);
  const textOf = async (...answer: Parameters<typeof encodeOutput>) =>
    new TextDecoder().decode(await encodeOutput(...answer));

  it("has empty lists as empty elements, and nothing for what is not there", async () => {
    const output = { Reservations: [{ Groups: [], OwnerId: undefined }] };
    const xml = await textOf(operation, output, "id", new Breather());
    expect(xml).toContain("<reservationSet><item><groupSet></groupSet></item></reservationSet>");
  });

  it("writes long lists in several goes, and they read as short ones do", async () => {
    const instances = (count: number) => Array.from({ length: count }, (_, i) => ({ InstanceId: `i-${i}`, Tags: [] }));
    const item = (index: number) => `<item><tagSet></tagSet><instanceId>i-${index}</instanceId></item>`;
    for (const count of [1, 50, 51, 3000]) {
      const answer = (Instances: object[]) => ({
        Reservations: [{ Instances, OwnerId: "o" }, { OwnerId: "p" }],
        NextToken: "t",
      });
      const [output, without] = [answer(instances(count)), answer([])];
      // Each look at the clock finds that it is time for a breath.
      let now = 0;
      let others = 0;
      const timer = setInterval(() => others++, 0);
      const xml = await textOf(operation, output, "id", new Breather(() => (now += 20)));
      clearInterval(timer);
      const list = Array.from({ length: count }, (_, i) => item(i)).join("");
      expect(xml).toContain(`<instancesSet>${list}</instancesSet>`);
      expect(xml.replace(list, "")).toBe(await textOf(operation, without, "id", new Breather()));
      if (count > 50) expect(others).toBeGreaterThan(0);
    }
  });

  it("escapes what XML needs escaped, and says what it cannot say with U+FFFD", () => {
    const xml = encodeError("Code", "<&>\"'\r\n\u0001\uD800\u{1F600}", "id");
    expect(xml).toContain("<Message>&lt;&amp;&gt;&quot;'&#xD;\n\uFFFD\uFFFD\u{1F600}</Message>");
  });
});

fuzz("any form is read or refused, and harms nothing", { runs: 6, steps: 300 }, async ({ random, steps, log }) => {
  const schemas = [RunInstances$, DescribeInstances$, ImportKeyPair$];
  const parts = [
    "Filter",
    "1",
    "2",
    "0",
    "Name",
    "Value",
    "InstanceId",
    "Ebs",
    "__proto__",
    "constructor",
    "",
    "%00",
    "DryRun",
    "MinCount",
    "MaxCount",
    "ImageId",
    "BlockDeviceMapping",
    "PublicKeyMaterial",
  ];
  const values = [
    "",
    "true",
    "1",
    "-1",
    "1e9",
    "x",
    "%FF%FE",
    "%",
    "%u1234",
    "YQ==",
    "\u{1F600}",
    "a=b",
    "2026-01-31T09:05:00Z",
  ];
  for (let step = 0; step < steps; step++) {
    const pairs = Array.from({ length: random.int(8) }, () => {
      const name = Array.from({ length: random.between(1, 6) }, () => random.pick(parts)).join(".");
      return `${name}${random.chance(0.9) ? "=" : ""}${random.pick(values)}`;
    });
    const form = random.chance(0.1)
      ? String.fromCharCode(...random.bytes(random.int(64)))
      : pairs.join(random.chance(0.9) ? "&" : ";");
    log(form);
    try {
      const input = decode(random.pick(schemas), form);
      expect(Object.getPrototypeOf(input)).toBe(Object.prototype);
    } catch (error) {
      expect(error).toBeInstanceOf(CloudError);
      const { code, message } = error as CloudError;
      expect(["UnknownParameter", "MissingParameter", "InvalidParameterValue", "InvalidQueryParameter"]).toContain(
        code,
      );
      expect(message.length).toBeLessThan(1000);
    }
    expect(Object.keys(Object.prototype)).toEqual([]);
  }
});
