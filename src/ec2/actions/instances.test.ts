import {
  DescribeInstanceStatusCommand,
  DescribeInstancesCommand,
  type EC2Client,
  GetConsoleOutputCommand,
  type Instance,
  paginateDescribeInstances,
  RebootInstancesCommand,
  RunInstancesCommand,
  type RunInstancesCommandInput,
  StartInstancesCommand,
  StopInstancesCommand,
  TerminateInstancesCommand,
  waitUntilInstanceRunning,
  waitUntilInstanceStatusOk,
  waitUntilInstanceTerminated,
} from "@aws-sdk/client-ec2";
import { beforeEach, describe, expect, it } from "vitest";
import { ACCOUNT, type Ec2Lab, openLab } from "../../../test/support/ec2-lab.ts";
import { settle } from "../../../test/support/fake-clock.ts";

const UNKNOWN = "i-00000000000000000";

let ec2: EC2Client;
let lab: Ec2Lab;
let imageId: string;

beforeEach(async () => {
  ({ lab, ec2, imageId } = await openLab());
});

const launch = (input: Partial<RunInstancesCommandInput> = {}) =>
  ec2.send(new RunInstancesCommand({ ImageId: imageId, MinCount: 1, MaxCount: 1, ...input }));

async function running(count = 1): Promise<string[]> {
  const { Instances: instances = [] } = await launch({ MinCount: count, MaxCount: count });
  await settle();
  return instances.map(({ InstanceId: id = "" }) => id);
}

async function describeOne(id: string): Promise<Instance | undefined> {
  const { Reservations: reservations } = await ec2.send(new DescribeInstancesCommand({ InstanceIds: [id] }));
  return reservations?.[0]?.Instances?.[0];
}

const idsOf = (reservations: readonly { Instances?: Instance[] | undefined }[] = []) =>
  reservations.flatMap(({ Instances: instances = [] }) => instances.map(({ InstanceId: id }) => id));

describe("RunInstances", () => {
  it("F01 F02 F03 answers with one reservation of pending instances", async () => {
    const reservation = await launch({
      MinCount: 2,
      MaxCount: 2,
      InstanceType: "v1.small" as never,
      TagSpecifications: [
        { ResourceType: "instance", Tags: [{ Key: "Name", Value: "web <&> \u{1F600}" }] },
        { ResourceType: "volume", Tags: [{ Key: "disk", Value: "" }] },
      ],
    });
    expect(reservation.ReservationId).toMatch(/^r-[0-9a-f]{17}$/);
    expect(reservation.OwnerId).toBe(ACCOUNT);
    expect(reservation.Instances?.map(({ AmiLaunchIndex: index }) => index)).toEqual([0, 1]);
    expect(reservation.Instances?.[0]).toMatchObject({
      ImageId: imageId,
      InstanceType: "v1.small",
      State: { Code: 0, Name: "pending" },
      Placement: { AvailabilityZone: "us-east-1a" },
      RootDeviceName: "/dev/vda",
      RootDeviceType: "ebs",
      Tags: [{ Key: "Name", Value: "web <&> \u{1F600}" }],
    });
    // The SDK makes a token for every call.
    expect(reservation.Instances?.[0]?.ClientToken).toMatch(/^[0-9a-f-]{36}$/);
    expect(lab.cloud.volumes.list().map(({ tags }) => tags)).toEqual([{ disk: "" }, { disk: "" }]);
  });

  it("F79 takes an empty zone for none, as Terraform sends it", async () => {
    const { Instances: [instance] = [] } = await launch({ Placement: { AvailabilityZone: "" } });
    expect(instance?.Placement?.AvailabilityZone).toBe("us-east-1a");
  });

  it("F74 gives the same instances again for a token, and refuses another request with it", async () => {
    const first = await launch({ ClientToken: "token" });
    const second = await launch({ ClientToken: "token" });
    expect(idsOf([second])).toEqual(idsOf([first]));
    await expect(launch({ ClientToken: "token", InstanceType: "v1.nano" as never })).rejects.toMatchObject({
      name: "IdempotentParameterMismatch",
    });
    expect(lab.cloud.instances.list()).toHaveLength(1);
  });

  it("F45 makes the disks that are asked for", async () => {
    await launch({
      BlockDeviceMappings: [
        { DeviceName: "/dev/vda", Ebs: { VolumeSize: 2, DeleteOnTermination: false } },
        { DeviceName: "/dev/sdf", Ebs: { VolumeSize: 1, VolumeType: "gp3", Encrypted: false } },
      ],
    });
    await settle();
    const id = lab.cloud.instances.list()[0]?.id ?? "";
    const mappings = (await describeOne(id))?.BlockDeviceMappings ?? [];
    expect(mappings).toMatchObject([
      { DeviceName: "/dev/vda", Ebs: { DeleteOnTermination: false, Status: "attached" } },
      { DeviceName: "/dev/sdf", Ebs: { DeleteOnTermination: false, Status: "attached" } },
    ]);
    const volumes = mappings.map(({ Ebs: ebs }) => lab.cloud.volumes.get(ebs?.VolumeId ?? ""));
    expect(volumes).toMatchObject([{ sizeBytes: 2 ** 31 }, { sizeBytes: 2 ** 30, type: "gp3" }]);
  });

  it.each<[string, Partial<RunInstancesCommandInput>, string]>([
    ["F02 no image", { ImageId: undefined }, "MissingParameter"],
    ["F02 a name in place of an id", { ImageId: "tiny" }, "InvalidAMIID.Malformed"],
    ["F02 an unknown image", { ImageId: "ami-00000000000000000" }, "InvalidAMIID.NotFound"],
    ["F02 no MaxCount", { MaxCount: undefined }, "MissingParameter"],
    ["F03 a MinCount of 0", { MinCount: 0 }, "InvalidParameterValue"],
    ["F05 an unknown type", { InstanceType: "m1.small" }, "InvalidParameterValue"],
    ["F69 more than the limit", { MinCount: 6, MaxCount: 6 }, "InstanceLimitExceeded"],
    ["F45 a mapping that says nothing", { BlockDeviceMappings: [{ DeviceName: "/dev/sdf" }] }, "MissingParameter"],
    ["F79 a zone of another region", { Placement: { AvailabilityZone: "eu-west-1a" } }, "InvalidParameterValue"],
    ["F10 a key pair that there is not", { KeyName: "mine" }, "InvalidKeyPair.NotFound"],
    ["what is not there yet, deeper down", { Placement: { HostId: "h-1" } }, "UnsupportedOperation"],
    [
      "tags of what a launch does not make",
      { TagSpecifications: [{ ResourceType: "image" }] },
      "InvalidParameterValue",
    ],
    [
      "F77 a tag twice",
      {
        TagSpecifications: [
          { ResourceType: "instance", Tags: [{ Key: "a", Value: "1" }] },
          { ResourceType: "instance", Tags: [{ Key: "a", Value: "2" }] },
        ],
      },
      "InvalidParameterValue",
    ],
  ])("refuses %s, and launches nothing", async (_, input, name) => {
    await expect(launch(input)).rejects.toMatchObject({ name });
    expect(lab.cloud.instances.list()).toEqual([]);
  });

  it("F70 says with status 500 that there is no room, so that the SDK tries again later", async () => {
    await expect(launch({ InstanceType: "v1.large" as never, MinCount: 2, MaxCount: 2 })).rejects.toMatchObject({
      name: "InsufficientInstanceCapacity",
      $metadata: { httpStatusCode: 500 },
    });
  });

  it("F73 does nothing when it is a dry run", async () => {
    await expect(launch({ DryRun: true })).rejects.toMatchObject({
      name: "DryRunOperation",
      $metadata: { httpStatusCode: 412 },
    });
    expect(lab.cloud.instances.list()).toEqual([]);
  });

  it("F73 is told by a dry run what would go wrong, which makes neither keys nor uses up a client token", async () => {
    const dry = (input: Partial<RunInstancesCommandInput>) => launch({ DryRun: true, ...input });
    await expect(dry({ ImageId: "ami-12345678" })).rejects.toMatchObject({ name: "InvalidAMIID.NotFound" });
    await expect(dry({ KeyName: "none" })).rejects.toMatchObject({ name: "InvalidKeyPair.NotFound" });
    const tooMany = dry({ InstanceType: "v1.large" as never, MinCount: 2, MaxCount: 2 });
    await expect(tooMany).rejects.toMatchObject({ name: "InsufficientInstanceCapacity" });
    const sealed = [{ DeviceName: "/dev/sdf", Ebs: { VolumeSize: 1, Encrypted: true } }];
    await expect(dry({ BlockDeviceMappings: sealed, ClientToken: "once" })).rejects.toMatchObject({
      name: "DryRunOperation",
    });
    const made = lab.lab.disk.database("cloud").dump();
    expect(made.filter(([key]) => /^(?:data-key|client-token|instance|volume)$/.test(String(key[1])))).toEqual([]);
    const stop = new StopInstancesCommand({ InstanceIds: ["i-12345678"], DryRun: true });
    await expect(ec2.send(stop)).rejects.toMatchObject({ name: "InvalidInstanceID.NotFound" });
  });
});

describe("states", () => {
  it("F14 F15 F16 F18 start, stop and terminate tell the state before and after", async () => {
    const [id = ""] = await running();
    const stopped = await ec2.send(new StopInstancesCommand({ InstanceIds: [id], Force: true }));
    expect(stopped.StoppingInstances).toEqual([
      { InstanceId: id, PreviousState: { Code: 16, Name: "running" }, CurrentState: { Code: 64, Name: "stopping" } },
    ]);
    await settle();
    expect(await describeOne(id)).toMatchObject({
      State: { Code: 80, Name: "stopped" },
      StateReason: { Code: "Client.UserInitiatedShutdown" },
      StateTransitionReason: expect.stringMatching(/^User initiated \(.* GMT\)$/),
    });
    const started = await ec2.send(new StartInstancesCommand({ InstanceIds: [id] }));
    expect(started.StartingInstances?.[0]?.CurrentState?.Name).toBe("pending");
    await settle();
    await ec2.send(new RebootInstancesCommand({ InstanceIds: [id] }));
    const ended = await ec2.send(new TerminateInstancesCommand({ InstanceIds: [id] }));
    expect(ended.TerminatingInstances?.[0]?.CurrentState?.Name).toBe("shutting-down");
  });

  it("F26 the SDK's waiters end", async () => {
    lab.lab.machines.readyAtOnce = false;
    const [id = ""] = await running();
    const wait = { client: ec2, maxWaitTime: 10, minDelay: 0.01, maxDelay: 0.01 };
    await waitUntilInstanceRunning(wait, { InstanceIds: [id] });
    lab.lab.machines.last.hear({ type: "ready", agentVersion: 1 });
    await waitUntilInstanceStatusOk(wait, { InstanceIds: [id] });
    await ec2.send(new TerminateInstancesCommand({ InstanceIds: [id] }));
    await waitUntilInstanceTerminated(wait, { InstanceIds: [id] });
  });

  it("F18 nothing is done when an id is unknown, and all that are unknown are told", async () => {
    const [id = ""] = await running();
    const other = "i-00000000000000001";
    await expect(ec2.send(new TerminateInstancesCommand({ InstanceIds: [id, UNKNOWN] }))).rejects.toMatchObject({
      name: "InvalidInstanceID.NotFound",
      message: `The instance ID '${UNKNOWN}' does not exist`,
    });
    await expect(ec2.send(new StopInstancesCommand({ InstanceIds: [id, UNKNOWN, other] }))).rejects.toMatchObject({
      message: `The instance IDs '${UNKNOWN}, ${other}' do not exist`,
    });
    expect((await describeOne(id))?.State?.Name).toBe("running");
  });

  const none = { InstanceIds: [] };
  it.each([
    ["start", () => ec2.send(new StartInstancesCommand(none))],
    ["stop", () => ec2.send(new StopInstancesCommand(none))],
    ["reboot", () => ec2.send(new RebootInstancesCommand(none))],
    ["terminate", () => ec2.send(new TerminateInstancesCommand(none))],
  ])("F18 to %s none is InvalidParameterCombination", async (_, send: () => Promise<unknown>) => {
    await expect(send()).rejects.toMatchObject({
      name: "InvalidParameterCombination",
      message: "No instances specified",
    });
  });

  it("F23 hibernation is refused, and the instance runs on", async () => {
    const [id = ""] = await running();
    await expect(ec2.send(new StopInstancesCommand({ InstanceIds: [id], Hibernate: true }))).rejects.toMatchObject({
      name: "UnsupportedHibernationConfiguration",
    });
    expect((await describeOne(id))?.State?.Name).toBe("running");
  });

  it("F16 a terminated instance cannot be started", async () => {
    const [id = ""] = await running();
    await lab.cloud.instances.get(id).stop({ force: true });
    await lab.cloud.instances.get(id).terminate();
    await expect(ec2.send(new StartInstancesCommand({ InstanceIds: [id] }))).rejects.toMatchObject({
      name: "IncorrectInstanceState",
    });
  });
});

describe("DescribeInstances", () => {
  it("F76 filters, and shows of each reservation what matches", async () => {
    const { ReservationId: reservation } = await launch({ MinCount: 2, MaxCount: 2 });
    await launch({ InstanceType: "v1.nano" as never });
    await settle();
    const filter = (Name: string, ...Values: string[]) => ({ Name, Values });
    const find = async (...Filters: { Name: string; Values: string[] }[]) =>
      idsOf((await ec2.send(new DescribeInstancesCommand({ Filters }))).Reservations).length;
    expect(await find(filter("reservation-id", reservation ?? ""))).toBe(2);
    expect(await find(filter("instance-type", "v1.n*"))).toBe(1);
    expect(await find(filter("instance-type", "v1.nano", "v1.micro"))).toBe(3);
    expect(await find(filter("launch-index", "1"), filter("instance-state-name", "running"))).toBe(1);
    expect(await find(filter("ip-address", "*"))).toBe(3);
    expect(await find(filter("ipv6-address", "*"))).toBe(0);
    await expect(find(filter("spam", "x"))).rejects.toMatchObject({
      name: "InvalidParameterValue",
      message: "The filter 'spam' is invalid",
    });
  });

  it("F75 goes page by page through reservations", async () => {
    lab.lab.limits = { maxInstances: 20, maxMemoryMiB: 10_000 };
    ec2 = await lab.open();
    for (let i = 0; i < 7; i++) await launch();
    const pages = [];
    for await (const page of paginateDescribeInstances({ client: ec2, pageSize: 5 }, {})) pages.push(page);
    expect(pages.map(({ Reservations: reservations }) => reservations?.length)).toEqual([5, 2]);
    expect(new Set(pages.flatMap(({ Reservations: reservations }) => idsOf(reservations))).size).toBe(7);
    const token = pages[0]?.NextToken ?? "";
    const next = (input: object) =>
      ec2.send(new DescribeInstancesCommand({ MaxResults: 5, NextToken: token, ...input }));
    await expect(next({ NextToken: `${token.slice(0, -4)}AAAA` })).rejects.toMatchObject({ name: "InvalidNextToken" });
    await expect(next({ Filters: [{ Name: "image-id", Values: ["*"] }] })).rejects.toMatchObject({
      name: "InvalidNextToken",
    });
    await expect(next({ MaxResults: 4 })).rejects.toMatchObject({ name: "InvalidParameterValue" });
    await expect(next({ InstanceIds: [UNKNOWN] })).rejects.toMatchObject({ name: "InvalidParameterCombination" });
  });

  it("F78 tells malformed ids from unknown ones", async () => {
    await expect(describeOne("nonsense")).rejects.toMatchObject({ name: "InvalidInstanceID.Malformed" });
    await expect(describeOne(UNKNOWN)).rejects.toMatchObject({ name: "InvalidInstanceID.NotFound" });
  });
});

describe("DescribeInstanceStatus", () => {
  it("F20 shows what runs, with what the guest says, and the others when asked", async () => {
    lab.lab.machines.readyAtOnce = false;
    const [first = "", second = ""] = await running(2);
    await lab.cloud.instances.get(second).stop({ force: true });
    const { InstanceStatuses: statuses } = await ec2.send(new DescribeInstanceStatusCommand({}));
    expect(statuses).toMatchObject([
      {
        InstanceId: first,
        InstanceState: { Name: "running" },
        InstanceStatus: { Status: "initializing", Details: [{ Name: "reachability", Status: "initializing" }] },
        SystemStatus: { Status: "ok" },
      },
    ]);
    const all = await ec2.send(new DescribeInstanceStatusCommand({ IncludeAllInstances: true }));
    expect(all.InstanceStatuses?.map(({ InstanceStatus: status }) => status?.Status)).toEqual([
      "initializing",
      "not-applicable",
    ]);
  });
});

describe("GetConsoleOutput", () => {
  it("F07 gives what the guest wrote, in base64", async () => {
    const [id = ""] = await running();
    const { Output: output } = await ec2.send(new GetConsoleOutputCommand({ InstanceId: id }));
    expect(Buffer.from(output ?? "", "base64").toString()).toBe(lab.cloud.instances.get(id).console.history());
    await expect(ec2.send(new GetConsoleOutputCommand({ InstanceId: UNKNOWN }))).rejects.toMatchObject({
      name: "InvalidInstanceID.NotFound",
    });
  });
});
