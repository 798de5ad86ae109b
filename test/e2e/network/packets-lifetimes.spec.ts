import { expect, test } from "@playwright/test";
import { type Host, tcp, World } from "./world.ts";

/** What of its network an instance keeps when it stops, and what it leaves when it is terminated; with packets of real guests. */
test.skip(process.env.TABVISOR_FULL !== "1", "starts machines again and again: npm run test:full");

let world: World;
/** Neighbours in VPC one, and a client outside of it. */
let a: Host;
let b: Host;
let client: Host;

test.beforeAll(async ({ browser }) => {
  world = await World.open(browser);
  const { one, two } = world;
  const hosts = await world.launch({
    a: { subnet: one.publicSubnet, address: "10.0.1.10" },
    b: { subnet: one.publicSubnet, address: "10.0.1.11" },
    client: { subnet: two.publicSubnet, address: "10.0.1.10" },
  });
  ({ a, b, client } = hosts as { a: Host; b: Host; client: Host });
  const web = await world.group(one, "web", [tcp(80, `${client.publicIp}/32`)]);
  for (const { interfaceId } of [a, b]) await world.setGroups(interfaceId, one.defaultGroup, web);
});

test.afterAll(() => world.close());

const codeOf = (body: string) => world.cloud.codeOf(body);

/** The interface's public address now; "": none. */
const publicIpOf = (interfaceId: string) =>
  world.cloud.page.evaluate((id) => tabvisor.networkInterfaces.get(id).addresses[0]?.publicIp ?? "", interfaceId);

test("F53 an Elastic IP address stays over stop and start, where the address of the subnet is another one afterwards", async () => {
  const { page } = world.cloud;
  const elastic = await page.evaluate(async (networkInterfaceId) => {
    const { id: allocationId, publicIp } = await tabvisor.addresses.allocate();
    await tabvisor.addresses.associate({ allocationId, networkInterfaceId });
    return publicIp;
  }, b.interfaceId);
  expect(await world.ask(client, a.publicIp)).toBe("a");
  expect(await world.ask(client, elastic)).toBe("b");

  for (const { id } of [a, b]) await world.cloud.act(id, "stop");
  for (const { id } of [a, b]) await world.cloud.waitUntil(id, "stopped");
  expect(await Promise.all([a, b].map(({ interfaceId }) => publicIpOf(interfaceId)))).toEqual(["", elastic]);
  expect(await world.ask(client, a.publicIp)).toBe("dropped");
  expect(await world.ask(client, elastic)).toBe("dropped");

  for (const { id } of [a, b]) await world.cloud.act(id, "start");
  for (const { id } of [a, b]) await world.cloud.ready(id);
  // By the private addresses, which are for life.
  await Promise.all([world.serve(a.id, "a", a.privateIp), world.serve(b.id, "b", b.privateIp)]);
  const another = await publicIpOf(a.interfaceId);
  expect(another).not.toBe("");
  expect(another).not.toBe(a.publicIp);
  expect(await world.ask(client, another)).toBe("a");
  expect(await world.ask(client, a.publicIp)).toBe("dropped");
  expect(await publicIpOf(b.interfaceId)).toBe(elastic);
  expect(await world.ask(client, elastic)).toBe("b");
  expect(await world.ask(a, b.privateIp)).toBe("b");
});

test("F58 what is to be deleted with its instance is, and what is not keeps its addresses for another one", async () => {
  const { cloud, one } = world;
  const address = "10.0.1.20";
  const { id, kept, gone, stays } = await cloud.page.evaluate(
    async ([publicSubnet, privateSubnet, privateIpAddress]) => {
      const { instances, networkInterfaces } = tabvisor;
      const [vm] = await instances.launch({
        image: "tiny",
        type: "v1.nano",
        networkInterfaces: [
          { deviceIndex: 0, subnetId: publicSubnet, privateIpAddress, deleteOnTermination: false },
          { deviceIndex: 1, subnetId: privateSubnet },
        ],
      });
      if (vm === undefined) throw new Error("nothing was launched");
      await vm.ready();
      const at = (index: number) =>
        networkInterfaces
          .list()
          .find(({ attachment }) => attachment?.instanceId === vm.id && attachment.deviceIndex === index)?.id ?? "";
      // One that was there before its instance stays, unless it is told to go.
      const { id: stays } = await networkInterfaces.create({ subnetId: privateSubnet });
      await networkInterfaces.attach({ networkInterfaceId: stays, instanceId: vm.id, deviceIndex: 2 });
      return { id: vm.id, kept: at(0), gone: at(1), stays };
    },
    [one.publicSubnet, one.privateSubnet, address] as const,
  );
  await world.serve(id, "first", address);
  expect(await cloud.run(id, "ls -d /sys/class/net/eth* | wc -l")).toBe("3");
  const card = await cloud.run(id, "cat /sys/class/net/eth0/address");
  expect(await world.ask(a, address)).toBe("first");

  await cloud.act(id, "terminate");
  await cloud.waitUntil(id, "terminated");
  expect(await world.ask(a, address)).toBe("dropped");
  const stateOf = (eni: string) => codeOf(`tabvisor.networkInterfaces.get("${eni}")`);
  expect([await stateOf(kept), await stateOf(gone), await stateOf(stays)]).toEqual([
    "resolved",
    "InvalidNetworkInterfaceID.NotFound",
    "resolved",
  ]);
  // The address is taken as long as the interface is there.
  const launch = (more: string) =>
    codeOf(`await tabvisor.instances.launch({ image: "tiny", type: "v1.nano", ${more} })`);
  expect(await launch(`subnetId: "${one.publicSubnet}", privateIpAddress: "${address}"`)).toBe(
    "InvalidIPAddress.InUse",
  );

  const next = await cloud.launchOne({
    type: "v1.nano",
    networkInterfaces: [{ deviceIndex: 0, networkInterfaceId: kept }],
  });
  await world.serve(next, "second", address);
  expect(await cloud.run(next, "cat /sys/class/net/eth0/address")).toBe(card);
  expect(await world.ask(a, address)).toBe("second");
  await cloud.act(next, "terminate");
  await cloud.waitUntil(next, "terminated");
  expect(await stateOf(kept)).toBe("resolved");
  for (const eni of [kept, stays]) {
    expect(await codeOf(`await tabvisor.networkInterfaces.delete("${eni}")`)).toBe("resolved");
  }

  // The one that a launch has made by itself goes with it, and its address is anybody's.
  await cloud.act(b.id, "terminate");
  await cloud.waitUntil(b.id, "terminated");
  expect(await stateOf(b.interfaceId)).toBe("InvalidNetworkInterfaceID.NotFound");
  expect(await world.ask(a, b.privateIp)).toBe("dropped");
  const heir = await cloud.launchOne({
    type: "v1.nano",
    subnetId: one.publicSubnet,
    privateIpAddress: b.privateIp,
  });
  await world.serve(heir, "heir", b.privateIp);
  // Its neighbour has the card in mind that had the address before, as long as any Linux has (arp(7)).
  await cloud.run(a.id, `arp -d ${b.privateIp}`);
  expect(await world.ask(a, b.privateIp)).toBe("heir");
});
