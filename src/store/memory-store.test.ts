import { beforeEach, describe, expect, it } from "vitest";
import { describeStore } from "../../test/conformance/store-suite.ts";
import { CloudError } from "../base/errors.ts";
import { type KeyValueStore, put } from "./key-value-store.ts";
import { MemoryDisk } from "./memory-store.ts";

const conformanceDisk = new MemoryDisk();
describeStore("MemoryDisk", {
  open: conformanceDisk.open,
  destroy: (database) => conformanceDisk.destroy(database),
});

describe("MemoryDisk's faults", () => {
  let disk: MemoryDisk;
  let store: KeyValueStore;
  const relaxed = { durability: "relaxed" } as const;

  beforeEach(async () => {
    disk = new MemoryDisk();
    store = await disk.open("d");
  });

  it("fails the next commit, which then has done nothing", async () => {
    disk.database("d").failNext("commit", new CloudError("Store.Failed", "broken"));
    await expect(store.commit([put(["a"], 1)])).rejects.toMatchObject({ code: "Store.Failed", message: "broken" });
    expect(await store.get(["a"])).toBeUndefined();
    await store.commit([put(["a"], 2)]);
    expect(await store.get(["a"])).toBe(2);
  });

  it("fails the next read", async () => {
    disk.database("d").failNext("read", new CloudError("Store.Failed", "broken"));
    await expect(store.get(["a"])).rejects.toMatchObject({ message: "broken" });
    expect(await store.get(["a"])).toBeUndefined();
  });

  it("refuses what goes beyond the quota, and takes it when there is room again", async () => {
    disk.database("d").quotaBytes = 10;
    await store.commit([put(["a"], new ArrayBuffer(8))]);
    await expect(store.commit([put(["b"], new ArrayBuffer(8))])).rejects.toMatchObject({ code: "Store.QuotaExceeded" });
    expect(await store.get(["b"])).toBeUndefined();
    disk.database("d").quotaBytes = 16;
    await store.commit([put(["b"], new ArrayBuffer(8))]);
  });

  it("counts the whole buffer of a view, as a structured clone stores it", async () => {
    disk.database("d").quotaBytes = 10;
    const view = new Uint8Array(new ArrayBuffer(100), 0, 1);
    await expect(store.commit([put(["a"], view)])).rejects.toMatchObject({ code: "Store.QuotaExceeded" });
  });

  it("refuses to open", async () => {
    disk.refuse = new CloudError("Store.Unavailable", "no");
    await expect(disk.open("d")).rejects.toMatchObject({ code: "Store.Unavailable" });
  });

  it.each([0, 1, 2])("keeps strict commits over a power cut, and the first %i of those after them", async (keep) => {
    await store.commit([put(["a"], 1)], relaxed);
    await store.commit([put(["b"], 1)]);
    await store.commit([put(["c"], 1)], relaxed);
    await store.commit([put(["d"], 1)], relaxed);
    expect(disk.database("d").atRisk).toBe(2);
    disk.database("d").powerCut(keep);
    await expect(store.get(["a"])).rejects.toMatchObject({ code: "Store.Closed" });
    store = await disk.open("d");
    expect(await store.keys({ prefix: [] })).toEqual([["a"], ["b"], ["c"], ["d"]].slice(0, 2 + keep));
  });

  it.each([0, 1])("may or may not keep a commit that was under way, but rejects it (%i)", async (keep) => {
    disk.database("d").latency = () => new Promise(() => undefined);
    const commit = store.commit([put(["a"], 1), put(["b"], 1)]);
    const rejected = expect(commit).rejects.toMatchObject({ code: "Store.Closed" });
    await Promise.resolve();
    disk.database("d").powerCut(keep);
    await rejected;
    disk.database("d").latency = () => undefined;
    store = await disk.open("d");
    expect(await store.keys({ prefix: [] })).toHaveLength(keep * 2);
  });
});
