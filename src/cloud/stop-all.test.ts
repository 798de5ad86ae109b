import { beforeEach, describe, expect, it } from "vitest";
import { launched } from "../../test/support/cloud-calls.ts";
import { CloudLab } from "../../test/support/cloud-lab.ts";
import { settle } from "../../test/support/fake-clock.ts";
import type { CloudResources } from "./assembly.ts";
import { viewOf } from "./scope.ts";
import { type StopProgress, stopAll } from "./stop-all.ts";

let lab: CloudLab;
let cloud: CloudResources;
let told: StopProgress[];

beforeEach(async () => {
  lab = new CloudLab();
  cloud = await lab.open();
  told = [];
});

const stop = () => stopAll(cloud.instances.list(), (progress) => void told.push(progress));

async function launchedBy(accountId: string, region: string, request: object = {}): Promise<string> {
  const [instance] = await cloud.seenBy(viewOf({ accountId, region })).instances.launch({ image: "tiny", ...request });
  await settle();
  return instance?.id ?? "";
}

describe("F16 stopping all that runs", () => {
  it("stops the instances of all accounts and regions in order, and tells of each", async () => {
    const ids = [
      (await launched(cloud)).id,
      await launchedBy("123456789012", "eu-west-1"),
      await launchedBy("210987654321", "us-east-1"),
    ];
    const { id: stopped } = await launched(cloud);
    await cloud.instances.get(stopped).stop();
    await stop();
    expect(cloud.instances.list().map(({ state }) => state)).toEqual(["stopped", "stopped", "stopped", "stopped"]);
    expect(lab.machines.started.map(({ calls }) => calls)).toEqual(Array(4).fill(["shutdown"]));
    for (const id of ids) {
      const states = told.filter((progress) => progress.id === id).map(({ state }) => state);
      expect(states).toEqual(["stopping", "stopped"]);
      expect(cloud.instances.get(id).stateReason).toMatchObject({ code: "Client.UserInitiatedShutdown" });
    }
    expect(told).toHaveLength(6);
  });

  it("F19 stops what is protected from calls, too", async () => {
    const instance = await launched(cloud, { disableApiStop: true });
    await stop();
    expect(instance.state).toBe("stopped");
  });

  it("F22 says of what cannot be stopped why", async () => {
    const { id: snapshotId } = await cloud.snapshots.import({ source: new Blob(["x".repeat(2 ** 18)]) });
    await cloud.images.register({ snapshotId, name: "store", rootDeviceType: "instance-store" });
    const instance = await launched(cloud, { image: "store" });
    await stop();
    expect(told).toMatchObject([
      { id: instance.id, state: "stopping" },
      { id: instance.id, state: "failed", error: expect.stringContaining(instance.id) },
    ]);
    expect(instance.state).toBe("running");
  });
});
