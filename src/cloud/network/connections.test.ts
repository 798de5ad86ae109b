import { expect, it } from "vitest";
import { launched } from "../../../test/support/cloud-calls.ts";
import { CloudLab } from "../../../test/support/cloud-lab.ts";
import type { Client } from "../../protocol/contract.ts";
import type { NetworkContract } from "../../protocol/network-contract.ts";
import { closePorts, connectionPorts } from "../../protocol/port-connection.ts";
import { recordStore } from "../../store/records.ts";
import { Registry } from "../registry.ts";
import { InstanceConnections } from "./connections.ts";

it("F53: each connection goes to the public address that the instance has then", async () => {
  const lab = new CloudLab();
  const cloud = await lab.open();
  const { id: instanceId } = await launched(cloud);
  const registry = new Registry(recordStore(await lab.disk.open("cloud")));
  await registry.load();
  const asked: string[] = [];
  const client = {
    connect: async ({ address, port }: { address: string; port: number }) => {
      asked.push(`${address}:${port}`);
      return "lock";
    },
  } as unknown as Client<NetworkContract>;
  const connections = new InstanceConnections(registry, { client: async () => client });
  const open = async (port: number) => {
    const { own, others } = connectionPorts();
    closePorts(own);
    return await connections.open(instanceId, "running", { port, ports: others, lifeLock: "" });
  };
  const [[id, record]] = registry.networkInterfaces.entries() as unknown as [[string, { publicIp: string | null }]];
  await open(80);
  await open(80);
  await open(22);
  expect(asked).toEqual([`${record.publicIp}:80`, `${record.publicIp}:80`, `${record.publicIp}:22`]);
  const withAddress = async (publicIp: string | null) =>
    await registry.commit([registry.networkInterfaces.put(id, { ...record, publicIp } as never)]);
  await withAddress(null);
  await expect(open(80)).rejects.toMatchObject({ code: "Network.Unreachable" });
  await withAddress("198.18.9.9");
  expect(await open(80)).toEqual({ address: "198.18.9.9", networkLock: "lock" });
});
