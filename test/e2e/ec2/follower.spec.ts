import type * as Sdk from "@aws-sdk/client-ec2";
import { expect, test } from "../tabs/fixtures.ts";
import { serveSdk } from "./bundle-sdk.ts";

test("F72 the SDK works in a tab that follows, as the key's user; events and the audit log tell of it in both tabs", async ({
  cloud,
  host,
  tabs,
}) => {
  await serveSdk(host);
  await cloud.open();
  const follower = await tabs.another();
  await cloud.page.evaluate(() => {
    const heard: string[] = [];
    Object.assign(globalThis, { heard });
    tabvisor.events.onEvent(({ resourceType, from, to }) => heard.push(`${resourceType} ${from} ${to}`));
  });
  const seen = await follower.page.evaluate(async (module) => {
    const heard: string[] = [];
    tabvisor.events.onEvent(({ resourceType, from, to }) => heard.push(`${resourceType} ${from} ${to}`));
    const sdk = (await import(module)) as typeof Sdk;
    const { accessKeyId, secretAccessKey } = await (async () => {
      await tabvisor.access.createUser({ userName: "alice" });
      const policyArn = "arn:aws:iam::aws:policy/AmazonEC2FullAccess";
      await tabvisor.access.attachUserPolicy({ userName: "alice", policyArn });
      return await tabvisor.access.createAccessKey({ userName: "alice" });
    })();
    const credentials = { accessKeyId, secretAccessKey };
    const ec2 = new sdk.EC2Client({ region: "us-east-1", credentials, requestHandler: tabvisor.ec2 });
    const images = await ec2.send(new sdk.DescribeImagesCommand({ Filters: [{ Name: "name", Values: ["tiny"] }] }));
    const { Instances: launched = [] } = await ec2.send(
      new sdk.RunInstancesCommand({ ImageId: images.Images?.[0]?.ImageId ?? "", MinCount: 1, MaxCount: 1 }),
    );
    const id = launched[0]?.InstanceId ?? "";
    await tabvisor.instances.get(id).ready();
    await ec2.send(new sdk.TerminateInstancesCommand({ InstanceIds: [id] }));
    await sdk.waitUntilInstanceTerminated(
      { client: ec2, maxWaitTime: 60, minDelay: 1, maxDelay: 1 },
      { InstanceIds: [id] },
    );
    await tabvisor.access.updateAccessKey({ userName: "alice", accessKeyId, status: "Inactive" });
    const denied = await ec2.send(new sdk.DescribeInstancesCommand({})).catch((error: Error) => error.name);
    const [run] = await tabvisor.access.lookupEvents({ action: "RunInstances" });
    return { role: tabvisor.role, denied, run, heard: heard.filter((text) => text.startsWith("instance")) };
  }, `${host.url}sdk.js`);
  expect(seen).toMatchObject({
    role: "follower",
    denied: "AuthFailure",
    run: {
      origin: "sdk",
      principal: "arn:aws:iam::123456789012:user/alice",
      action: "ec2:RunInstances",
      errorCode: "",
    },
    heard: [
      "instance null pending",
      "instance pending running",
      "instance running shutting-down",
      "instance shutting-down terminated",
    ],
  });
  const inOwner = await cloud.page.evaluate(() => (globalThis as unknown as { heard: string[] }).heard);
  expect(inOwner.filter((text) => text.startsWith("instance"))).toEqual(seen.heard);
});
