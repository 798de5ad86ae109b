import {
  DescribeInstanceAttributeCommand,
  DescribeInstanceStatusCommand,
  DescribeInstancesCommand,
  type EC2Client,
  GetPasswordDataCommand,
  type Instance,
  type InstanceAttributeName,
  ModifyInstanceAttributeCommand,
  type ModifyInstanceAttributeCommandInput,
  ModifyInstanceMaintenanceOptionsCommand,
  ModifyInstanceMetadataOptionsCommand,
  ResetInstanceAttributeCommand,
  RunInstancesCommand,
  type RunInstancesCommandInput,
  StopInstancesCommand,
  TerminateInstancesCommand,
  waitUntilInstanceExists,
  waitUntilInstanceRunning,
  waitUntilInstanceStatusOk,
  waitUntilInstanceStopped,
  waitUntilInstanceTerminated,
} from "@aws-sdk/client-ec2";
import { beforeEach, describe, expect, it } from "vitest";
import { type Ec2Lab, openLab } from "../../../test/support/ec2-lab.ts";
import { settle } from "../../../test/support/fake-clock.ts";

let ec2: EC2Client;
let lab: Ec2Lab;
let imageId: string;

beforeEach(async () => {
  ({ lab, ec2, imageId } = await openLab());
});

async function running(input: Partial<RunInstancesCommandInput> = {}): Promise<string> {
  const launch = new RunInstancesCommand({ ImageId: imageId, MinCount: 1, MaxCount: 1, ...input });
  const { Instances: instances = [] } = await ec2.send(launch);
  await settle();
  return instances[0]?.InstanceId ?? "";
}

async function stopped(): Promise<string> {
  const id = await running();
  await lab.cloud.instances.get(id).stop();
  return id;
}

async function describeOne(id: string): Promise<Instance | undefined> {
  const { Reservations: reservations } = await ec2.send(new DescribeInstancesCommand({ InstanceIds: [id] }));
  return reservations?.[0]?.Instances?.[0];
}

async function attribute(InstanceId: string, Attribute: InstanceAttributeName) {
  const { $metadata: _, ...answer } = await ec2.send(new DescribeInstanceAttributeCommand({ InstanceId, Attribute }));
  return answer;
}

type Change = Omit<ModifyInstanceAttributeCommandInput, "InstanceId">;
const modify = (InstanceId: string, change: Change) =>
  ec2.send(new ModifyInstanceAttributeCommand({ InstanceId, ...change }));

describe("DescribeInstanceAttribute", () => {
  it("gives the one that is asked for, with its id", async () => {
    const InstanceId = await running();
    expect(await attribute(InstanceId, "disableApiTermination")).toEqual({
      InstanceId,
      DisableApiTermination: { Value: false },
    });
    expect(await attribute(InstanceId, "instanceType")).toEqual({ InstanceId, InstanceType: { Value: "v1.micro" } });
    expect(await attribute(InstanceId, "rootDeviceName")).toEqual({
      InstanceId,
      RootDeviceName: { Value: "/dev/vda" },
    });
    expect(await attribute(InstanceId, "sourceDestCheck")).toEqual({ InstanceId, SourceDestCheck: { Value: true } });
    expect(await attribute(InstanceId, "blockDeviceMapping")).toMatchObject({
      BlockDeviceMappings: [{ DeviceName: "/dev/vda", Ebs: { DeleteOnTermination: true, Status: "attached" } }],
    });
  });

  it("F11 user data that is not set has no value", async () => {
    const InstanceId = await running();
    expect(await attribute(InstanceId, "userData")).toEqual({ InstanceId, UserData: {} });
  });

  it.each(["disableApiStop", "ebsOptimized", "enaSupport", "enclaveOptions", "groupSet", "kernel", "productCodes"])(
    "knows %s",
    async (name) => {
      const InstanceId = await running();
      expect(await attribute(InstanceId, name as InstanceAttributeName)).toMatchObject({ InstanceId });
    },
  );

  it("refuses an attribute that there is not", async () => {
    const id = await running();
    await expect(attribute(id, "colour" as never)).rejects.toMatchObject({ name: "InvalidParameterValue" });
  });
});

describe("ModifyInstanceAttribute", () => {
  it.each<[string, Change]>([
    ["by its own parameter", { DisableApiTermination: { Value: true } }],
    ["by name and value", { Attribute: "disableApiTermination", Value: "true" }],
  ])("F19 protects from termination %s", async (_, change) => {
    const id = await running();
    await modify(id, change);
    await expect(ec2.send(new TerminateInstancesCommand({ InstanceIds: [id] }))).rejects.toMatchObject({
      name: "OperationNotPermitted",
      message: `The instance '${id}' may not be terminated. Modify its 'disableApiTermination' instance attribute and try again.`,
    });
    expect((await describeOne(id))?.State?.Name).toBe("running");
    await modify(id, { DisableApiTermination: { Value: false } });
    await ec2.send(new TerminateInstancesCommand({ InstanceIds: [id] }));
  });

  it("F19 disableApiStop keeps it from being stopped and terminated", async () => {
    const id = await running({ DisableApiStop: true });
    for (const command of [StopInstancesCommand, TerminateInstancesCommand]) {
      await expect(ec2.send(new command({ InstanceIds: [id] }) as StopInstancesCommand)).rejects.toMatchObject({
        name: "OperationNotPermitted",
      });
    }
    expect(await attribute(id, "disableApiStop")).toMatchObject({ DisableApiStop: { Value: true } });
  });

  it("F19 a protected instance spares those of its zone, not those of another", async () => {
    const at = (zone: string) => ({ Placement: { AvailabilityZone: `us-east-1${zone}` } });
    const ids = [
      await running({ ...at("a"), DisableApiTermination: true }),
      await running(at("a")),
      await running(at("b")),
    ];
    await expect(ec2.send(new TerminateInstancesCommand({ InstanceIds: ids }))).rejects.toMatchObject({
      name: "OperationNotPermitted",
    });
    await settle();
    const states = await Promise.all(ids.map(async (id) => (await describeOne(id))?.State?.Name));
    expect(states).toEqual(["running", "running", "terminated"]);
  });

  it("F21 what a shutdown from inside does is changed while it runs", async () => {
    const id = await running();
    await modify(id, { InstanceInitiatedShutdownBehavior: { Value: "terminate" } });
    expect(await attribute(id, "instanceInitiatedShutdownBehavior")).toMatchObject({
      InstanceInitiatedShutdownBehavior: { Value: "terminate" },
    });
    lab.lab.machines.last.hear({ type: "powered-off" });
    await settle();
    expect(await describeOne(id)).toMatchObject({
      State: { Name: "terminated" },
      StateReason: { Code: "Client.InstanceInitiatedShutdown" },
    });
  });

  it("F21 not of a root on an instance store: it always terminates", async () => {
    const source = new Blob(["x".repeat(2 ** 18)]);
    const { id: snapshotId } = await lab.cloud.snapshots.import({ source });
    const image = await lab.cloud.images.register({ snapshotId, name: "store", rootDeviceType: "instance-store" });
    const id = await running({ ImageId: image.id });
    const error = {
      name: "InvalidParameterCombination",
      message: "The attribute instanceInitiatedShutdownBehavior can only be used for elastic images.",
    };
    await expect(modify(id, { InstanceInitiatedShutdownBehavior: { Value: "stop" } })).rejects.toMatchObject(error);
    await expect(running({ ImageId: image.id, InstanceInitiatedShutdownBehavior: "terminate" })).rejects.toMatchObject(
      error,
    );
    await expect(modify(id, { DisableApiStop: { Value: true } })).rejects.toMatchObject({
      name: "InvalidParameterCombination",
    });
    expect(await attribute(id, "instanceInitiatedShutdownBehavior")).toMatchObject({
      InstanceInitiatedShutdownBehavior: { Value: "terminate" },
    });
    await expect(ec2.send(new StopInstancesCommand({ InstanceIds: [id] }))).rejects.toMatchObject({
      name: "UnsupportedOperation",
      message: `The instance '${id}' does not have an 'ebs' root device type and cannot be stopped.`,
    });
  });

  it.each<[string, (image: string) => Change]>([
    ["the type", () => ({ InstanceType: { Value: "v1.small" } })],
    ["the kernel", (image) => ({ Kernel: { Value: image } })],
    ["user data", () => ({ UserData: { Value: new TextEncoder().encode("#!/bin/sh\n") } })],
  ])("F24 changes %s only when stopped", async (_, change) => {
    const id = await running();
    await expect(modify(id, change(imageId))).rejects.toMatchObject({
      name: "IncorrectInstanceState",
      message: `The instance '${id}' is not in the 'stopped' state.`,
    });
    await lab.cloud.instances.get(id).stop();
    await modify(id, change(imageId));
  });

  it("F24 a type that is changed is what starts next", async () => {
    const id = await stopped();
    await modify(id, { Attribute: "instanceType", Value: "v1.small" });
    await lab.cloud.instances.get(id).start();
    expect(lab.lab.machines.last.spec.memoryMiB).toBe(lab.cloud.instances.get(id).type.memoryMiB);
    expect((await describeOne(id))?.InstanceType).toBe("v1.small");
  });

  it("F11 F24 user data comes back as it was given, in base64", async () => {
    const id = await stopped();
    const script = "#!/bin/sh\necho h\u00e9\n";
    await modify(id, { UserData: { Value: new TextEncoder().encode(script) } });
    const { UserData: data } = await attribute(id, "userData");
    expect(Buffer.from(data?.Value ?? "", "base64").toString()).toBe(script);
    await modify(id, { Attribute: "userData", Value: btoa("#!/bin/ash\n") });
    expect((await attribute(id, "userData")).UserData?.Value).toBe(btoa("#!/bin/ash\n"));
    await modify(id, { UserData: { Value: new Uint8Array() } });
    expect((await attribute(id, "userData")).UserData).toEqual({});
  });

  it("F43 what goes with the instance is changed while it runs", async () => {
    const id = await running();
    const change = (DeviceName: string, DeleteOnTermination: boolean) =>
      modify(id, { BlockDeviceMappings: [{ DeviceName, Ebs: { DeleteOnTermination } }] });
    await change("/dev/xvda", false);
    expect((await attribute(id, "blockDeviceMapping")).BlockDeviceMappings?.[0]?.Ebs?.DeleteOnTermination).toBe(false);
    await expect(change("/dev/sdf", true)).rejects.toMatchObject({
      name: "InvalidInstanceAttributeValue",
      message: "No device is currently mapped at /dev/sdf",
    });
    await lab.cloud.instances.get(id).terminate();
    expect(lab.cloud.volumes.list()).toMatchObject([{ state: "available" }]);
  });

  it.each<[string, Change]>([
    ["none", {}],
    ["two", { DisableApiStop: { Value: true }, SourceDestCheck: { Value: true } }],
    ["one by name and another by its parameter", { Attribute: "userData", SourceDestCheck: { Value: true } }],
    ["a value without a name", { Value: "true", SourceDestCheck: { Value: true } }],
  ])("takes one attribute a call: %s", async (_, change) => {
    const id = await running();
    await expect(modify(id, change)).rejects.toMatchObject({ name: "InvalidParameterCombination" });
  });

  it("takes what is so anyway, and refuses what cannot be", async () => {
    const id = await running();
    await modify(id, { EbsOptimized: { Value: false } });
    await expect(modify(id, { EbsOptimized: { Value: true } })).rejects.toMatchObject({ name: "UnsupportedOperation" });
    await expect(modify(id, { Groups: ["sg-1"] })).rejects.toMatchObject({ name: "InvalidGroupId.Malformed" });
    await expect(modify(id, { Ramdisk: { Value: "ari-1" } })).rejects.toMatchObject({ name: "UnsupportedOperation" });
    await expect(modify(id, { Attribute: "sourceDestCheck", Value: "maybe" })).rejects.toMatchObject({
      name: "InvalidParameterValue",
    });
  });

  it("F73 changes nothing when it is only asked whether it would", async () => {
    const id = await running();
    await expect(modify(id, { DisableApiStop: { Value: true }, DryRun: true })).rejects.toMatchObject({
      name: "DryRunOperation",
    });
    expect(lab.cloud.instances.get(id).attributes.disableApiStop).toBe(false);
  });
});

describe("ResetInstanceAttribute", () => {
  const reset = (InstanceId: string, Attribute: InstanceAttributeName) =>
    ec2.send(new ResetInstanceAttributeCommand({ InstanceId, Attribute }));

  it("F24 gives the kernel of its image back, and checks the source again", async () => {
    const id = await stopped();
    await modify(id, { Kernel: { Value: imageId } });
    expect((await attribute(id, "kernel")).KernelId).toEqual({ Value: imageId });
    expect((await describeOne(id))?.KernelId).toBe(imageId);
    await reset(id, "kernel");
    expect((await attribute(id, "kernel")).KernelId).toEqual({});
    await modify(id, { SourceDestCheck: { Value: false } });
    expect((await describeOne(id))?.SourceDestCheck).toBe(false);
    await reset(id, "sourceDestCheck");
    expect((await describeOne(id))?.SourceDestCheck).toBe(true);
    await expect(reset(id, "userData")).rejects.toMatchObject({ name: "InvalidParameterValue" });
  });
});

describe("metadata and maintenance options", () => {
  it("F13 are EC2's defaults, set at launch, and shown as applied once it runs", async () => {
    const id = await running();
    expect((await describeOne(id))?.MetadataOptions).toEqual({
      State: "applied",
      HttpTokens: "optional",
      HttpPutResponseHopLimit: 1,
      HttpEndpoint: "enabled",
      HttpProtocolIpv6: "disabled",
      InstanceMetadataTags: "disabled",
    });
    const other = await running({ MetadataOptions: { HttpTokens: "required", HttpPutResponseHopLimit: 2 } });
    expect((await describeOne(other))?.MetadataOptions).toMatchObject({
      HttpTokens: "required",
      HttpPutResponseHopLimit: 2,
    });
  });

  it("F13 are changed while it runs: pending in the answer, applied afterwards", async () => {
    const id = await running();
    const change = new ModifyInstanceMetadataOptionsCommand({ InstanceId: id, HttpTokens: "required" });
    const { InstanceMetadataOptions: options } = await ec2.send(change);
    expect(options).toMatchObject({ State: "pending", HttpTokens: "required", HttpEndpoint: "enabled" });
    expect((await describeOne(id))?.MetadataOptions).toMatchObject({ State: "applied", HttpTokens: "required" });
    const Filters = [{ Name: "metadata-options.http-tokens", Values: ["required"] }];
    const { Reservations: found } = await ec2.send(new DescribeInstancesCommand({ Filters }));
    expect(found).toHaveLength(1);
  });

  it.each([
    [{ HttpPutResponseHopLimit: 0 }, "InvalidParameterValue"],
    [{ HttpPutResponseHopLimit: 65 }, "InvalidParameterValue"],
    [{ HttpTokens: "never" }, "InvalidParameterValue"],
    [{}, "InvalidParameterCombination"],
  ])("F13 refuses %j", async (options, name) => {
    const InstanceId = await running();
    const change = new ModifyInstanceMetadataOptionsCommand({ InstanceId, ...(options as object) });
    await expect(ec2.send(change)).rejects.toMatchObject({ name });
  });

  it("F08 recovery by itself is asked for, and then done", async () => {
    const id = await running();
    expect((await describeOne(id))?.MaintenanceOptions).toMatchObject({ AutoRecovery: "disabled" });
    const change = new ModifyInstanceMaintenanceOptionsCommand({ InstanceId: id, AutoRecovery: "default" });
    expect(await ec2.send(change)).toMatchObject({ InstanceId: id, AutoRecovery: "default" });
    ec2 = await lab.open();
    await settle();
    expect(await describeOne(id)).toMatchObject({
      State: { Name: "running" },
      StateReason: { Code: "Server.AutomaticRecovery" },
      MaintenanceOptions: { AutoRecovery: "default" },
    });
  });

  it("F63 there is no password to get", async () => {
    const InstanceId = await running();
    expect(await ec2.send(new GetPasswordDataCommand({ InstanceId }))).toMatchObject({ InstanceId, PasswordData: "" });
  });
});

describe("F20 DescribeInstanceStatus", () => {
  it("tells since when an instance is impaired, and has no events", async () => {
    const id = await running();
    lab.lab.machines.last.hear({ type: "halted" });
    const { InstanceStatuses: statuses } = await ec2.send(new DescribeInstanceStatusCommand({ InstanceIds: [id] }));
    expect(statuses).toMatchObject([
      {
        InstanceStatus: {
          Status: "impaired",
          Details: [{ Name: "reachability", Status: "failed", ImpairedSince: new Date(lab.lab.clock.now()) }],
        },
        SystemStatus: { Status: "ok" },
      },
    ]);
    expect(statuses?.[0]?.Events ?? []).toEqual([]);
    const impaired = [{ Name: "instance-status.status", Values: ["impaired"] }];
    const found = await ec2.send(new DescribeInstanceStatusCommand({ Filters: impaired }));
    expect(found.InstanceStatuses).toHaveLength(1);
  });
});

describe("F26 F80 the SDK's waiters", () => {
  it("F16 F17 F18 end for an instance from its launch to its end", async () => {
    const options = { client: ec2, maxWaitTime: 10, minDelay: 1, maxDelay: 1 };
    const launch = new RunInstancesCommand({ ImageId: imageId, MinCount: 1, MaxCount: 1 });
    const { Instances: instances = [] } = await ec2.send(launch);
    expect(instances[0]?.State?.Name).toBe("pending");
    const InstanceIds = [instances[0]?.InstanceId ?? ""];
    for (const wait of [waitUntilInstanceExists, waitUntilInstanceRunning]) {
      expect(await wait(options, { InstanceIds })).toMatchObject({ state: "SUCCESS" });
    }
    expect(await waitUntilInstanceStatusOk(options, { InstanceIds })).toMatchObject({ state: "SUCCESS" });
    const stopping = await ec2.send(new StopInstancesCommand({ InstanceIds }));
    expect(stopping.StoppingInstances).toMatchObject([
      { PreviousState: { Code: 16, Name: "running" }, CurrentState: { Code: 64, Name: "stopping" } },
    ]);
    expect(await waitUntilInstanceStopped(options, { InstanceIds })).toMatchObject({ state: "SUCCESS" });
    await ec2.send(new TerminateInstancesCommand({ InstanceIds }));
    expect(await waitUntilInstanceTerminated(options, { InstanceIds })).toMatchObject({ state: "SUCCESS" });
  });

  it("F26 give up at once on what cannot come", async () => {
    const InstanceIds = [await running()];
    await ec2.send(new TerminateInstancesCommand({ InstanceIds }));
    const options = { client: ec2, maxWaitTime: 10, minDelay: 1, maxDelay: 1 };
    await expect(waitUntilInstanceRunning(options, { InstanceIds })).rejects.toThrow(/FAILURE/);
  });
});
