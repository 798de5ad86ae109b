import { expect, it } from "vitest";
import { launched } from "../../../test/support/cloud-calls.ts";
import { CloudLab } from "../../../test/support/cloud-lab.ts";
import { recordStore } from "../../store/records.ts";
import { Registry } from "../registry.ts";
import { networkModel } from "./network-model.ts";

async function model(lab: CloudLab) {
  const registry = new Registry(recordStore(await lab.disk.open("cloud")));
  await registry.load();
  return networkModel(registry);
}

it("F52 F54 tells of the default network once something is in it", async () => {
  const lab = new CloudLab();
  const cloud = await lab.open();
  expect((await model(lab)).vpcs).toEqual([]);
  const vm = await launched(cloud);
  const { vpcs, subnets, routeTables, networkAcls, securityGroups, interfaces } = await model(lab);
  const [vpc] = vpcs;
  expect(vpc).toMatchObject({
    id: "vpc-8713df08e50a6aa36",
    cidrBlocks: ["172.31.0.0/16"],
    dnsSupport: true,
    internetGateway: { outbound: false },
  });
  expect(routeTables).toMatchObject([
    {
      id: subnets[0]?.routeTableId,
      routes: [
        { destinationCidrBlock: "0.0.0.0/0", target: { kind: "internet-gateway", id: vpc?.internetGateway?.id } },
      ],
    },
  ]);
  const open = { protocol: -1, ruleNumber: 100, allow: true, cidrBlock: "0.0.0.0/0" };
  expect(networkAcls).toMatchObject([
    {
      id: subnets[0]?.networkAclId,
      entries: [
        { ...open, egress: false },
        { ...open, egress: true },
      ],
    },
  ]);
  expect(securityGroups).toMatchObject([
    {
      rules: [
        { protocol: -1, egress: false, peer: { kind: "group", groupId: securityGroups[0]?.id } },
        { protocol: -1, egress: true, peer: { kind: "cidr", cidrBlock: "0.0.0.0/0" } },
      ],
    },
  ]);
  expect(interfaces).toMatchObject([
    {
      subnetId: subnets[0]?.id,
      instanceId: vm.id,
      hostname: "ip-172-31-0-4",
      addresses: [{ privateIp: "172.31.0.4" }],
      groupIds: [securityGroups[0]?.id],
      sourceDestCheck: true,
    },
  ]);
});
