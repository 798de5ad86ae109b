import { expect, test } from "@playwright/test";
import { type Host, icmp, tcp, World } from "./world.ts";

/**
 * F52–F58 with packets of real guests, all in one world. Each test begins and ends with everybody in their VPC's default
 * group alone.
 */
let world: World;
/** a and b are neighbours in VPC one; c is in its private subnet; d has a's address, in VPC two. */
let a: Host;
let b: Host;
let c: Host;
let d: Host;

test.beforeAll(async ({ browser }) => {
  world = await World.open(browser);
  const { one, two } = world;
  const hosts = await world.launch({
    a: { subnet: one.publicSubnet, address: "10.0.1.10" },
    b: { subnet: one.publicSubnet, address: "10.0.1.11" },
    c: { subnet: one.privateSubnet, address: "10.0.2.10" },
    d: { subnet: two.publicSubnet, address: "10.0.1.10" },
  });
  ({ a, b, c, d } = hosts as { a: Host; b: Host; c: Host; d: Host });
});

test.afterAll(() => world.close());

const codeOf = (body: string) => world.cloud.codeOf(body);

test("F52 two VPCs have the same addresses, and nothing passes between them", async () => {
  expect(d.privateIp).toBe(a.privateIp);
  // A neighbour, and over the router into the other subnet.
  expect(await world.ask(a, b.privateIp)).toBe("b");
  expect(await world.ask(b, a.privateIp)).toBe("a");
  expect(await world.ask(c, a.privateIp)).toBe("a");
  expect(await world.ask(a, c.privateIp)).toBe("c");
  // The same address is another one there; what is nobody's there is not the other VPC's.
  expect(await world.ask(d, d.privateIp)).toBe("d");
  const before = [await world.counted(b, "Icmp", "InEchos"), await world.counted(c, "Icmp", "InEchos")];
  expect(await world.ping(d, b.privateIp)).toBe(0);
  expect(await world.ping(d, c.privateIp)).toBe(0);
  expect([await world.counted(b, "Icmp", "InEchos"), await world.counted(c, "Icmp", "InEchos")]).toEqual(before);
  expect(await codeOf(`await tabvisor.subnets.delete("${world.one.publicSubnet}")`)).toBe("DependencyViolation");
  expect(await codeOf(`await tabvisor.vpcs.delete("${world.one.id}")`)).toBe("DependencyViolation");
  expect(await world.ask(a, b.privateIp)).toBe("b");
});

test("F53 an instance is reached from outside by what address it has: its subnet's, an Elastic one, or none", async () => {
  const { one } = world;
  expect([a.publicIp, b.publicIp, d.publicIp]).not.toContain("");
  expect(c.publicIp).toBe("");
  // Its own default group lets in its members only, and d comes from a public address.
  expect(await world.ask(d, a.publicIp)).toBe("dropped");
  const web = await world.group(one, "web", [tcp(80, `${d.publicIp}/32`)]);
  for (const { interfaceId } of [a, b, c]) await world.setGroups(interfaceId, one.defaultGroup, web);
  expect(await world.ask(d, a.publicIp)).toBe("a");
  expect(await world.ask(d, b.publicIp)).toBe("b");

  const elastic = await world.cloud.page.evaluate(() => tabvisor.addresses.allocate());
  const associate = (to: Host, allowReassociation = true) =>
    codeOf(
      `await tabvisor.addresses.associate({ allocationId: "${elastic.id}", networkInterfaceId: "${to.interfaceId}", allowReassociation: ${allowReassociation} })`,
    );
  expect(await associate(b)).toBe("resolved");
  expect(await world.ask(d, elastic.publicIp)).toBe("b");
  // The address that it had before is nobody's.
  expect(await world.ask(d, b.publicIp)).toBe("dropped");
  expect(await associate(a, false)).toBe("Resource.AlreadyAssociated");
  expect(await world.ask(d, elastic.publicIp)).toBe("b");
  expect(await associate(a)).toBe("resolved");
  expect(await world.ask(d, elastic.publicIp)).toBe("a");
  // The guest has its private address, whatever it is called outside.
  expect(await world.cloud.run(a.id, "ip -4 -o addr show eth0 | awk '{print $4}'")).toBe("10.0.1.10/24");

  // In a subnet without a way to the gateway it leads nowhere, in neither direction.
  expect(await associate(c)).toBe("resolved");
  expect(await world.ask(d, elastic.publicIp)).toBe("dropped");
  const open = await world.group(world.two, "open", [tcp(80, "0.0.0.0/0")]);
  await world.setGroups(d.interfaceId, open);
  expect(await world.ask(c, d.publicIp)).toBe("dropped");
  expect(await world.ask(a, c.privateIp)).toBe("c");

  const association = `tabvisor.addresses.get("${elastic.id}").association.id`;
  expect(await codeOf(`await tabvisor.addresses.disassociate(${association})`)).toBe("resolved");
  expect(await codeOf(`await tabvisor.addresses.release("${elastic.id}")`)).toBe("resolved");
  await world.setGroups(d.interfaceId, world.two.defaultGroup);
  for (const { interfaceId } of [a, b, c]) await world.setGroups(interfaceId, one.defaultGroup);
});
