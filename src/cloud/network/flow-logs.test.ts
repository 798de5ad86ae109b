import { expect, it } from "vitest";
import { launched } from "../../../test/support/cloud-calls.ts";
import { CloudLab } from "../../../test/support/cloud-lab.ts";
import type { FlowLogRecord } from "../../network/flow-log/flow-record.ts";
import type { Incident } from "../../network/switch/counters.ts";
import type { Client } from "../../protocol/contract.ts";
import type { NetworkContract } from "../../protocol/network-contract.ts";

const flow = (interfaceId: string, end: number, action: "ACCEPT" | "REJECT") =>
  ({ id: end, interfaceId, logStatus: "OK", start: end - 1, end, action }) as FlowLogRecord;
const gap = (interfaceId: string, end: number): FlowLogRecord => ({
  id: end,
  interfaceId,
  logStatus: "NODATA",
  start: end - 1,
  end,
});

/** A cloud of two instances whose network says that this has passed. */
async function recorded() {
  const lab = new CloudLab();
  const kept = new Map<string, FlowLogRecord[]>();
  const incidents: Incident[] = [];
  const client = {
    flowLog: async (id: string) => kept.get(id) ?? [],
    incidents: async (id: string) => incidents.filter(({ interfaceId }) => interfaceId === id),
  } as unknown as Client<NetworkContract>;
  lab.packets = { configure: async () => {}, setUp: () => {}, client: async () => client };
  const cloud = await lab.open();
  await launched(cloud);
  await launched(cloud);
  const [one, other] = cloud.networkInterfaces.list();
  if (one === undefined || other === undefined) throw new Error("there are two");
  return { lab, cloud, kept, incidents, one, other };
}

it("flow logs show what has passed at their interfaces since they were made, of the traffic that they are of", async () => {
  const { lab, cloud, kept, one, other } = await recorded();
  const log = async (resourceId: string, trafficType: "ACCEPT" | "REJECT" | "ALL") => {
    const [made] = await cloud.flowLogs.create({ resourceIds: [resourceId], trafficType, logGroupName: "flows" });
    return made?.id ?? "";
  };
  const now = lab.clock.now();
  const [all, rejected, accepted] = [
    await log(one.vpcId, "ALL"),
    await log(one.subnetId, "REJECT"),
    await log(other.id, "ACCEPT"),
  ];
  kept.set(one.id, [flow(one.id, now - 1, "ACCEPT"), flow(one.id, now + 2, "ACCEPT"), flow(one.id, now + 4, "REJECT")]);
  kept.set(other.id, [flow(other.id, now + 1, "REJECT"), gap(other.id, now + 3), flow(other.id, now + 5, "ACCEPT")]);
  const times = async (id: string) => (await cloud.flowLogs.records(id)).map(({ end }) => end - now);
  expect(await times(all)).toEqual([1, 2, 3, 4, 5]);
  expect(await times(rejected)).toEqual([1, 3, 4]);
  expect(await times(accepted)).toEqual([3, 5]);
  const many = Array.from({ length: 2000 }, (_, index) => flow(one.id, now + 10 + index, "ACCEPT"));
  kept.set(one.id, many);
  const shown = await times(all);
  expect([shown.length, shown[0], shown.at(-1)]).toEqual([2000, 10, 2009]);
});

it("N25 what guests have claimed to be, and are not, is told of each interface by itself", async () => {
  const { cloud, incidents, one, other } = await recorded();
  const incident = { time: 1, interfaceId: one.id, reason: "source-mac", what: "02:00:00:00:00:09", count: 3 } as const;
  incidents.push(incident);
  expect(await cloud.networkInterfaces.incidents(one.id)).toEqual([incident]);
  expect(await cloud.networkInterfaces.incidents(other.id)).toEqual([]);
  await expect(cloud.networkInterfaces.incidents("eni-00000000")).rejects.toMatchObject({
    code: "InvalidNetworkInterfaceID.NotFound",
  });
});
