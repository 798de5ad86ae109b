import type * as Sdk from "@aws-sdk/client-ec2";
import { type CloudPage, expect, test } from "../machine/fixtures.ts";
import { serveSdk } from "./bundle-sdk.ts";

type Changes = Omit<Sdk.ModifyInstanceAttributeCommandInput, "InstanceId">;

/** The page with the real EC2Client in it. */
async function open(cloud: CloudPage): Promise<void> {
  await serveSdk(cloud.host);
  await cloud.open();
  await cloud.page.evaluate(async (module) => {
    const sdk = (await import(module)) as typeof Sdk;
    const credentials = { accessKeyId: "test", secretAccessKey: "test" };
    const ec2 = new sdk.EC2Client({ region: "us-east-1", credentials, requestHandler: tabvisor.ec2 });
    Object.assign(globalThis, { sdk, ec2 });
  }, `${cloud.host.url}sdk.js`);
}

/** ModifyInstanceAttribute; gives the error's code, or "done". */
async function modify(cloud: CloudPage, id: string, changes: Changes): Promise<string> {
  return await cloud.page.evaluate(
    async ([InstanceId, input]) => {
      const { sdk, ec2 } = globalThis as unknown as { sdk: typeof Sdk; ec2: Sdk.EC2Client };
      const command = new sdk.ModifyInstanceAttributeCommand({ InstanceId, ...input });
      return await ec2.send(command).then(
        () => "done",
        (error: Error) => error.name,
      );
    },
    [id, changes] as const,
  );
}

const POWER_OFF = "nohup sh -c 'sleep 1; poweroff' >/dev/null 2>&1 &";

test("F19 F21 poweroff in a guest terminates its instance where it says so, protected or not, and its disk goes", async ({
  cloud,
}) => {
  await open(cloud);
  const id = await cloud.launchOne({ disableApiTermination: true });
  expect(await modify(cloud, id, { InstanceInitiatedShutdownBehavior: { Value: "terminate" } })).toBe("done");
  expect(await cloud.codeOf(`await tabvisor.instances.get("${id}").terminate()`)).toBe("OperationNotPermitted");
  expect((await cloud.facts(id)).state).toBe("running");
  await cloud.exec(id, POWER_OFF);
  await cloud.waitUntil(id, "terminated");
  expect((await cloud.facts(id)).reason).toBe("Client.InstanceInitiatedShutdown");
  expect(await cloud.page.evaluate(() => tabvisor.volumes.list().length)).toBe(0);
});

test("F15 F19 F21 poweroff stops an instance that nobody may stop; halt does not stop it, whatever its behavior", async ({
  cloud,
}) => {
  await open(cloud);
  const id = await cloud.launchOne({ disableApiStop: true });
  expect(await cloud.codeOf(`await tabvisor.instances.get("${id}").stop()`)).toBe("OperationNotPermitted");
  await cloud.exec(id, POWER_OFF);
  await cloud.waitUntil(id, "stopped");
  expect((await cloud.facts(id)).reason).toBe("Client.InstanceInitiatedShutdown");
  await cloud.act(id, "start");
  await cloud.ready(id);
  expect(await modify(cloud, id, { Attribute: "instanceInitiatedShutdownBehavior", Value: "terminate" })).toBe("done");
  await cloud.exec(id, "nohup sh -c 'sleep 1; halt -f' >/dev/null 2>&1 &");
  await expect.poll(async () => (await cloud.facts(id)).status).toBe("impaired");
  expect((await cloud.facts(id)).state).toBe("running");
  expect(await modify(cloud, id, { DisableApiStop: { Value: false } })).toBe("done");
  await cloud.page.evaluate((instance) => tabvisor.instances.get(instance).stop({ force: true }), id);
  expect((await cloud.facts(id)).state).toBe("stopped");
});

test("F24 a type is changed only when stopped, and the guest has its memory then", async ({ cloud }) => {
  await open(cloud);
  const id = await cloud.launchOne({ type: "v1.micro" });
  const memoryMiB = async () => Number(await cloud.run(id, "awk '/MemTotal/ { print $2 }' /proc/meminfo")) / 1024;
  const before = await memoryMiB();
  expect(await modify(cloud, id, { InstanceType: { Value: "v1.small" } })).toBe("IncorrectInstanceState");
  await cloud.act(id, "stop");
  expect(await modify(cloud, id, { InstanceType: { Value: "v1.small" } })).toBe("done");
  await cloud.act(id, "start");
  await cloud.ready(id);
  expect(await memoryMiB()).toBeGreaterThan(before * 1.5);
});

test("F20 a guest whose agent hangs becomes impaired, and ok when it answers again", async ({ cloud }) => {
  test.skip(process.env.TABVISOR_FULL === undefined, "checks are half a minute apart");
  await open(cloud);
  const id = await cloud.launchOne();
  const statuses = async () =>
    await cloud.page.evaluate(async (InstanceId) => {
      const { sdk, ec2 } = globalThis as unknown as { sdk: typeof Sdk; ec2: Sdk.EC2Client };
      const command = new sdk.DescribeInstanceStatusCommand({ InstanceIds: [InstanceId] });
      const [one] = (await ec2.send(command)).InstanceStatuses ?? [];
      const { Status: state, Details: details = [] } = one?.InstanceStatus ?? {};
      return [one?.SystemStatus?.Status, state, details[0]?.ImpairedSince !== undefined];
    }, id);
  expect(await statuses()).toEqual(["ok", "ok", false]);
  // The agent's own processes stand still; a shell that is not one of them sets them going again.
  const hang = "P=$(pidof tabvisor-agent); (sleep 75; kill -CONT $P) & sleep 1; kill -STOP $P";
  await cloud.exec(id, `nohup setsid sh -c '${hang}' >/dev/null 2>&1 &`);
  await expect.poll(statuses, { timeout: 90_000 }).toEqual(["ok", "impaired", true]);
  expect((await cloud.facts(id)).statusReason?.code).toBe("Client.AgentSilent");
  expect((await cloud.facts(id)).state).toBe("running");
  await expect.poll(statuses, { timeout: 120_000 }).toEqual(["ok", "ok", false]);
});
