import type * as Sdk from "@aws-sdk/client-ec2";
import { expect, test } from "../machine/fixtures.ts";
import { serveSdk } from "./bundle-sdk.ts";

test("F79 F40 F52 machines of two regions and two zones: each client sees its own, and a disk stays in its zone", async ({
  cloud,
  host,
}) => {
  test.slow();
  await serveSdk(host);
  await cloud.open();
  const seen = await cloud.page.evaluate(async (module) => {
    const sdk = (await import(module)) as typeof Sdk;
    const client = (region: string) =>
      new sdk.EC2Client({
        region,
        credentials: { accessKeyId: "test", secretAccessKey: "test" },
        requestHandler: tabvisor.ec2,
      });
    const [virginia, ireland] = [client("us-east-1"), client("eu-west-1")];
    const wait = { client: virginia, maxWaitTime: 60, minDelay: 1, maxDelay: 1 };
    const { Images: [image] = [] } = await virginia.send(
      new sdk.DescribeImagesCommand({ Filters: [{ Name: "name", Values: ["tiny"] }] }),
    );
    const launch = async (ec2: Sdk.EC2Client, input: object) => {
      const { Instances: [instance] = [] } = await ec2.send(
        new sdk.RunInstancesCommand({ ImageId: image?.ImageId ?? "", MinCount: 1, MaxCount: 1, ...input }),
      );
      return instance?.InstanceId ?? "";
    };
    const subnets = await virginia.send(
      new sdk.DescribeSubnetsCommand({ Filters: [{ Name: "availability-zone", Values: ["us-east-1b"] }] }),
    );
    const inB = await launch(virginia, { SubnetId: subnets.Subnets?.[0]?.SubnetId });
    const inIreland = await launch(ireland, { Placement: { AvailabilityZone: "eu-west-1a" } });
    for (const id of [inB, inIreland]) await tabvisor.instances.get(id).ready();
    const list = async (ec2: Sdk.EC2Client) =>
      ((await ec2.send(new sdk.DescribeInstancesCommand({}))).Reservations ?? []).flatMap(
        ({ Instances: instances = [] }) =>
          instances.map((one) => [one.InstanceId, one.Placement?.AvailabilityZone, one.PrivateIpAddress]),
      );
    const name = (id: string) => tabvisor.instances.get(id).exec("hostname");
    const hostnames = [(await name(inB)).stdout.trim(), (await name(inIreland)).stdout.trim()];
    const create = async (zone: string) => {
      const { VolumeId: id = "" } = await virginia.send(
        new sdk.CreateVolumeCommand({ AvailabilityZone: zone, Size: 1 }),
      );
      await sdk.waitUntilVolumeAvailable(wait, { VolumeIds: [id] });
      return id;
    };
    const [a, b] = [await create("us-east-1a"), await create("us-east-1b")];
    const attach = async (ec2: Sdk.EC2Client, VolumeId: string, InstanceId: string) =>
      await ec2.send(new sdk.AttachVolumeCommand({ VolumeId, InstanceId, Device: "/dev/sdf" })).then(
        ({ State: state }) => state,
        (error: Error) => error.name,
      );
    const attached = [
      await attach(virginia, a, inB),
      await attach(ireland, b, inIreland),
      await attach(virginia, b, inIreland),
      await attach(virginia, b, inB),
    ];
    // EC2 answers before the guest has the disk.
    const disk = await tabvisor.instances
      .get(inB)
      .exec("until [ -e /sys/block/vdb/size ]; do sleep 0.1; done; cat /sys/block/vdb/size");
    const stopped = await ireland
      .send(new sdk.StopInstancesCommand({ InstanceIds: [inB], Force: true }))
      .catch((error: Error) => error.name);
    const interfaces = await virginia.send(new sdk.DescribeNetworkInterfacesCommand({}));
    const lists = [await list(virginia), await list(ireland)];
    await virginia.send(new sdk.TerminateInstancesCommand({ InstanceIds: [inB] }));
    await sdk.waitUntilInstanceTerminated(wait, { InstanceIds: [inB] });
    return {
      ids: [inB, inIreland],
      lists,
      hostnames,
      attached,
      sectors: disk.stdout.trim(),
      stopped,
      interfaces: interfaces.NetworkInterfaces?.map((one) => [one.Attachment?.InstanceId, one.PrivateIpAddress]),
      left: (await virginia.send(new sdk.DescribeNetworkInterfacesCommand({}))).NetworkInterfaces?.length,
      others: tabvisor.instances.list().map(({ region, state }) => [region, state]),
    };
  }, `${host.url}sdk.js`);
  const [inB, inIreland] = seen.ids;
  expect(seen).toEqual({
    ids: seen.ids,
    lists: [[[inB, "us-east-1b", "172.31.16.4"]], [[inIreland, "eu-west-1a", "172.31.0.4"]]],
    hostnames: ["ip-172-31-16-4", "ip-172-31-0-4"],
    attached: ["InvalidVolume.ZoneMismatch", "InvalidVolume.NotFound", "InvalidInstanceID.NotFound", "attaching"],
    // 1 GiB in sectors of 512 bytes.
    sectors: String(2 ** 30 / 512),
    stopped: "InvalidInstanceID.NotFound",
    interfaces: [[inB, "172.31.16.4"]],
    left: 0,
    others: [
      ["us-east-1", "terminated"],
      ["eu-west-1", "running"],
    ],
  });
});
