import { expect, it } from "vitest";
import { launched } from "../../../test/support/cloud-calls.ts";
import { CloudLab } from "../../../test/support/cloud-lab.ts";
import { CloudError } from "../../base/errors.ts";
import { Emitter } from "../../base/event.ts";
import { recordStore } from "../../store/records.ts";
import { Registry } from "../registry.ts";
import type { VolumeRecord } from "../volumes/volume-record.ts";
import { NetworkInForce } from "./network-in-force.ts";

it("F54 goes on with the next change when one cannot be put in force, and takes nothing for told that may not be", async () => {
  const lab = new CloudLab();
  const cloud = await lab.open();
  await launched(cloud);
  const registry = new Registry(recordStore(await lab.disk.open("cloud")));
  await registry.load();
  const [[id, record]] = registry.networkInterfaces.entries() as [[string, object]];
  const withCheck = (sourceDestCheck: boolean) =>
    registry.commit([registry.networkInterfaces.put(id, { ...record, sourceDestCheck } as never)]);
  const told: (boolean | undefined)[] = [];
  let fails = false;
  let whileFailing: Promise<unknown> | undefined;
  const inForce = new NetworkInForce(registry, cloud.instances, {
    configure: async ({ interfaces }) => {
      told.push(interfaces[0]?.sourceDestCheck);
      if (!fails) return;
      fails = false;
      // Another change while this one is under way, which has come to nothing, or to everything: nobody knows.
      whileFailing = withCheck(true);
      await new Promise((resolve) => setTimeout(resolve, 0));
      // Of a kind that is not reported as uncaught, which would fail the test.
      throw new CloudError("Cloud.Disposed", "no answer");
    },
    setUp: () => {},
    client: async () => undefined,
  });
  inForce.start();
  await inForce.settled();
  fails = true;
  await withCheck(false);
  await whileFailing;
  expect(told).toEqual([true, false, true]);
  inForce.dispose();
});

it("F13 looks at volumes for where they are attached only", async () => {
  const lab = new CloudLab();
  const cloud = await lab.open();
  const instance = await launched(cloud);
  const registry = new Registry(recordStore(await lab.disk.open("cloud")));
  await registry.load();
  const told: (Readonly<Record<string, string>> | undefined)[] = [];
  const record = cloud.instances.recorded(instance.id);
  if (record === undefined) throw new Error("there is no record of it");
  let looks = 0;
  const instances = {
    onItem: new Emitter<string>().event,
    recorded: () => record,
    allRecorded: () => {
      looks++;
      return [record];
    },
  };
  const inForce = new NetworkInForce(registry, instances, {
    configure: async ({ metadata }) => void told.push(metadata?.[0]?.blockDeviceMapping),
    setUp: () => {},
    client: async () => undefined,
  });
  inForce.start();
  await inForce.settled();
  const [[id, volume]] = registry.volumes.entries() as [[string, VolumeRecord]];
  await registry.commit([registry.volumes.put(id, { ...volume, tags: { a: "b" } })]);
  await inForce.settled();
  expect([looks, told.length]).toEqual([1, 1]);
  await registry.commit([registry.volumes.put(id, { ...volume, attachment: null })]);
  await inForce.settled();
  expect([looks, told.length]).toEqual([2, 2]);
  expect(told[1]).not.toEqual(told[0]);
  inForce.dispose();
});
