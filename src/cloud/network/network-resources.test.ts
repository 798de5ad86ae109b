import { beforeEach, describe, expect, it } from "vitest";
import { launched } from "../../../test/support/cloud-calls.ts";
import { CloudLab } from "../../../test/support/cloud-lab.ts";
import { settle } from "../../../test/support/fake-clock.ts";
import { put } from "../../store/key-value-store.ts";
import { recordStore } from "../../store/records.ts";
import type { CloudResources } from "../assembly.ts";
import { Registry } from "../registry.ts";
import { accountView, viewOf } from "../scope.ts";
import { NetworkInForce } from "./network-in-force.ts";
import { networkModel } from "./network-model.ts";

let lab: CloudLab;
let cloud: CloudResources;

beforeEach(async () => {
  lab = new CloudLab();
  cloud = await lab.open();
});

async function stored(): Promise<Registry> {
  const registry = new Registry(recordStore(await lab.disk.open("cloud")));
  await registry.load();
  return registry;
}
const model = async () => networkModel(await stored());

/** A VPC with a public and a private subnet. */
async function twoTiers() {
  const vpc = await cloud.vpcs.create({ cidrBlock: "10.0.0.0/16" });
  const gateway = await cloud.internetGateways.create();
  await cloud.internetGateways.attach(gateway.id, vpc.id);
  const front = await cloud.subnets.create({ vpcId: vpc.id, cidrBlock: "10.0.1.0/24" });
  const inner = await cloud.subnets.create({ vpcId: vpc.id, cidrBlock: "10.0.2.0/24" });
  const table = await cloud.routeTables.create({ vpcId: vpc.id });
  await cloud.routeTables.createRoute(table.id, "0.0.0.0/0", { kind: "internet-gateway", id: gateway.id });
  await cloud.routeTables.associate(table.id, front.id);
  return { vpc, gateway, front, inner, table };
}

describe("F52 F53 what the network is told", () => {
  it("follows each change: routes, a NAT gateway, addresses, the way out", async () => {
    const { vpc, gateway, front, inner, table } = await twoTiers();
    const address = await cloud.addresses.allocate();
    const nat = await cloud.natGateways.create({ subnetId: front.id, allocationId: address.id });
    await cloud.routeTables.createRoute(vpc.mainRouteTable.id, "0.0.0.0/0", { kind: "nat-gateway", id: nat.id });
    await cloud.internetGateways.modify(gateway.id, { outbound: true });
    const told = await model();
    const routesOf = (id: string) => told.routeTables.find((one) => one.id === id)?.routes;
    expect(told.vpcs.find(({ id }) => id === vpc.id)?.internetGateway).toEqual({ id: gateway.id, outbound: true });
    expect(told.subnets.map(({ id, routeTableId }) => [id, routeTableId])).toEqual(
      expect.arrayContaining([
        [front.id, table.id],
        [inner.id, vpc.mainRouteTable.id],
      ]),
    );
    expect(routesOf(table.id)).toMatchObject([{ target: { kind: "internet-gateway", id: gateway.id } }]);
    expect(routesOf(vpc.mainRouteTable.id)).toMatchObject([{ target: { kind: "nat-gateway", id: nat.id } }]);
    expect(told.natGateways).toMatchObject([{ id: nat.id, subnetId: front.id }]);
    expect(told.interfaces).toMatchObject([{ addresses: [{ privateIp: "10.0.1.4", publicIp: address.publicIp }] }]);
    await cloud.natGateways.delete(nat.id);
    const after = await model();
    const [route] = after.routeTables.find(({ id }) => id === vpc.mainRouteTable.id)?.routes ?? [];
    expect(route?.target).toEqual({ kind: "blackhole", id: nat.id });
    expect(after.interfaces).toEqual([]);
  });

  it("F54 has rules by direction and peer, and the groups of each interface", async () => {
    const group = await cloud.securityGroups.create({ name: "web", description: "x" });
    const vm = await launched(cloud, { securityGroupIds: [group.id] });
    await cloud.securityGroups.authorize(group.id, "ingress", [
      { protocol: "tcp", fromPort: 80, toPort: 81, cidrBlock: "203.0.113.0/24" },
      { protocol: "icmp", cidrBlock: "0.0.0.0/0" },
      { protocol: "all", groupId: group.id },
    ]);
    const { securityGroups, interfaces } = await model();
    expect(interfaces).toMatchObject([{ instanceId: vm.id, groupIds: [group.id] }]);
    const rules = securityGroups.find(({ id }) => id === group.id)?.rules.map(({ id: _, ...rule }) => rule);
    expect(rules).toEqual([
      { egress: true, protocol: -1, peer: { kind: "cidr", cidrBlock: "0.0.0.0/0" } },
      { egress: false, protocol: 6, fromPort: 80, toPort: 81, peer: { kind: "cidr", cidrBlock: "203.0.113.0/24" } },
      { egress: false, protocol: 1, fromPort: -1, toPort: -1, peer: { kind: "cidr", cidrBlock: "0.0.0.0/0" } },
      { egress: false, protocol: -1, peer: { kind: "group", groupId: group.id } },
    ]);
  });

  it("is in force when a change of it is stored, and is not told what it knows", async () => {
    await launched(cloud);
    const registry = await stored();
    const told: string[][] = [];
    let release = () => {};
    const network = {
      configure: async ({ interfaces }: { readonly interfaces: readonly { readonly id: string }[] }) => {
        if (told.length > 0) await new Promise<void>((resolve) => (release = resolve));
        told.push(interfaces.map(({ id }) => id));
      },
      setUp: () => {},
      client: async () => undefined,
    };
    const inForce = new NetworkInForce(registry, cloud.instances, network);
    inForce.start();
    await inForce.settled();
    const [[id, record]] = registry.networkInterfaces.entries() as [[string, never]];
    await registry.commit([registry.networkInterfaces.put(id, { ...(record as object), tags: { a: "b" } } as never)]);
    expect(told).toHaveLength(1);
    let isDone = false;
    const commit = registry.commit([registry.networkInterfaces.delete(id)]).then(() => {
      isDone = true;
    });
    await settle();
    expect(isDone).toBe(false);
    release();
    await commit;
    expect(told).toEqual([[id], []]);
    inForce.dispose();
  });
});

describe("F79 networks of regions and accounts", () => {
  it("are made where the request says, and are seen there only", async () => {
    const vpc = await cloud.vpcs.create({ cidrBlock: "10.0.0.0/16", region: "eu-west-1" });
    expect(vpc.region).toBe("eu-west-1");
    const accountId = "123456789012";
    const there = cloud.seenBy(viewOf({ accountId, region: "eu-west-1" }));
    expect(there.vpcs.list().map(({ isDefault }) => isDefault)).toEqual([true, false]);
    const here = cloud.seenBy(viewOf({ accountId, region: "us-east-1" }));
    expect(() => here.vpcs.get(vpc.id)).toThrow(expect.objectContaining({ code: "InvalidVpcID.NotFound" }));
    const others = cloud.seenBy(accountView("210987654321"));
    expect(others.vpcs.list().every(({ ownerId }) => ownerId === "210987654321")).toBe(true);
    expect(() => others.vpcs.get(vpc.id)).toThrow(expect.objectContaining({ code: "InvalidVpcID.NotFound" }));
    await expect(cloud.vpcs.create({ cidrBlock: "10.0.0.0/16", region: "mars-1" })).rejects.toMatchObject({
      code: "InvalidParameterValue",
    });
  });
});

describe("F56 permissions of rules", () => {
  it("cannot be got around by a request about both directions", async () => {
    const group = await cloud.securityGroups.create({ name: "web", description: "x" });
    const [rule] = await cloud.securityGroups.authorize(group.id, "ingress", [
      { protocol: "tcp", fromPort: 22, toPort: 22, cidrBlock: "0.0.0.0/0" },
    ]);
    const ids = [rule?.id ?? "", group.rules[0]?.id ?? ""];
    await expect(cloud.securityGroups.revoke(group.id, ids)).rejects.toMatchObject({
      code: "InvalidParameterCombination",
    });
  });
});

describe("records of a network", () => {
  it("F58 interfaces of the version before there was more than one address are as they were", async () => {
    const vm = await launched(cloud);
    const [id, now] = (await stored()).networkInterfaces.entries()[0] ?? ["", undefined];
    const { secondaryPrivateIps, sourceDestCheck, interfaceType, publicIp, wantsPublicIp, ...old } = now as never as {
      [name: string]: unknown;
    };
    expect([secondaryPrivateIps, sourceDestCheck, interfaceType, wantsPublicIp]).toEqual([[], true, "interface", true]);
    expect(publicIp).toMatch(/^198\.1[89]\./);
    const database = await lab.disk.open("cloud");
    await database.commit([put(["record", "network-interface", id], { version: 1, value: old })]);
    await database.close();
    cloud = await lab.open();
    expect(cloud.networkInterfaces.get(id)).toMatchObject({
      attachment: { instanceId: vm.id, deviceIndex: 0 },
      addresses: [{ privateIp: "172.31.0.4", publicIp: null }],
      sourceDestCheck: true,
    });
  });
});
