import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  type KeyValueStore,
  type OpenStore,
  put,
  remove,
  removeRange,
  type StoreKey,
} from "../../src/store/key-value-store.ts";

export interface StoreBackend {
  readonly open: OpenStore;
  /** Deletes the database with all in it. */
  destroy(database: string): Promise<void> | void;
}

/** What every `KeyValueStore` does: run against memory and against the browser's IndexedDB. */
export function describeStore(name: string, backend: StoreBackend): void {
  describe(`${name} as a KeyValueStore`, () => {
    let store: KeyValueStore;
    let database: string;
    let counter = 0;

    beforeEach(async () => {
      database = `conformance-${Date.now()}-${counter++}`;
      store = await backend.open(database);
    });
    afterEach(async () => {
      await store.close();
      await backend.destroy(database);
    });

    it("gives back what was put, and undefined for what was not", async () => {
      await store.commit([put(["a", 1], { n: 1, bytes: new Uint8Array([1, 2]) }), put(["b"], "text")]);
      expect(await store.get(["a", 1])).toEqual({ n: 1, bytes: new Uint8Array([1, 2]) });
      expect(await store.getMany([["b"], ["none"], ["a", 1], ["b"]])).toEqual([
        "text",
        undefined,
        { n: 1, bytes: new Uint8Array([1, 2]) },
        "text",
      ]);
      expect(await store.getMany([])).toEqual([]);
    });

    it("tells numbers from strings in keys, and treats -0 as 0", async () => {
      await store.commit([put(["k", 1], "number"), put(["k", "1"], "string"), put(["k", -0], "zero")]);
      expect(
        await store.getMany([
          ["k", 1],
          ["k", "1"],
          ["k", 0],
        ]),
      ).toEqual(["number", "string", "zero"]);
    });

    it("copies values in and out", async () => {
      const value = { list: [1], buffer: new Uint8Array([7]).buffer };
      const done = store.commit([put(["v"], value)]);
      value.list.push(2);
      new Uint8Array(value.buffer)[0] = 8;
      await done;
      const first = (await store.get(["v"])) as typeof value;
      expect(first).toEqual({ list: [1], buffer: new Uint8Array([7]).buffer });
      first.list.push(3);
      expect(((await store.get(["v"])) as typeof value).list).toEqual([1]);
    });

    it("does the operations of a commit in order", async () => {
      await store.commit([
        put(["x"], 1),
        put(["x"], 2),
        put(["y"], 1),
        remove(["y"]),
        put(["z", 1], 1),
        put(["z", 2], 2),
      ]);
      await store.commit([removeRange({ prefix: ["z"] }), put(["z", 2], 3)]);
      expect(await store.entries({ prefix: [] })).toEqual([
        [["x"], 2],
        [["z", 2], 3],
      ]);
    });

    it("does all of a commit or nothing", async () => {
      await store.commit([put(["x"], "old")]);
      const unclonable = () => undefined;
      await expect(store.commit([put(["x"], "new"), remove(["x"]), put(["f"], unclonable)])).rejects.toMatchObject({
        code: "Store.Failed",
      });
      expect(await store.entries({ prefix: [] })).toEqual([[["x"], "old"]]);
    });

    it("refuses keys that no key may be", async () => {
      for (const key of [["a", Number.NaN], ["a", Number.POSITIVE_INFINITY], [{}]] as unknown as StoreKey[]) {
        await expect(store.get(key)).rejects.toMatchObject({ code: "Store.Failed" });
        await expect(store.getMany([key])).rejects.toMatchObject({ code: "Store.Failed" });
        await expect(store.commit([put(["ok"], 1), put(key, 1)])).rejects.toMatchObject({ code: "Store.Failed" });
      }
      expect(await store.get(["ok"])).toBeUndefined();
    });

    it("keeps keys in order: numbers by value, before strings by code unit, a prefix before what extends it", async () => {
      const inOrder: StoreKey[] = [
        ["a"],
        ["a", -1],
        ["a", 2],
        ["a", 10],
        ["a", 10, 0],
        ["a", "", 5],
        ["a", "B"],
        ["a", "a"],
        ["a", "\u{1F600}"],
        ["a", "\uFF5E"],
        ["b"],
      ];
      const shuffled = [7, 2, 10, 0, 5, 9, 1, 4, 8, 3, 6].map((i) => inOrder[i] as StoreKey);
      await store.commit(shuffled.map((key) => put(key, key)));
      expect(await store.keys({ prefix: [] })).toEqual(inOrder);
      expect(await store.keys({ prefix: ["a"] })).toEqual(inOrder.slice(1, -1));
      expect(await store.entries({ prefix: ["a"], from: 2, below: 10 })).toEqual([
        [
          ["a", 2],
          ["a", 2],
        ],
      ]);
      expect(await store.keys({ prefix: ["a"], from: 2, below: 11 })).toEqual(
        inOrder.slice(2, 5).concat([]).slice(0, 3),
      );
      expect(await store.keys({ prefix: ["a"], from: 10 })).toEqual(inOrder.slice(3, 10));
      expect(await store.keys({ prefix: ["a"], below: 2 })).toEqual([["a", -1]]);
    });

    it("deletes a range and nothing beside it", async () => {
      const all: StoreKey[] = [
        ["block", "l1"],
        ["block", "l1", 0],
        ["block", "l1", 9],
        ["block", "l10", 0],
        ["block", "l2", 0],
      ];
      await store.commit(all.map((key) => put(key, 1)));
      await store.commit([removeRange({ prefix: ["block", "l1"] })]);
      expect(await store.keys({ prefix: ["block"] })).toEqual([
        ["block", "l1"],
        ["block", "l10", 0],
        ["block", "l2", 0],
      ]);
      await store.commit([put(["n", 1], 1), put(["n", 2], 2), put(["n", 3], 3)]);
      await store.commit([removeRange({ prefix: ["n"], from: 2, below: 3 })]);
      expect(await store.keys({ prefix: ["n"] })).toEqual([
        ["n", 1],
        ["n", 3],
      ]);
    });

    it("shows a commit to what is asked after it, without waiting in between", async () => {
      const commits = [1, 2, 3].map((n) =>
        store.commit([put(["n"], n)], { durability: n === 2 ? "relaxed" : "strict" }),
      );
      expect(await store.get(["n"])).toBe(3);
      await Promise.all(commits);
    });

    it("shows stores of one database the same content, and other databases none of it", async () => {
      const second = await backend.open(database);
      const other = await backend.open(`${database}-other`);
      await store.commit([put(["n"], 1)]);
      expect(await second.get(["n"])).toBe(1);
      expect(await other.get(["n"])).toBeUndefined();
      await second.close();
      await other.close();
      await backend.destroy(`${database}-other`);
    });

    it("keeps its content when closed and opened again", async () => {
      await store.commit([put(["n"], 1)]);
      await store.close();
      store = await backend.open(database);
      expect(await store.get(["n"])).toBe(1);
    });

    it("finishes what is under way when closed, and refuses what comes later", async () => {
      const commit = store.commit([put(["n"], 1)]);
      const read = store.get(["n"]);
      await store.close();
      await commit;
      expect(await read).toBe(1);
      await expect(store.get(["n"])).rejects.toMatchObject({ code: "Store.Closed" });
      await expect(store.commit([put(["n"], 2)])).rejects.toMatchObject({ code: "Store.Closed" });
      await store.close();
    });

    it("says so when the database is deleted from elsewhere, and does not make an empty one in its place", async () => {
      await store.commit([put(["n"], 1)]);
      await backend.destroy(database);
      await expect(store.get(["n"])).rejects.toMatchObject({ code: "Store.Closed" });
      await expect(store.commit([put(["n"], 2)])).rejects.toMatchObject({ code: "Store.Closed" });
      const again = await backend.open(database);
      expect(await again.get(["n"])).toBeUndefined();
      await again.close();
    });
  });
}
