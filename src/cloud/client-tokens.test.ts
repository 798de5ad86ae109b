import { beforeEach, describe, expect, it } from "vitest";
import { CloudLab } from "../../test/support/cloud-lab.ts";
import { settle } from "../../test/support/fake-clock.ts";

const DAY_MS = 24 * 3_600_000;

let lab: CloudLab;

beforeEach(() => {
  lab = new CloudLab();
  lab.silentBrowser = true;
});

describe("F74 a client token", () => {
  const request = { image: "tiny", count: 2, clientToken: "once" };

  it("launches once, and gives the same instances again", async () => {
    const { instances } = await lab.open();
    const first = await instances.launch(request);
    const second = await instances.launch({ clientToken: "once", count: 2, image: "tiny" });
    expect(second.map(({ id }) => id)).toEqual(first.map(({ id }) => id));
    expect(instances.list()).toHaveLength(2);
    expect(first[0]?.clientToken).toBe("once");
  });

  it("launches once when two requests come together", async () => {
    const { instances } = await lab.open();
    const [first, second] = await Promise.all([instances.launch(request), instances.launch(request)]);
    expect(second).toEqual(first);
    expect(instances.list()).toHaveLength(2);
  });

  it("counts after a reload too", async () => {
    const [first] = await (await lab.open()).instances.launch(request);
    await settle();
    const { instances } = await lab.open();
    const [second] = await instances.launch(request);
    expect(second?.id).toBe(first?.id);
    expect(instances.list()).toHaveLength(2);
  });

  it("with another request is IdempotentParameterMismatch", async () => {
    const { instances } = await lab.open();
    await instances.launch(request);
    await expect(instances.launch({ ...request, count: 1 })).rejects.toMatchObject({
      code: "IdempotentParameterMismatch",
    });
    expect(instances.list()).toHaveLength(2);
  });

  it.each(["", "x".repeat(65), "a b", "é"])("is refused when it is none: %j", async (clientToken) => {
    const { instances } = await lab.open();
    await expect(instances.launch({ image: "tiny", clientToken })).rejects.toMatchObject({
      code: "InvalidParameterValue",
    });
    expect(instances.list()).toEqual([]);
  });

  it("is free again when the launch failed", async () => {
    const { instances } = await lab.open();
    lab.disk.database("cloud").quotaBytes = 0;
    await expect(instances.launch(request)).rejects.toMatchObject({ code: "Store.QuotaExceeded" });
    lab.disk.database("cloud").quotaBytes = Number.POSITIVE_INFINITY;
    expect(await instances.launch(request)).toHaveLength(2);
  });

  it("is kept for a day after its instances are gone, and let go of later", async () => {
    const { instances } = await lab.open();
    const [instance] = await instances.launch({ ...request, count: 1 });
    await settle();
    await instance?.terminate();
    await lab.clock.advance(2 * 3_600_000);
    expect(instances.list()).toEqual([]);
    // Others notice that they are gone, and later that they have been for long enough.
    await instances.launch({ image: "tiny", clientToken: "a" });
    await lab.clock.advance(DAY_MS / 2);
    await instances.launch({ image: "tiny", clientToken: "b" });
    await expect(instances.launch({ ...request, count: 1 })).rejects.toMatchObject({
      code: "InvalidInstanceID.NotFound",
    });
    await lab.clock.advance(DAY_MS);
    await instances.launch({ image: "tiny", clientToken: "c" });
    expect(await instances.launch({ ...request, count: 1 })).toHaveLength(1);
  });

  it("makes one volume, of each action its own", async () => {
    const { instances, volumes } = await lab.open();
    const volume = { sizeGiB: 1, clientToken: "once" };
    const [first, second] = await Promise.all([volumes.create(volume), volumes.create(volume)]);
    expect(second.id).toBe(first.id);
    expect(volumes.list()).toHaveLength(1);
    await expect(volumes.create({ ...volume, sizeGiB: 2 })).rejects.toMatchObject({
      code: "IdempotentParameterMismatch",
    });
    expect(await instances.launch(request)).toHaveLength(2);
  });
});
