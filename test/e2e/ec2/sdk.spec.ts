import type * as Sdk from "@aws-sdk/client-ec2";
import { expect, test } from "../machine/fixtures.ts";
import { serveSdk } from "./bundle-sdk.ts";

test("F72 the real EC2Client works a real machine: run, wait, describe, stop, start, tag, terminate", async ({
  cloud,
  host,
}) => {
  await serveSdk(host);
  await cloud.open();
  const seen = await cloud.page.evaluate(async (module) => {
    const sdk = (await import(module)) as typeof Sdk;
    const ec2 = new sdk.EC2Client({
      region: "eu-central-1",
      credentials: { accessKeyId: "test", secretAccessKey: "test" },
      requestHandler: tabvisor.ec2,
    });
    const wait = { client: ec2, maxWaitTime: 120, minDelay: 1, maxDelay: 1 };
    const images = await ec2.send(new sdk.DescribeImagesCommand({ Filters: [{ Name: "name", Values: ["tiny"] }] }));
    const { Instances: launched = [] } = await ec2.send(
      new sdk.RunInstancesCommand({
        ImageId: images.Images?.[0]?.ImageId ?? "",
        InstanceType: "v1.small" as never,
        MinCount: 1,
        MaxCount: 1,
        TagSpecifications: [{ ResourceType: "instance", Tags: [{ Key: "Name", Value: "by the SDK" }] }],
      }),
    );
    const InstanceIds = [launched[0]?.InstanceId ?? ""];
    const one = async () =>
      (await ec2.send(new sdk.DescribeInstancesCommand({ InstanceIds }))).Reservations?.[0]?.Instances?.[0];
    await sdk.waitUntilInstanceStatusOk(wait, { InstanceIds });
    const vm = tabvisor.instances.get(InstanceIds[0] ?? "");
    const { stdout } = await vm.exec("echo kept > /root/file && sync && cat /root/file");
    const running = await one();
    const stopping = await ec2.send(new sdk.StopInstancesCommand({ InstanceIds }));
    await sdk.waitUntilInstanceStopped(wait, { InstanceIds });
    const stopped = await one();
    await ec2.send(new sdk.StartInstancesCommand({ InstanceIds }));
    await sdk.waitUntilInstanceStatusOk(wait, { InstanceIds });
    const after = await vm.exec("cat /root/file");
    await ec2.send(new sdk.CreateTagsCommand({ Resources: InstanceIds, Tags: [{ Key: "Name", Value: "renamed" }] }));
    const name = vm.name;
    const output = await ec2.send(new sdk.GetConsoleOutputCommand({ InstanceId: InstanceIds[0] }));
    await ec2.send(new sdk.TerminateInstancesCommand({ InstanceIds }));
    await sdk.waitUntilInstanceTerminated(wait, { InstanceIds });
    const denied = await ec2.send(new sdk.DescribeFleetsCommand({})).catch((error: Error) => error.name);
    return {
      launched: launched[0]?.State?.Name,
      running: [running?.State?.Name, running?.Placement?.AvailabilityZone, running?.Tags?.[0]?.Value],
      stopping: stopping.StoppingInstances?.[0]?.CurrentState?.Name,
      stopped: [stopped?.State?.Name, stopped?.StateReason?.Code],
      files: [stdout.trim(), after.stdout.trim()],
      name,
      consoleBytes: atob(output.Output ?? "").length,
      ended: (await one())?.State?.Name,
      volumes: tabvisor.volumes.list().length,
      denied,
    };
  }, `${host.url}sdk.js`);
  expect(seen.consoleBytes).toBeGreaterThan(0);
  expect({ ...seen, consoleBytes: 0 }).toEqual({
    launched: "pending",
    running: ["running", "eu-central-1a", "by the SDK"],
    stopping: "stopping",
    stopped: ["stopped", "Client.UserInitiatedShutdown"],
    files: ["kept", "kept"],
    name: "renamed",
    consoleBytes: 0,
    ended: "terminated",
    volumes: 0,
    denied: "UnsupportedOperation",
  });
});
