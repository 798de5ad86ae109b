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

/** What the filter's and the gateways' own tests show with frames is shown with machines where there is time for it. */
const inFull = process.env.TABVISOR_FULL ? test : test.skip;

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
  // The address that it had before is nobody's, and the cloud's all the same: what is sent there does not leave.
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

inFull("F54 groups let in what their rules say, at once, and drop the rest; they add up", async () => {
  const { one } = world;
  const quiet = await world.group(one, "quiet");
  await world.setGroups(b.interfaceId, quiet);
  const [echos, segments] = [await world.counted(b, "Icmp", "InEchos"), await world.counted(b, "Tcp", "InSegs")];
  expect(await world.ask(a, b.privateIp)).toBe("dropped");
  expect(await world.ping(a, b.privateIp)).toBe(0);
  // Dropped before it gets to the guest; which itself may go out, and gets its answers.
  expect([await world.counted(b, "Icmp", "InEchos"), await world.counted(b, "Tcp", "InSegs")]).toEqual([
    echos,
    segments,
  ]);
  // Who is in a VPC's default group hears its other members only.
  expect(await world.ask(b, a.privateIp)).toBe("dropped");
  const web = await world.group(one, "public-web", [tcp(80, `${b.privateIp}/32`)]);
  await world.setGroups(a.interfaceId, one.defaultGroup, web);
  expect(await world.ask(b, a.privateIp)).toBe("a");

  // A reference is to the addresses of who is in the group now.
  const clients = await world.group(one, "clients");
  const rules = await world.allow(quiet, tcp(80, clients));
  expect(await world.ask(a, b.privateIp)).toBe("dropped");
  await world.setGroups(a.interfaceId, clients);
  expect(await world.ask(a, b.privateIp)).toBe("b");
  expect(await world.ask(c, b.privateIp)).toBe("dropped");
  await world.setGroups(c.interfaceId, clients);
  expect(await world.ask(c, b.privateIp)).toBe("b");
  // Members of a group are strangers to each other, unless it names itself.
  expect(await world.ask(c, a.privateIp)).toBe("dropped");
  const toItself = await world.allow(clients, tcp(80, clients));
  expect(await world.ask(c, a.privateIp)).toBe("a");
  await world.revoke(clients, toItself);
  expect(await world.ask(c, a.privateIp)).toBe("dropped");

  // Two groups allow what either does.
  const more = await world.group(one, "more", [tcp(81, "10.0.2.0/24")]);
  expect(await world.ask(c, b.privateIp, 81)).toBe("dropped");
  await world.setGroups(b.interfaceId, quiet, more);
  expect(await world.ask(c, b.privateIp, 81)).toBe("b");
  expect(await world.ask(c, b.privateIp, 80)).toBe("b");
  expect(await world.ask(a, b.privateIp, 81)).toBe("dropped");
  // What is let in to nobody who listens is the guest's to refuse.
  await world.allow(more, tcp(82, "10.0.0.0/16"));
  expect(await world.ask(a, b.privateIp, 82)).toBe("refused");

  await world.revoke(quiet, rules);
  expect(await world.ask(a, b.privateIp)).toBe("dropped");
  for (const { interfaceId } of [a, b, c]) await world.setGroups(interfaceId, one.defaultGroup);
});

test("F54 a connection that is tracked survives its rule, and one that is not ends with it", async () => {
  const { one } = world;
  const server = await world.group(one, "server");
  await world.setGroups(b.interfaceId, server);
  const narrow = await world.allow(server, tcp(7000, `${a.privateIp}/32`), icmp(`${a.privateIp}/32`));
  const wide = await world.allow(server, tcp(7001, "0.0.0.0/0"));
  const tracked = await world.stream(a, b, 7000);
  const untracked = await world.stream(a, b, 7001);
  await world.cloud.run(a.id, `ping ${b.privateIp} > /tmp/pings 2>&1 & echo $! > /tmp/ping.pid`);
  await world.cloud.run(a.id, "until grep -q 'seq=1 ' /tmp/pings; do sleep 0.1; done");
  await tracked.send("first");
  await tracked.arrives("first");
  await untracked.send("first");
  await untracked.arrives("first");

  await world.revoke(server, [...narrow, ...wide]);
  const last = await world.cloud.run(a.id, "grep -c seq= /tmp/pings");
  await untracked.send("second");
  await tracked.send("second");
  await tracked.arrives("second");
  // The ping that goes on is part of what was tracked; a new one is not.
  await world.cloud.run(a.id, `until [ $(grep -c seq= /tmp/pings) -gt ${Number(last) + 1} ]; do sleep 0.1; done`);
  expect(await world.ping(a, b.privateIp)).toBe(0);
  await untracked.isStuck("second");
  // No other connection is made any more.
  await tracked.close();
  await untracked.close();
  expect(await world.ask(a, b.privateIp, 7000)).toBe("dropped");
  expect(await world.ask(a, b.privateIp, 7001)).toBe("dropped");
  await world.cloud.run(a.id, "kill $(cat /tmp/ping.pid)");
  await world.setGroups(b.interfaceId, one.defaultGroup);
});

test("F56 what is refused changes nothing for packets", async () => {
  const { one } = world;
  const group = await world.group(one, "atomic", [tcp(80, "10.0.0.0/16")]);
  await world.setGroups(b.interfaceId, group);
  const rule = (port: number, more = "") =>
    `{ protocol: "tcp", fromPort: ${port}, toPort: ${port}, cidrBlock: "10.0.0.0/16"${more} }`;
  const authorize = (rules: string) =>
    codeOf(`await tabvisor.securityGroups.authorize("${group}", "ingress", ${rules})`);
  expect(await authorize(`[${rule(81)}, ${rule(80)}]`)).toBe("InvalidPermission.Duplicate");
  expect(await authorize(`[${rule(81)}, { ...${rule(82)}, cidrBlock: "10.0.0.0/33" }]`)).toBe("InvalidParameterValue");
  expect(
    await authorize(
      `Array.from({ length: 60 }, (_, i) => (${rule(81)}, { ...${rule(81)}, fromPort: 81 - i % 2, toPort: 81 + i }))`,
    ),
  ).toBe("RulesPerSecurityGroupLimitExceeded");
  expect(await world.ask(a, b.privateIp, 81)).toBe("dropped");
  const rules = `tabvisor.securityGroups.get("${group}").rules.filter(({ egress }) => !egress).map(({ id }) => id)`;
  expect(await codeOf(`await tabvisor.securityGroups.revoke("${group}", [...${rules}, "sgr-00000000000000000"])`)).toBe(
    "InvalidSecurityGroupRuleId.NotFound",
  );
  expect(await world.ask(a, b.privateIp, 80)).toBe("b");
  expect(await codeOf(`await tabvisor.securityGroups.delete("${group}")`)).toBe("DependencyViolation");
  expect(await world.ask(a, b.privateIp, 80)).toBe("b");
  await world.setGroups(b.interfaceId, one.defaultGroup);
  expect(await codeOf(`await tabvisor.securityGroups.delete("${group}")`)).toBe("resolved");
});

inFull("F58 a second interface comes and goes while its guest runs, with groups of its own", async () => {
  const { one } = world;
  const group = await world.group(one, "second", [icmp("10.0.2.0/24")]);
  const { id, address } = await world.cloud.page.evaluate(
    async ([subnetId, groupId]) => {
      const { id, addresses } = await tabvisor.networkInterfaces.create({ subnetId, securityGroupIds: [groupId] });
      return { id, address: addresses[0]?.privateIp ?? "" };
    },
    [one.privateSubnet, group] as const,
  );
  const attach = () =>
    world.cloud.page.evaluate(
      ([networkInterfaceId, instanceId]) =>
        tabvisor.networkInterfaces.attach({ networkInterfaceId, instanceId, deviceIndex: 1 }),
      [id, a.id] as const,
    );
  const attachment = await attach();
  await world.cloud.run(a.id, `ip link set eth1 up && ip addr add ${address}/24 dev eth1`);
  // Its own groups count, and not those of its instance's other one.
  expect(await world.ping(c, address)).toBe(2);
  expect(await world.ask(c, address)).toBe("dropped");
  await world.setGroups(id, one.defaultGroup);
  expect(await world.ask(c, address)).toBe("a");
  expect(await world.ask(b, a.privateIp)).toBe("a");
  const detach = (attachmentId: string) => codeOf(`await tabvisor.networkInterfaces.detach("${attachmentId}")`);
  const primary = await world.cloud.page.evaluate(
    (eni) => tabvisor.networkInterfaces.get(eni).attachment?.id ?? "",
    a.interfaceId,
  );
  expect(await detach(primary)).toBe("OperationNotPermitted");
  expect(await world.ask(b, a.privateIp)).toBe("a");
  expect(await detach(attachment)).toBe("resolved");
  expect(await world.cloud.run(a.id, "ls /sys/class/net")).not.toContain("eth1");
  expect(await world.ping(c, address)).toBe(0);
  expect(await world.ask(b, a.privateIp)).toBe("a");
  expect(await codeOf(`await tabvisor.networkInterfaces.delete("${id}")`)).toBe("resolved");
});

test("F52 a network ACL is asked for each direction, between subnets only", async () => {
  const { one } = world;
  const acl = await world.cloud.page.evaluate(async (vpcId) => {
    return (await tabvisor.networkAcls.create({ vpcId })).id;
  }, one.id);
  const entry = (ruleNumber: number, egress: boolean, ports: readonly [number, number], allow = true) =>
    world.cloud.page.evaluate(
      async ([id, number, isEgress, [fromPort, toPort], isAllowed]) =>
        void (await tabvisor.networkAcls.createEntry(id, {
          ruleNumber: number,
          egress: isEgress,
          allow: isAllowed,
          protocol: "tcp",
          fromPort,
          toPort,
          cidrBlock: "10.0.0.0/16",
        })),
      [acl, ruleNumber, egress, ports, allow] as const,
    );
  const use = (networkAclId: string) =>
    world.cloud.page.evaluate(
      async ([subnetId, id]) => {
        const { networkAcl } = tabvisor.subnets.get(subnetId);
        await tabvisor.networkAcls.replaceAssociation(networkAcl.associationId, id);
        return networkAcl.id;
      },
      [one.publicSubnet, networkAclId] as const,
    );
  const before = await use(acl);
  expect(await world.ask(c, b.privateIp)).toBe("dropped");
  expect(await world.ask(a, b.privateIp)).toBe("b");
  await entry(100, false, [80, 80]);
  const answered = await world.counted(b, "Tcp", "PassiveOpens");
  const asked = await world.counted(b, "Tcp", "InSegs");
  // The question gets in, and its answer not out.
  expect(await world.ask(c, b.privateIp)).toBe("dropped");
  expect(await world.counted(b, "Tcp", "InSegs")).toBeGreaterThan(asked);
  expect(await world.counted(b, "Tcp", "PassiveOpens")).toBe(answered);
  await entry(100, true, [1024, 65_535]);
  expect(await world.ask(c, b.privateIp)).toBe("b");
  // The lowest number decides.
  await entry(50, false, [1, 1000], false);
  expect(await world.ask(c, b.privateIp)).toBe("dropped");
  await use(before);
  expect(await world.ask(c, b.privateIp)).toBe("b");
  expect(await codeOf(`await tabvisor.networkAcls.delete("${acl}")`)).toBe("resolved");
});

inFull("F52 F53 a private subnet has a way out by a NAT gateway, and none in", async () => {
  const { one, two } = world;
  const nat = await world.cloud.page.evaluate(
    async ([vpcId, subnetId]) => {
      const { id: allocationId } = await tabvisor.addresses.allocate();
      const { id, address } = await tabvisor.natGateways.create({ subnetId, allocationId });
      const table = tabvisor.vpcs.get(vpcId).mainRouteTable.id;
      await tabvisor.routeTables.createRoute(table, "0.0.0.0/0", { kind: "nat-gateway", id });
      return { id, table, allocationId, publicIp: address?.publicIp ?? "" };
    },
    [one.id, one.publicSubnet] as const,
  );
  // Only the gateway's address may come in, so that what comes has it.
  const group = await world.group(two, "behind-nat", [tcp(80, `${nat.publicIp}/32`), icmp(`${nat.publicIp}/32`)]);
  await world.setGroups(d.interfaceId, group);
  expect(await world.ask(c, d.publicIp)).toBe("d");
  expect(await world.ping(c, d.publicIp)).toBe(2);
  expect(await world.ask(a, d.publicIp)).toBe("dropped");
  const arrived = async () => [
    await world.counted(c, "Tcp", "PassiveOpens"),
    await world.counted(c, "Icmp", "InEchos"),
  ];
  const before = await arrived();
  expect(await world.ask(d, nat.publicIp)).toBe("dropped");
  expect(await world.ping(d, nat.publicIp)).toBe(0);
  expect(await arrived()).toEqual(before);
  expect(await world.ask(c, a.privateIp)).toBe("a");
  await world.cloud.page.evaluate(async ({ id, table, allocationId }) => {
    await tabvisor.natGateways.delete(id);
    await tabvisor.routeTables.deleteRoute(table, "0.0.0.0/0");
    await tabvisor.addresses.release(allocationId);
  }, nat);
  expect(await world.ask(c, d.publicIp)).toBe("dropped");
  await world.setGroups(d.interfaceId, two.defaultGroup);
});
