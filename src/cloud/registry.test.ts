import { beforeEach, describe, expect, it } from "vitest";
import { CloudError } from "../base/errors.ts";
import { MemoryDisk } from "../store/memory-store.ts";
import { recordStore } from "../store/records.ts";
import { Registry } from "./registry.ts";
import type { SnapshotRecord } from "./snapshots/snapshot-record.ts";

const SNAPSHOT: SnapshotRecord = {
  ownerId: "123456789012",
  region: "us-east-1",
  volumeId: "vol-1",
  sizeBytes: 512,
  imageId: null,
  keyId: null,
  description: "",
  tags: {},
  state: "pending",
  stateReason: null,
  startedAt: 0,
  createVolumePermissions: [],
  deleting: false,
};
const COMPLETED: SnapshotRecord = { ...SNAPSHOT, state: "completed" };

let disk: MemoryDisk;
let registry: Registry;
let changes: number;
/** Ids, and how many records there were by then. */
let changed: string[];

beforeEach(async () => {
  disk = new MemoryDisk();
  registry = new Registry(recordStore(await disk.open("cloud")));
  changes = 0;
  changed = [];
  registry.snapshots.onChange(() => changes++);
  registry.snapshots.onRecord((id) => changed.push(`${id} ${registry.snapshots.size}`));
});

const put = (id: string, value: SnapshotRecord) => registry.snapshots.put(id, value);

describe("changes of records that belong together", () => {
  it("are seen at once, and stored in one transaction", async () => {
    const stored = registry.commit([put("snap-1", SNAPSHOT), put("snap-2", SNAPSHOT)]);
    expect(registry.snapshots.size).toBe(2);
    // One goes through all of a thousand, whatever hears of it.
    expect(changes).toBe(1);
    expect(changed).toEqual(["snap-1 2", "snap-2 2"]);
    await stored;
    const again = new Registry(recordStore(await disk.open("cloud")));
    await again.load();
    expect(again.snapshots.entries()).toEqual(registry.snapshots.entries());
  });

  it("are undone together when they cannot be stored", async () => {
    await registry.commit([put("snap-1", SNAPSHOT)]);
    disk.database("cloud").failNext("commit", new CloudError("Store.QuotaExceeded", "full"));
    const failing = registry.commit([
      put("snap-1", COMPLETED),
      put("snap-2", SNAPSHOT),
      registry.snapshots.delete("x"),
    ]);
    changed = [];
    await expect(failing).rejects.toMatchObject({ code: "Store.QuotaExceeded" });
    expect(registry.snapshots.entries()).toEqual([["snap-1", SNAPSHOT]]);
    expect(changed.sort()).toEqual(["snap-1 1", "snap-2 1", "x 1"]);
  });

  it("that fail leave alone what somebody else has changed since", async () => {
    await registry.commit([put("snap-1", SNAPSHOT)]);
    disk.database("cloud").failNext("commit", new CloudError("Store.Failed", "no"));
    const failing = registry.commit([put("snap-1", { ...SNAPSHOT, description: "mine" })]);
    const other = registry.commit([put("snap-1", COMPLETED)]);
    await expect(failing).rejects.toMatchObject({ code: "Store.Failed" });
    await other;
    expect(registry.snapshots.get("snap-1")).toEqual(COMPLETED);
  });

  it("refuse a record that could not be read again, and change nothing", async () => {
    expect(() => put("snap-1", { ...SNAPSHOT, sizeBytes: -1 })).toThrow(
      expect.objectContaining({ code: "Store.RecordInvalid" }),
    );
    expect(changes).toBe(0);
  });
});
