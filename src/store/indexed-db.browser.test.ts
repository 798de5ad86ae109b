import { afterEach, describe, expect, it, vi } from "vitest";
import { cdp } from "vitest/browser";
import { describeStore } from "../../test/conformance/store-suite.ts";
import { destroyIndexedDb, openIndexedDb } from "./indexed-db.ts";
import { put } from "./key-value-store.ts";

describeStore("IndexedDB", { open: openIndexedDb, destroy: destroyIndexedDb });

/** The part of Chromium's own protocol that the tests need. */
const session = cdp() as unknown as { send(method: string, params: object): Promise<unknown> };

describe("IndexedDB's faults", () => {
  afterEach(async () => {
    vi.restoreAllMocks();
    vi.unstubAllGlobals();
    await destroyIndexedDb("faults");
  });

  it("is Store.Unavailable where there is no IndexedDB", async () => {
    vi.stubGlobal("indexedDB", undefined);
    await expect(openIndexedDb("faults")).rejects.toMatchObject({ code: "Store.Unavailable" });
  });

  it("is Store.Unavailable where the browser refuses access", async () => {
    vi.spyOn(IDBFactory.prototype, "open").mockImplementation(() => {
      throw new DOMException("denied", "SecurityError");
    });
    await expect(openIndexedDb("faults")).rejects.toMatchObject({ code: "Store.Unavailable" });
  });

  it("is Store.Unavailable for a database of a newer version", async () => {
    const request = indexedDB.open("faults", 99);
    await new Promise((resolve) => {
      request.onsuccess = resolve;
    });
    request.result.close();
    await expect(openIndexedDb("faults")).rejects.toMatchObject({ code: "Store.Unavailable" });
  });

  it("is Store.QuotaExceeded when the browser gives no more room", async () => {
    const store = await openIndexedDb("faults");
    const transaction = vi.spyOn(IDBTransaction.prototype, "error", "get");
    transaction.mockReturnValue(new DOMException("full", "QuotaExceededError"));
    vi.spyOn(IDBTransaction.prototype, "commit").mockImplementation(function (this: IDBTransaction) {
      this.abort();
    });
    await expect(store.commit([put(["a"], 1)])).rejects.toMatchObject({ code: "Store.QuotaExceeded" });
    vi.restoreAllMocks();
    expect(await store.get(["a"])).toBeUndefined();
    await store.close();
  });

  it("opens a new connection when the browser has closed the old one", async () => {
    const connections = watchConnections();
    const store = await openIndexedDb("faults");
    await store.commit([put(["a"], 1)]);
    connections[0]?.close(); // Without a word: the next transaction throws InvalidStateError.
    expect(await store.get(["a"])).toBe(1);
    connections.at(-1)?.dispatchEvent(new Event("close"));
    const value = [2];
    const commit = store.commit([put(["a"], value)]);
    value.push(3);
    await commit;
    expect(await store.get(["a"])).toEqual([2]);
    expect(new Set(connections).size).toBe(3);
    await store.close();
    for (const connection of connections) connection.close();
  });

  it("says so when the user clears the site's data", async () => {
    const store = await openIndexedDb("faults");
    await store.commit([put(["a"], 1)]);
    await session.send("Storage.clearDataForOrigin", { origin: location.origin, storageTypes: "indexeddb" });
    await expect(store.get(["a"])).rejects.toMatchObject({ code: "Store.Closed" });
    await expect(store.commit([put(["a"], 1)])).rejects.toMatchObject({ code: "Store.Closed" });
    await store.close();
  });

  it("does not make an empty database where the old one was cleared", async () => {
    const connections = watchConnections();
    const store = await openIndexedDb("faults");
    await store.commit([put(["a"], 1)]);
    // Clearing site data closes the connection by force, without a versionchange event.
    const [connection] = connections;
    if (connection !== undefined) connection.onversionchange = null;
    connection?.close();
    await destroyIndexedDb("faults");
    await expect(store.get(["a"])).rejects.toMatchObject({ code: "Store.Closed" });
    await expect(store.commit([put(["a"], 1)])).rejects.toMatchObject({ code: "Store.Closed" });
    expect((await indexedDB.databases()).map(({ name }) => name)).not.toContain("faults");
  });
});

/** The connection of each transaction that begins from now on. */
function watchConnections(): IDBDatabase[] {
  const connections: IDBDatabase[] = [];
  const begin = IDBDatabase.prototype.transaction;
  vi.spyOn(IDBDatabase.prototype, "transaction").mockImplementation(function (this: IDBDatabase, ...args) {
    connections.push(this);
    return begin.apply(this, args);
  });
  return connections;
}
