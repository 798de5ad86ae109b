import { beforeEach, describe, expect, it } from "vitest";
import { CloudLab } from "../../test/support/cloud-lab.ts";
import { settle } from "../../test/support/fake-clock.ts";
import type { CloudInstances } from "./instances.ts";

let lab: CloudLab;
let instances: CloudInstances;

beforeEach(async () => {
  lab = new CloudLab();
  lab.silentBrowser = true;
  ({ instances } = await lab.open());
});

async function running(count: number, type = "v1.micro"): Promise<string[]> {
  const launched = await instances.launch({ image: "tiny", type, count });
  await settle();
  return launched.map(({ id }) => id);
}

const states = () => instances.list().map(({ state }) => state);

describe("actions on several instances", () => {
  it("F14 F15 tell the state before and after, at once", async () => {
    const ids = await running(2);
    const changes = await instances.begin("stop", ids);
    expect(changes).toEqual(ids.map((id) => ({ id, previous: "running", current: "stopping" })));
    await settle();
    await lab.clock.advance(60_000);
    expect(states()).toEqual(["stopped", "stopped"]);
    expect(await instances.begin("stop", ids)).toEqual(
      ids.map((id) => ({ id, previous: "stopped", current: "stopped" })),
    );
    expect(await instances.begin("start", ids)).toEqual(
      ids.map((id) => ({ id, previous: "stopped", current: "pending" })),
    );
    await settle();
    expect(states()).toEqual(["running", "running"]);
    expect(await instances.begin("terminate", ids)).toMatchObject([
      { current: "shutting-down" },
      { current: "shutting-down" },
    ]);
  });

  it("F17 leave the state as it is when they reboot", async () => {
    const ids = await running(1);
    expect(await instances.begin("reboot", ids)).toEqual([{ id: ids[0], previous: "running", current: "running" }]);
  });

  it("F18 do nothing at all when one of the instances is in no state for it", async () => {
    const ids = await running(2);
    await instances.get(ids[0] ?? "").stop({ force: true });
    await expect(instances.begin("reboot", ids)).rejects.toMatchObject({ code: "IncorrectInstanceState" });
    await expect(instances.begin("terminate", [...ids, "i-00000000000000000"])).rejects.toMatchObject({
      code: "InvalidInstanceID.NotFound",
    });
    expect(states()).toEqual(["stopped", "running"]);
  });

  it("F70 start none when there is not room for all", async () => {
    const stopped = await running(3, "v1.small");
    await instances.begin("force-stop", stopped);
    await settle();
    await running(2, "v1.small");
    await expect(instances.begin("start", stopped)).rejects.toMatchObject({ code: "InsufficientInstanceCapacity" });
    expect(states()).toEqual(["stopped", "stopped", "stopped", "running", "running"]);
    expect(await instances.begin("start", stopped.slice(1))).toHaveLength(2);
  });

  it("are not acknowledged when the new state cannot be stored", async () => {
    const ids = await running(1);
    lab.disk.database("cloud").quotaBytes = 0;
    await expect(instances.begin("stop", ids)).rejects.toMatchObject({ code: "Store.QuotaExceeded" });
  });
});

describe("launch", () => {
  it("F03 gives as many as there is room for, down to minCount", async () => {
    const launched = await instances.launch({ image: "tiny", type: "v1.small", count: 5, minCount: 2 });
    expect(launched).toHaveLength(4);
    expect(launched.map(({ launchIndex }) => launchIndex)).toEqual([0, 1, 2, 3]);
    expect(new Set(launched.map(({ reservationId }) => reservationId)).size).toBe(1);
  });

  it("F03 launches none when there is room for fewer than minCount", async () => {
    const request = { image: "tiny", type: "v1.small", count: 9, minCount: 5 };
    await expect(instances.launch(request)).rejects.toMatchObject({ code: "InsufficientInstanceCapacity" });
    expect(instances.list()).toEqual([]);
  });

  it("refuses a minCount above count, however large they are", async () => {
    await expect(instances.launch({ image: "tiny", count: 1, minCount: 2 })).rejects.toMatchObject({
      code: "InvalidParameterValue",
    });
    const launched = await instances.launch({ image: "tiny", count: Number.MAX_SAFE_INTEGER, minCount: 1 });
    expect(launched).toHaveLength(5);
  });
});
