import type * as Sdk from "@aws-sdk/client-ec2";
import { expect, test } from "../machine/fixtures.ts";
import { serveSdk } from "./bundle-sdk.ts";

test("F29 F34 an image of a real machine is shared, launched by the other account, and made into an image of its own", async ({
  cloud,
  host,
}) => {
  await serveSdk(host);
  await cloud.open();
  const seen = await cloud.page.evaluate(async (module) => {
    const sdk = (await import(module)) as typeof Sdk;
    const clientOf = (credentials: { accessKeyId: string; secretAccessKey: string }) =>
      new sdk.EC2Client({ region: "us-east-1", credentials, requestHandler: tabvisor.ec2 });
    const { accountId, accessKeyId, secretAccessKey } = await tabvisor.access.createAccount({ name: "other" });
    const key = { accessKeyId, secretAccessKey };
    const mine = clientOf({ accessKeyId: "test", secretAccessKey: "test" });
    const theirs = clientOf(key);
    const run = async (client: Sdk.EC2Client, ImageId: string) => {
      const input = { ImageId, InstanceType: "v1.nano" as never, MinCount: 1, MaxCount: 1 };
      const { Instances: launched = [] } = await client.send(new sdk.RunInstancesCommand(input));
      const id = launched[0]?.InstanceId ?? "";
      const wait = { client, maxWaitTime: 120, minDelay: 1, maxDelay: 1 };
      await sdk.waitUntilInstanceStatusOk(wait, { InstanceIds: [id] });
      return id;
    };
    const image = async (client: Sdk.EC2Client, InstanceId: string, NoReboot: boolean) => {
      const TagSpecifications = [{ ResourceType: "image" as const, Tags: [{ Key: "plan", Value: "secret" }] }];
      const input = { InstanceId, Name: "golden", NoReboot, TagSpecifications };
      const { ImageId: id = "" } = await client.send(new sdk.CreateImageCommand(input));
      const [first] = (await client.send(new sdk.DescribeImagesCommand({ ImageIds: [id] }))).Images ?? [];
      await sdk.waitUntilImageAvailable({ client, maxWaitTime: 120, minDelay: 1, maxDelay: 1 }, { ImageIds: [id] });
      return { id, state: first?.State };
    };
    const tiny = await mine.send(new sdk.DescribeImagesCommand({ Filters: [{ Name: "name", Values: ["tiny"] }] }));
    const first = await run(mine, tiny.Images?.[0]?.ImageId ?? "");
    await tabvisor.instances.get(first).exec("echo golden > /root/file");
    const made = await image(mine, first, false);
    const before = await theirs.send(new sdk.DescribeImagesCommand({ Owners: ["123456789012"] }));
    const LaunchPermission = { Add: [{ UserId: accountId }] };
    await mine.send(new sdk.ModifyImageAttributeCommand({ ImageId: made.id, LaunchPermission }));
    const after = await theirs.send(new sdk.DescribeImagesCommand({ Owners: ["123456789012"] }));
    const second = await run(theirs, made.id);
    await tabvisor.access.signIn(key);
    const copied = await tabvisor.instances.get(second).exec("cat /root/file; echo mine > /root/file; sync");
    const own = await image(theirs, second, true);
    const third = await run(theirs, own.id);
    const kept = await tabvisor.instances.get(third).exec("cat /root/file");
    const listed = tabvisor.instances.list().map(({ id }) => id);
    for (const id of [second, third]) {
      await theirs.send(new sdk.TerminateInstancesCommand({ InstanceIds: [id] }));
    }
    return {
      begun: [made.state, own.state],
      before: before.Images?.length,
      after: after.Images?.map(({ ImageId, OwnerId, Tags }) => ({ same: ImageId === made.id, OwnerId, Tags })),
      copied: copied.stdout,
      kept: kept.stdout,
      listed: listed.length === 2 && !listed.includes(first),
    };
  }, `${host.url}sdk.js`);
  expect(seen).toEqual({
    // The restart of the first takes its time; the second's point in time is at once.
    begun: ["pending", expect.stringMatching(/^(pending|available)$/)],
    before: 0,
    after: [{ same: true, OwnerId: "123456789012", Tags: [] }],
    copied: "golden\n",
    kept: "mine\n",
    listed: true,
  });
});
