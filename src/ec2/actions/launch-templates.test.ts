import {
  CreateLaunchTemplateCommand,
  CreateLaunchTemplateVersionCommand,
  CreateTagsCommand,
  DeleteLaunchTemplateCommand,
  DeleteLaunchTemplateVersionsCommand,
  DescribeInstancesCommand,
  DescribeLaunchTemplatesCommand,
  DescribeLaunchTemplateVersionsCommand,
  type EC2Client,
  GetLaunchTemplateDataCommand,
  ModifyLaunchTemplateCommand,
  paginateDescribeLaunchTemplateVersions,
  type RequestLaunchTemplateData,
  RunInstancesCommand,
  type RunInstancesCommandInput,
} from "@aws-sdk/client-ec2";
import { beforeEach, describe, expect, it } from "vitest";
import { type Ec2Lab, openLab } from "../../../test/support/ec2-lab.ts";
import { settle } from "../../../test/support/fake-clock.ts";
import { allow, policyOf } from "../../../test/support/policy-lab.ts";
import { rootCaller } from "../../cloud/access/caller.ts";

const NAME = "web";
const USER_DATA = btoa("#!/bin/sh\n");

let ec2: EC2Client;
let lab: Ec2Lab;
let imageId: string;

beforeEach(async () => {
  ({ lab, ec2, imageId } = await openLab());
});

const create = (data: RequestLaunchTemplateData = { ImageId: imageId }, rest: object = {}) =>
  ec2.send(new CreateLaunchTemplateCommand({ LaunchTemplateName: NAME, LaunchTemplateData: data, ...rest }));
const createVersion = (data: RequestLaunchTemplateData, rest: object = {}) =>
  ec2.send(new CreateLaunchTemplateVersionCommand({ LaunchTemplateName: NAME, LaunchTemplateData: data, ...rest }));
const versions = async (input: DescribeLaunchTemplateVersionsCommand["input"] = {}) =>
  (await ec2.send(new DescribeLaunchTemplateVersionsCommand({ LaunchTemplateName: NAME, ...input })))
    .LaunchTemplateVersions ?? [];
const numbers = async (input: DescribeLaunchTemplateVersionsCommand["input"] = {}) =>
  (await versions(input)).map(({ VersionNumber: number }) => number);
const templates = async (input: DescribeLaunchTemplatesCommand["input"] = {}) =>
  (await ec2.send(new DescribeLaunchTemplatesCommand(input))).LaunchTemplates ?? [];

async function run(input: Partial<RunInstancesCommandInput>) {
  const { Instances: [made] = [] } = await ec2.send(new RunInstancesCommand({ MinCount: 1, MaxCount: 1, ...input }));
  await settle();
  const ids = { InstanceIds: [made?.InstanceId ?? ""] };
  const { Reservations: [reservation] = [] } = await ec2.send(new DescribeInstancesCommand(ids));
  const instance = reservation?.Instances?.[0];
  if (instance === undefined) throw new Error("no instance");
  return instance;
}

describe("launch templates", () => {
  it("F12: a template begins with version 1, and gives back what it was given", async () => {
    const data: RequestLaunchTemplateData = {
      ImageId: imageId,
      InstanceType: "v1.small" as never,
      KeyName: "none yet",
      UserData: USER_DATA,
      Placement: { AvailabilityZone: "us-east-1b" },
      DisableApiTermination: true,
      InstanceInitiatedShutdownBehavior: "terminate",
      MetadataOptions: { HttpTokens: "required" },
      MaintenanceOptions: { AutoRecovery: "default" },
      BlockDeviceMappings: [{ DeviceName: "/dev/sdf", Ebs: { VolumeSize: 2, VolumeType: "gp3", Encrypted: false } }],
      TagSpecifications: [
        { ResourceType: "instance", Tags: [{ Key: "a", Value: "1" }] },
        { ResourceType: "volume", Tags: [{ Key: "b", Value: "2" }] },
      ],
    };
    const specification = [{ ResourceType: "launch-template" as const, Tags: [{ Key: "team", Value: "x" }] }];
    const { LaunchTemplate: made } = await create(data, {
      VersionDescription: "first",
      TagSpecifications: specification,
    });
    expect(made).toEqual({
      LaunchTemplateId: expect.stringMatching(/^lt-[0-9a-f]{17}$/),
      LaunchTemplateName: NAME,
      CreateTime: expect.any(Date),
      CreatedBy: "arn:aws:iam::123456789012:root",
      DefaultVersionNumber: 1,
      LatestVersionNumber: 1,
      Tags: [{ Key: "team", Value: "x" }],
    });
    ec2 = await lab.open();
    expect(await templates({ Filters: [{ Name: "tag:team", Values: ["x"] }] })).toEqual([made]);
    const [version] = await versions();
    expect(version).toMatchObject({ VersionNumber: 1, VersionDescription: "first", DefaultVersion: true });
    expect(version?.LaunchTemplateData).toEqual(data);
  });

  it("F12 F59: a template and its versions say who made them", async () => {
    const iam = lab.cloud.access.as(rootCaller("api"));
    await iam.createUser({ userName: "alice", path: "/team/" });
    await iam.putUserPolicy({ userName: "alice", policyName: "own", policyDocument: policyOf(allow("ec2:*")) });
    const alice = lab.client(await iam.createAccessKey({ userName: "alice" }));
    const data = { LaunchTemplateName: NAME, LaunchTemplateData: { ImageId: imageId } };
    const hers = "arn:aws:iam::123456789012:user/team/alice";
    const { LaunchTemplate: made } = await alice.send(new CreateLaunchTemplateCommand(data));
    expect(made?.CreatedBy).toBe(hers);
    await createVersion({ KeyName: "k" });
    expect((await versions()).map(({ CreatedBy }) => CreatedBy)).toEqual(["arn:aws:iam::123456789012:root", hers]);
    expect((await templates())[0]?.CreatedBy).toBe(hers);
  });

  it("F12: versions count up, $Default and $Latest are two of them, and a source gives what is not said", async () => {
    await create({ ImageId: imageId, InstanceType: "v1.nano" as never });
    const { LaunchTemplateVersion: second } = await createVersion({ KeyName: "k" }, { SourceVersion: "1" });
    expect(second?.LaunchTemplateData).toEqual({ ImageId: imageId, InstanceType: "v1.nano", KeyName: "k" });
    const { LaunchTemplateVersion: third } = await createVersion({ InstanceType: "v1.small" as never });
    expect(third).toMatchObject({ VersionNumber: 3, DefaultVersion: false });
    expect(third?.LaunchTemplateData).toEqual({ InstanceType: "v1.small" });
    expect(await numbers()).toEqual([3, 2, 1]);
    expect(await numbers({ Versions: ["$Latest", "$Default"] })).toEqual([3, 1]);
    expect(await numbers({ MinVersion: "2", MaxVersion: "2" })).toEqual([2]);
    expect(await numbers({ Filters: [{ Name: "is-default-version", Values: ["true"] }] })).toEqual([1]);
    const ofAll = new DescribeLaunchTemplateVersionsCommand({ Versions: ["$Latest"] });
    expect((await ec2.send(ofAll)).LaunchTemplateVersions?.map(({ VersionNumber }) => VersionNumber)).toEqual([3]);

    const modify = new ModifyLaunchTemplateCommand({ LaunchTemplateName: NAME, DefaultVersion: "2" });
    expect((await ec2.send(modify)).LaunchTemplate).toMatchObject({ DefaultVersionNumber: 2, LatestVersionNumber: 3 });
    expect(await numbers({ Versions: ["$Default"] })).toEqual([2]);
    await expect(versions({ Versions: ["9"] })).rejects.toMatchObject({
      name: "InvalidLaunchTemplateId.VersionNotFound",
    });
    await expect(ec2.send(new DescribeLaunchTemplateVersionsCommand({}))).rejects.toMatchObject({
      name: "MissingParameter",
    });
  });

  it("F75: pages of versions are the newest first", async () => {
    await create();
    for (const type of ["v1.nano", "v1.small", "v1.micro"]) await createVersion({ InstanceType: type as never });
    const seen: (number | undefined)[] = [];
    const pages = paginateDescribeLaunchTemplateVersions({ client: ec2, pageSize: 3 }, { LaunchTemplateName: NAME });
    for await (const { LaunchTemplateVersions: page = [] } of pages)
      seen.push(...page.map(({ VersionNumber }) => VersionNumber));
    expect(seen).toEqual([4, 3, 2, 1]);
  });

  it("F12: deleting versions tells of each; the default one stays, and no number comes twice", async () => {
    await create();
    await createVersion({ ImageId: imageId });
    const remove = new DeleteLaunchTemplateVersionsCommand({ LaunchTemplateName: NAME, Versions: ["1", "2", "7"] });
    const result = await ec2.send(remove);
    expect(result.SuccessfullyDeletedLaunchTemplateVersions).toMatchObject([{ VersionNumber: 2 }]);
    expect(result.UnsuccessfullyDeletedLaunchTemplateVersions).toMatchObject([
      { VersionNumber: 1, ResponseError: { Code: "unexpectedError" } },
      { VersionNumber: 7, ResponseError: { Code: "launchTemplateVersionDoesNotExist" } },
    ]);
    expect((await createVersion({ ImageId: imageId })).LaunchTemplateVersion?.VersionNumber).toBe(3);
    const gone = await ec2.send(new DeleteLaunchTemplateCommand({ LaunchTemplateName: NAME }));
    expect(gone.LaunchTemplate?.LaunchTemplateName).toBe(NAME);
    expect(await templates()).toEqual([]);
    await expect(versions()).rejects.toMatchObject({ name: "InvalidLaunchTemplateName.NotFoundException" });
  });

  it("F12: names and ids that there are not, are taken or are none, have EC2's errors", async () => {
    await create();
    await expect(create()).rejects.toMatchObject({
      name: "InvalidLaunchTemplateName.AlreadyExistsException",
      message: "Launch template name already in use.",
    });
    await expect(create(undefined, { LaunchTemplateName: "a b" })).rejects.toMatchObject({
      name: "InvalidLaunchTemplateName.MalformedException",
    });
    await expect(create({}, { LaunchTemplateName: "empty" })).rejects.toMatchObject({ name: "MissingParameter" });
    await expect(create({ KernelId: "aki-1" }, { LaunchTemplateName: "other" })).rejects.toMatchObject({
      name: "UnsupportedOperation",
      message: expect.stringContaining("LaunchTemplateData.KernelId"),
    });
    await expect(templates({ LaunchTemplateIds: ["lt-00000000000000000"] })).rejects.toMatchObject({
      name: "InvalidLaunchTemplateId.NotFound",
    });
    await expect(templates({ LaunchTemplateIds: ["lt-x"] })).rejects.toMatchObject({
      name: "InvalidLaunchTemplateId.Malformed",
    });
    await expect(run({ LaunchTemplate: { LaunchTemplateName: "other" } })).rejects.toMatchObject({
      name: "InvalidLaunchTemplateName.NotFoundException",
    });
    await expect(run({ LaunchTemplate: { LaunchTemplateName: NAME, Version: "5" } })).rejects.toMatchObject({
      name: "InvalidLaunchTemplateId.VersionNotFound",
    });
    const both = { LaunchTemplateName: NAME, LaunchTemplateId: "lt-00000000000000000" };
    await expect(run({ LaunchTemplate: both })).rejects.toMatchObject({ name: "InvalidParameterCombination" });
  });

  it("F12: a launch takes from the template what it does not say, and is tagged with it", async () => {
    const { LaunchTemplate: template } = await create({
      ImageId: imageId,
      InstanceType: "v1.nano" as never,
      UserData: USER_DATA,
      TagSpecifications: [
        {
          ResourceType: "instance",
          Tags: [
            { Key: "a", Value: "template" },
            { Key: "b", Value: "template" },
          ],
        },
      ],
    });
    const instance = await run({
      LaunchTemplate: { LaunchTemplateName: NAME },
      InstanceType: "v1.small" as never,
      TagSpecifications: [{ ResourceType: "instance", Tags: [{ Key: "b", Value: "launch" }] }],
    });
    expect(instance).toMatchObject({ ImageId: imageId, InstanceType: "v1.small" });
    const tags = Object.fromEntries((instance.Tags ?? []).map(({ Key = "", Value }) => [Key, Value]));
    expect(tags).toEqual({
      a: "template",
      b: "launch",
      "aws:ec2launchtemplate:id": template?.LaunchTemplateId,
      "aws:ec2launchtemplate:version": "1",
    });
    expect(lab.cloud.instances.get(instance.InstanceId ?? "").userData).toBe(USER_DATA);

    // What the cloud has tagged stays, and nobody else does so.
    const tag = (Key: string) =>
      ec2.send(new CreateTagsCommand({ Resources: [instance.InstanceId ?? ""], Tags: [{ Key, Value: "x" }] }));
    await tag("c");
    await expect(tag("aws:ec2launchtemplate:id")).rejects.toMatchObject({ name: "InvalidParameterValue" });
    expect(lab.cloud.instances.get(instance.InstanceId ?? "").tags).toEqual({ ...tags, c: "x" });
  });

  it("F12: neither the launch nor its template says an image: MissingParameter", async () => {
    await create({ InstanceType: "v1.nano" as never });
    await expect(run({ LaunchTemplate: { LaunchTemplateName: NAME } })).rejects.toMatchObject({
      name: "MissingParameter",
    });
  });

  it("F12: an instance's own data launches another one like it", async () => {
    const first = await run({
      ImageId: imageId,
      InstanceType: "v1.small" as never,
      UserData: USER_DATA,
      DisableApiTermination: true,
      BlockDeviceMappings: [{ DeviceName: "/dev/sdf", Ebs: { VolumeSize: 3, DeleteOnTermination: true } }],
      TagSpecifications: [{ ResourceType: "instance", Tags: [{ Key: "Name", Value: "one" }] }],
    });
    const { LaunchTemplateData: data } = await ec2.send(
      new GetLaunchTemplateDataCommand({ InstanceId: first.InstanceId }),
    );
    expect(data).toMatchObject({
      ImageId: imageId,
      InstanceType: "v1.small",
      UserData: USER_DATA,
      DisableApiTermination: true,
      TagSpecifications: [{ ResourceType: "instance", Tags: [{ Key: "Name", Value: "one" }] }],
    });
    await create(data as RequestLaunchTemplateData);
    const second = await run({ LaunchTemplate: { LaunchTemplateName: NAME } });
    expect(second.InstanceType).toBe("v1.small");
    expect(second.BlockDeviceMappings?.map(({ DeviceName }) => DeviceName)).toEqual(["/dev/vda", "/dev/sdf"]);
    expect(lab.cloud.instances.get(second.InstanceId ?? "").attributes.disableApiTermination).toBe(true);
  });

  it("F74: a client token makes one template, and one version", async () => {
    const first = await create(undefined, { ClientToken: "t" });
    expect(await create(undefined, { ClientToken: "t" })).toMatchObject({ LaunchTemplate: first.LaunchTemplate });
    await createVersion({ ImageId: imageId }, { ClientToken: "v" });
    expect((await createVersion({ ImageId: imageId }, { ClientToken: "v" })).LaunchTemplateVersion?.VersionNumber).toBe(
      2,
    );
    expect(await numbers()).toEqual([2, 1]);
    await expect(create({ KeyName: "x" }, { ClientToken: "t" })).rejects.toMatchObject({
      name: "IdempotentParameterMismatch",
    });
  });

  it("F12: this cloud's own API names images; EC2 is told their ids", async () => {
    await lab.cloud.launchTemplates.create({ name: NAME, data: { image: "tiny", userData: "#!/bin/sh\n" } });
    const [version] = await versions();
    expect(version?.LaunchTemplateData).toEqual({ ImageId: imageId, UserData: USER_DATA });
    const [instance] = await lab.cloud.instances.launch({ launchTemplate: { name: NAME, version: "$Latest" } });
    expect(instance?.imageName).toBe("tiny");
  });
});
