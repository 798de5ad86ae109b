import {
  DescribeInstancesCommand,
  type EC2Client,
  ImportKeyPairCommand,
  RunInstancesCommand,
  type RunInstancesCommandInput,
} from "@aws-sdk/client-ec2";
import { beforeEach, describe, expect, it } from "vitest";
import { type Ec2Lab, openLab } from "../../../test/support/ec2-lab.ts";
import { settle } from "../../../test/support/fake-clock.ts";
import { ED25519 } from "../../cloud/key-pairs/testing/fixed-keys.ts";

let ec2: EC2Client;
let lab: Ec2Lab;
let imageId: string;

beforeEach(async () => {
  ({ lab, ec2, imageId } = await openLab());
});

async function run(input: Partial<RunInstancesCommandInput>): Promise<string> {
  const request = { ImageId: imageId, MinCount: 1, MaxCount: 1, ...input };
  const { Instances: [made] = [] } = await ec2.send(new RunInstancesCommand(request));
  await settle();
  return made?.InstanceId ?? "";
}

const described = async (name: string, value: string) => {
  const command = new DescribeInstancesCommand({ Filters: [{ Name: name, Values: [value] }] });
  const { Reservations: reservations = [] } = await ec2.send(command);
  return reservations.flatMap(({ Instances: instances = [] }) => instances);
};

describe("RunInstances", () => {
  it("F62: launches with a key pair, which its instance shows and is found by", async () => {
    await ec2.send(
      new ImportKeyPairCommand({ KeyName: "mine", PublicKeyMaterial: new TextEncoder().encode(ED25519.spki) }),
    );
    const id = await run({ KeyName: "mine" });
    await run({});
    const [instance, ...others] = await described("key-name", "mine");
    expect(instance).toMatchObject({ InstanceId: id, KeyName: "mine" });
    expect(others).toEqual([]);
    await expect(run({ KeyName: "other" })).rejects.toMatchObject({
      name: "InvalidKeyPair.NotFound",
      message: "The key pair 'other' does not exist",
    });
  });

  it("F11: user data is base64, and 16384 bytes at most before that", async () => {
    const most = btoa("x".repeat(16_384));
    const id = await run({ UserData: most });
    expect(lab.cloud.instances.get(id).userData).toBe(most);
    await expect(run({ UserData: "#!/bin/sh" })).rejects.toMatchObject({
      name: "InvalidUserData.Malformed",
      message: "Invalid BASE64 encoding of user data.",
    });
    await expect(run({ UserData: btoa("x".repeat(16_385)) })).rejects.toMatchObject({
      name: "InvalidParameterValue",
      message: "User data is limited to 16384 bytes",
    });
    expect(lab.cloud.instances.list()).toHaveLength(1);
  });
});
