import * as v from "valibot";
import { beforeEach, describe, expect, it } from "vitest";
import { type KeyValueStore, put } from "./key-value-store.ts";
import { MemoryDisk } from "./memory-store.ts";
import { defineRecordKind, type RecordStore, recordKey, recordStore } from "./records.ts";

const machine = defineRecordKind({
  kind: "machine",
  version: 3,
  schema: v.object({ name: v.string(), memoryMiB: v.number(), tags: v.record(v.string(), v.string()) }),
  migrations: {
    2: (old) => ({ ...(old as object), memoryMiB: (old as { memory: number }).memory / 1024 }),
    3: (old) => ({ ...(old as object), tags: {} }),
  },
});
const note = defineRecordKind({ kind: "note", version: 1, schema: v.object({ text: v.string() }) });

describe("records", () => {
  let store: KeyValueStore;
  let records: RecordStore;

  beforeEach(async () => {
    store = await new MemoryDisk().open("registry");
    records = recordStore(store);
  });

  it("puts, gets, lists and deletes, several kinds in one commit", async () => {
    const b = { name: "b", memoryMiB: 64, tags: {} };
    const a = { name: "a", memoryMiB: 128, tags: { Name: "x" } };
    await records.commit([
      records.put(machine, "i-2", b),
      records.put(machine, "i-1", a),
      records.put(note, "n", { text: "t" }),
    ]);
    expect(await records.get(machine, "i-1")).toEqual(a);
    expect(await records.get(machine, "i-3")).toBeUndefined();
    expect(await records.list(machine)).toEqual({
      records: [
        { id: "i-1", value: a },
        { id: "i-2", value: b },
      ],
      damaged: [],
    });
    await records.commit([records.delete(machine, "i-1"), records.put(note, "n", { text: "gone" })]);
    expect((await records.list(machine)).records.map(({ id }) => id)).toEqual(["i-2"]);
    expect(await records.get(note, "n")).toEqual({ text: "gone" });
  });

  it.each([
    { version: 1, value: { name: "old", memory: 65536 } },
    { version: 2, value: { name: "old", memory: 65536, memoryMiB: 64 } },
    { version: 3, value: { name: "old", memoryMiB: 64, tags: {} } },
  ])("reads what version $version stored", async (stored) => {
    await store.commit([put(recordKey(machine, "i-1"), stored)]);
    expect(await records.get(machine, "i-1")).toEqual({ name: "old", memoryMiB: 64, tags: {} });
  });

  it("refuses to store what it could not read again", async () => {
    const bad = { name: "x", memoryMiB: "64", tags: {} } as never;
    expect(() => records.put(machine, "i-1", bad)).toThrow(expect.objectContaining({ code: "Store.RecordInvalid" }));
  });

  it.each([
    ["no envelope", "text"],
    ["null", null],
    ["no version", { value: {} }],
    ["version 0", { version: 0, value: {} }],
    ["a field of another type", { version: 3, value: { name: 1, memoryMiB: 64, tags: {} } }],
    ["a migration that throws", { version: 1, value: null }],
  ])("says that a record is damaged: %s", async (_what, stored) => {
    await store.commit([put(recordKey(machine, "i-1"), stored)]);
    const details = { kind: "machine", id: "i-1" };
    await expect(records.get(machine, "i-1")).rejects.toMatchObject({ code: "Store.RecordCorrupt", details });
  });

  it("leaves a newer version's record alone", async () => {
    await store.commit([put(recordKey(machine, "i-1"), { version: 4, value: {} })]);
    await expect(records.get(machine, "i-1")).rejects.toMatchObject({ code: "Store.RecordTooNew" });
  });

  it("lists the good ones beside the damaged", async () => {
    await records.commit([records.put(machine, "i-2", { name: "good", memoryMiB: 1, tags: {} })]);
    await store.commit([put(recordKey(machine, "i-1"), 7)]);
    const { records: good, damaged } = await records.list(machine);
    expect(good.map(({ id }) => id)).toEqual(["i-2"]);
    expect(damaged).toMatchObject([{ code: "Store.RecordCorrupt", details: { id: "i-1" } }]);
  });

  it.each([
    ["a gap", 3, { 3: (old: unknown) => old }],
    ["none", 2, undefined],
    ["one too many", 1, { 2: (old: unknown) => old }],
  ])("refuses migrations that do not lead from version to version: %s", (_what, version, migrations) => {
    const definition = { kind: "k", version, schema: v.object({}), ...(migrations && { migrations }) };
    expect(() => defineRecordKind(definition)).toThrow(TypeError);
  });
});
