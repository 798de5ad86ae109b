import type { EC2Client } from "@aws-sdk/client-ec2";
import * as sdk from "@aws-sdk/client-ec2";
import { beforeEach, describe, expect, it } from "vitest";
import { launched } from "../../../test/support/cloud-calls.ts";
import { ACCOUNT, Ec2Lab } from "../../../test/support/ec2-lab.ts";
import { settle } from "../../../test/support/fake-clock.ts";
import {
  NETWORK_INPUTS,
  NETWORK_SAMPLES,
  type NetworkThings,
  networkThings,
} from "../../../test/support/network-samples.ts";
import { allow, deny, policyOf, variable } from "../../../test/support/policy-lab.ts";
import { rootCaller } from "../../cloud/access/caller.ts";
import { ACTIONS } from "../actions/index.ts";
import { ACTION_NAMES, accessOf, isActionName } from "../policy/index.ts";
import type { Member } from "../wire/shape.ts";
import { TOUCHES } from "./touches.ts";

let lab: Ec2Lab;
let root: EC2Client;

/** What the table's calls are about. */
interface Things extends NetworkThings {
  readonly instanceId: string;
  readonly volumeId: string;
  readonly freeVolumeId: string;
  readonly snapshotId: string;
  readonly imageId: string;
  readonly publicImageId: string;
  readonly templateId: string;
}
let things: Things;

beforeEach(async () => {
  lab = new Ec2Lab();
  root = await lab.open();
});

const iam = () => lab.cloud.access.as(rootCaller("api"));

/** A user, by their name and the statements of their policy. */
async function user(userName: string, ...statements: object[]): Promise<EC2Client> {
  await iam().createUser({ userName });
  if (statements.length > 0) {
    const policyDocument = policyOf(...statements);
    await iam().putUserPolicy({ userName, policyName: "own", policyDocument });
  }
  return lab.client(await iam().createAccessKey({ userName }));
}

async function makeThings(): Promise<Things> {
  const { volumes, snapshots, images, keyPairs, launchTemplates } = lab.cloud;
  const instance = await launched(lab.cloud, { tags: { owner: "alice" } });
  const volume = await volumes.create({ sizeGiB: 1 });
  const snapshot = await snapshots.create({ volumeId: instance.rootVolumeId });
  await settle();
  const image = await images.register({ name: "of alice", snapshotId: snapshot.id, kernelImage: "tiny" });
  await keyPairs.create({ name: "alice", type: "ed25519" });
  const template = await launchTemplates.create({ name: "alices", data: { image: "tiny" } });
  const [tiny] = (await images.list()).filter(({ kind }) => kind === "embedded");
  return {
    instanceId: instance.id,
    volumeId: instance.rootVolumeId,
    freeVolumeId: volume.id,
    snapshotId: snapshot.id,
    imageId: image.id,
    publicImageId: tiny?.id ?? "",
    templateId: template.id,
    ...(await networkThings(lab)),
  };
}

type Input = Record<string, unknown>;

/** What a parameter of that name is given where an action must have it. */
const SAMPLES: Readonly<Record<string, (of: Things) => unknown>> = {
  ...NETWORK_SAMPLES,
  Attribute: () => "description",
  AvailabilityZone: () => "us-east-1a",
  DeprecateAt: () => new Date(Date.UTC(2030, 0, 1)),
  Description: () => "text",
  Device: () => "/dev/sdf",
  ImageId: ({ imageId }) => imageId,
  InstanceId: ({ instanceId }) => instanceId,
  InstanceIds: ({ instanceId }) => [instanceId],
  InstanceSpecification: ({ instanceId }) => ({ InstanceId: instanceId }),
  InstanceTypes: () => ["v1.micro"],
  KeyName: () => "alice",
  LaunchTemplateData: ({ publicImageId }) => ({ ImageId: publicImageId }),
  LaunchTemplateName: () => "another",
  MaxCount: () => 1,
  MinCount: () => 1,
  Name: () => "another",
  PublicKeyMaterial: () => new TextEncoder().encode("ssh-ed25519 AAAA"),
  Resources: ({ instanceId }) => [instanceId],
  SnapshotId: ({ snapshotId }) => snapshotId,
  SourceImageId: ({ imageId }) => imageId,
  SourceRegion: () => "us-east-1",
  SourceSnapshotId: ({ snapshotId }) => snapshotId,
  Tags: () => [{ Key: "k", Value: "v" }],
  Versions: () => ["1"],
  VolumeId: ({ volumeId }) => volumeId,
};

/** For actions that must be told more than their schemas say. */
const MORE: Readonly<Record<string, (of: Things) => Input>> = {
  ...NETWORK_INPUTS,
  AttachVolume: ({ freeVolumeId }) => ({ VolumeId: freeVolumeId }),
  CreateKeyPair: () => ({ KeyName: "another" }),
  CreateLaunchTemplateVersion: ({ templateId }) => ({ LaunchTemplateId: templateId }),
  CreateVolume: () => ({ AvailabilityZone: "us-east-1a", Size: 1 }),
  DeleteKeyPair: () => ({ KeyName: "alice" }),
  DeleteLaunchTemplate: ({ templateId }) => ({ LaunchTemplateId: templateId }),
  DeleteLaunchTemplateVersions: ({ templateId }) => ({ LaunchTemplateId: templateId }),
  DeleteVolume: ({ freeVolumeId }) => ({ VolumeId: freeVolumeId }),
  DescribeInstanceAttribute: () => ({ Attribute: "instanceType" }),
  DescribeSnapshotAttribute: () => ({ Attribute: "createVolumePermission" }),
  DescribeVolumeAttribute: () => ({ Attribute: "autoEnableIO" }),
  ImportKeyPair: () => ({ KeyName: "another" }),
  ModifyLaunchTemplate: ({ templateId }) => ({ LaunchTemplateId: templateId, DefaultVersion: "1" }),
  ModifySnapshotAttribute: () => ({
    Attribute: "createVolumePermission",
    UserIds: ["111122223333"],
    OperationType: "add",
  }),
  ResetImageAttribute: () => ({ Attribute: "launchPermission" }),
  ResetInstanceAttribute: () => ({ Attribute: "sourceDestCheck" }),
  ResetSnapshotAttribute: () => ({ Attribute: "createVolumePermission" }),
  RunInstances: ({ publicImageId }) => ({ ImageId: publicImageId }),
};

function inputOf(name: string, members: readonly Member[]): Input {
  const required = members.filter((member) => member.required && member.name !== "DryRun");
  const entries = required.map(({ name: parameter }) => {
    const sample = SAMPLES[parameter];
    if (sample === undefined) throw new Error(`${name} wants a ${parameter}: SAMPLES needs one`);
    return [parameter, sample(things)];
  });
  return { ...Object.fromEntries(entries), ...MORE[name]?.(things) };
}

function send(client: EC2Client, name: string, input: Input): Promise<unknown> {
  const Command = (sdk as unknown as Record<string, new (input: Input) => never>)[`${name}Command`];
  if (Command === undefined) throw new Error(`the SDK has no ${name}Command`);
  return client.send(new Command(input));
}

/** All that is stored, but for the audit log. */
const stored = () =>
  lab.lab.disk
    .database("cloud")
    .dump()
    .filter(([key]) => !String(key[1]).startsWith("audit"));

describe("F61 F73 every action", () => {
  it.each([...ACTIONS.keys()])(
    "%s is refused to a user without policies, also with DryRun, and does nothing",
    async (name) => {
      const action = ACTIONS.get(name);
      if (action === undefined) throw new Error(name);
      things = await makeThings();
      const nobody = await user("nobody");
      const { members } = action.operation.input;
      const input = inputOf(name, members);
      const hasDryRun = members.some((member) => member.name === "DryRun");
      const before = stored();
      const who = `User: arn:aws:iam::${ACCOUNT}:user/nobody is not authorized to perform: ec2:${name}`;
      const message = new RegExp(
        `^You are not authorized to perform this operation\\. ${who}( on resource: arn:aws:ec2:us-east-1:\\S+)? because no identity-based policy allows the ec2:${name} action$`,
      );
      const refusal = {
        name: "UnauthorizedOperation",
        message: expect.stringMatching(message),
        $metadata: { httpStatusCode: 403 },
      };
      await expect(send(nobody, name, input)).rejects.toMatchObject(refusal);
      if (hasDryRun) {
        await expect(send(nobody, name, { ...input, DryRun: true })).rejects.toMatchObject(refusal);
        // So it is the policy that refuses, and nothing else that is wrong with the request.
        const dry = { name: "DryRunOperation", $metadata: { httpStatusCode: 412 } };
        await expect(send(root, name, { ...input, DryRun: true })).rejects.toMatchObject(dry);
      }
      expect(stored()).toEqual(before);
    },
  );

  it("says what it touches", () => {
    const silent = [...ACTIONS.keys()].filter((name) => !isActionName(name));
    expect(silent, "missing in action-table.ts").toEqual([]);
    const touching = ACTION_NAMES.filter((name) => Object.keys(accessOf(name)).length > 0);
    expect(
      touching.filter((name) => TOUCHES[name] === undefined),
      "missing in touches.ts",
    ).toEqual([]);
    const needless = Object.keys(TOUCHES).filter((name) => isActionName(name) && !touching.includes(name));
    expect(needless, "needless in touches.ts").toEqual([]);
  });
});

describe("F60 F61 calls of EC2", () => {
  it("F61 AuthFailure 401 for a key that is unknown or inactive, and for a wrong signature", async () => {
    const failure = {
      name: "AuthFailure",
      message: "AWS was not able to validate the provided access credentials",
      $metadata: { httpStatusCode: 401 },
    };
    const regions = (client: EC2Client) => client.send(new sdk.DescribeRegionsCommand({}));
    await expect(regions(lab.client({ accessKeyId: "AKIAUNKNOWN" }))).rejects.toMatchObject(failure);
    await expect(regions(lab.client({ secretAccessKey: "wrong" }))).rejects.toMatchObject(failure);
    await iam().createUser({ userName: "alice" });
    const key = await iam().createAccessKey({ userName: "alice" });
    await iam().updateAccessKey({ userName: "alice", accessKeyId: key.accessKeyId, status: "Inactive" });
    await expect(regions(lab.client(key))).rejects.toMatchObject(failure);
  });

  it("F60 RunInstances is checked on image, instance, volume, interface, subnet, group, key pair, template, snapshot", async () => {
    things = await makeThings();
    const ec2 = await user("alice");
    const run = {
      ImageId: things.publicImageId,
      KeyName: "alice",
      MinCount: 1,
      MaxCount: 1,
      BlockDeviceMappings: [{ DeviceName: "/dev/sdf", Ebs: { SnapshotId: things.snapshotId } }],
      LaunchTemplate: { LaunchTemplateId: things.templateId },
      DryRun: true,
    };
    const types = [
      "image",
      "instance",
      "key-pair",
      "launch-template",
      "network-interface",
      "security-group",
      "snapshot",
    ];
    for (const type of [...types, "subnet", "volume"]) {
      const policyDocument = policyOf(allow("ec2:*"), deny("ec2:RunInstances", `arn:aws:ec2:*:*:${type}/*`));
      await iam().putUserPolicy({ userName: "alice", policyName: "own", policyDocument });
      await expect(ec2.send(new sdk.RunInstancesCommand(run)), type).rejects.toMatchObject({
        name: "UnauthorizedOperation",
        message: expect.stringMatching(
          new RegExp(
            `on resource: arn:aws:ec2:us-east-1:\\d*:${type}/\\S+ with an explicit deny in an identity-based policy$`,
          ),
        ),
      });
    }
    await iam().putUserPolicy({ userName: "alice", policyName: "own", policyDocument: policyOf(allow("ec2:*")) });
    await expect(ec2.send(new sdk.RunInstancesCommand(run))).rejects.toMatchObject({ name: "DryRunOperation" });
  });

  it("F60 conditions: type, region, owner of the image, tags of the resource and of the request", async () => {
    things = await makeThings();
    const { instanceId, publicImageId, volumeId } = things;
    const small = { StringEquals: { "ec2:InstanceType": "v1.nano" } };
    const ec2 = await user(
      "alice",
      allow("ec2:RunInstances", ["arn:aws:ec2:*::image/*"], { StringEquals: { "ec2:Owner": "amazon" } }),
      allow("ec2:RunInstances", ["arn:aws:ec2:*:*:instance/*"], small),
      allow(
        "ec2:RunInstances",
        ["volume", "network-interface", "subnet", "security-group"].map((type) => `arn:aws:ec2:*:*:${type}/*`),
      ),
      allow("ec2:CreateTags", "arn:aws:ec2:*:*:instance/*", { StringEquals: { "ec2:CreateAction": "RunInstances" } }),
      allow(["ec2:StopInstances", "ec2:DetachVolume"], "*", {
        StringEquals: { "ec2:ResourceTag/owner": variable("aws:username"), "ec2:Region": "us-east-1" },
      }),
    );
    const run = (input: object, client = ec2) =>
      client.send(new sdk.RunInstancesCommand({ MinCount: 1, MaxCount: 1, DryRun: true, ...input }));
    const nano = { ImageId: publicImageId, InstanceType: "v1.nano" as never };
    const tagged = (ResourceType: "instance" | "volume") => ({
      TagSpecifications: [{ ResourceType, Tags: [{ Key: "owner", Value: "alice" }] }],
    });
    await expect(run(nano)).rejects.toMatchObject({ name: "DryRunOperation" });
    await expect(run({ ...nano, ...tagged("instance") })).rejects.toMatchObject({ name: "DryRunOperation" });
    await expect(run({ ...nano, ...tagged("volume") })).rejects.toMatchObject({
      name: "UnauthorizedOperation",
      message: expect.stringContaining("not authorized to perform: ec2:CreateTags on resource: "),
    });
    await expect(run({ ...nano, InstanceType: "v1.small" })).rejects.toMatchObject({ name: "UnauthorizedOperation" });
    await expect(run({ ...nano, ImageId: things.imageId })).rejects.toMatchObject({ name: "UnauthorizedOperation" });
    const stop = new sdk.StopInstancesCommand({ InstanceIds: [instanceId], DryRun: true });
    await expect(ec2.send(stop)).rejects.toMatchObject({ name: "DryRunOperation" });
    // The volume has no such tag.
    const detach = new sdk.DetachVolumeCommand({ VolumeId: volumeId, DryRun: true });
    await expect(ec2.send(detach)).rejects.toMatchObject({
      name: "UnauthorizedOperation",
      message: expect.stringContaining(`:volume/${volumeId} `),
    });
    const elsewhere = lab.client({ region: "eu-west-1", ...(await iam().createAccessKey({ userName: "alice" })) });
    await expect(elsewhere.send(stop)).rejects.toMatchObject({ name: "UnauthorizedOperation" });
  });

  it("F60 a launch is asked for the groups that it names, and for the zone that it gives by its id", async () => {
    const group = await lab.cloud.securityGroups.create({
      name: "secret",
      description: "secret",
      tags: { of: "root" },
    });
    const { id: imageId } = await lab.cloud.images.get("tiny");
    const ofRoot = { StringEquals: { "ec2:ResourceTag/of": "root" } };
    const inB = { StringEquals: { "ec2:AvailabilityZone": "us-east-1b" } };
    const ec2 = await user(
      "alice",
      allow("ec2:*"),
      deny("ec2:RunInstances", "*", ofRoot),
      deny("ec2:RunInstances", "*", inB),
    );
    const run = (input: object) =>
      ec2.send(new sdk.RunInstancesCommand({ ImageId: imageId, MinCount: 1, MaxCount: 1, DryRun: true, ...input }));
    const denied = { name: "UnauthorizedOperation", message: expect.stringContaining("with an explicit deny") };
    await expect(run({})).rejects.toMatchObject({ name: "DryRunOperation" });
    await expect(run({ SecurityGroupIds: [group.id] })).rejects.toMatchObject(denied);
    await expect(run({ SecurityGroups: ["secret"] })).rejects.toMatchObject(denied);
    await expect(run({ Placement: { AvailabilityZone: "us-east-1b" } })).rejects.toMatchObject(denied);
    await expect(run({ Placement: { AvailabilityZoneId: "use1-az2" } })).rejects.toMatchObject(denied);
  });

  it("says of what there is not only that it is denied, and to who may that it is not there", async () => {
    const missing = new sdk.StopInstancesCommand({ InstanceIds: ["i-0123456789abcdef0"] });
    await expect((await user("nobody")).send(missing)).rejects.toMatchObject({ name: "UnauthorizedOperation" });
    const alice = await user("alice", allow("ec2:*"));
    await expect(alice.send(missing)).rejects.toMatchObject({ name: "InvalidInstanceID.NotFound" });
  });

  it("F59 takes a change of a policy for the next call", async () => {
    const ec2 = await user("alice");
    const all = () => ec2.send(new sdk.DescribeInstancesCommand({}));
    await expect(all()).rejects.toMatchObject({ name: "UnauthorizedOperation" });
    const policyArn = "arn:aws:iam::aws:policy/AmazonEC2ReadOnlyAccess";
    await iam().attachUserPolicy({ userName: "alice", policyArn });
    expect((await all()).Reservations).toEqual([]);
    await iam().detachUserPolicy({ userName: "alice", policyArn });
    await expect(all()).rejects.toMatchObject({ name: "UnauthorizedOperation" });
  });
});
