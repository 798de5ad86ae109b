import { afterEach, describe, expect, it } from "vitest";
import { makeKey } from "../../test/conformance/memory-lab.ts";
import { searchDatabases } from "../../test/support/search-databases.ts";
import { destroyIndexedDb } from "../store/indexed-db.ts";
import { collectGarbage } from "./collect-garbage.ts";
import { encryptSnapshot } from "./encrypt-snapshot.ts";
import { BLOCK_BYTES as B } from "./geometry.ts";
import { openSnapshot, openVolume } from "./open-volume.ts";
import { deleteSnapshot, rollbackVolume } from "./snapshots.ts";
import { createVolume, deleteVolume } from "./volumes.ts";

const DATABASE = "encryption-test";

/** What a guest's disk is full of: text, file names, and bytes that repeat. */
const page = (needle: string) =>
  new TextEncoder().encode(`${needle}/etc/shadow of ${needle}; `.repeat(4096)).slice(0, B);
const at = (volumeId: string) => ({ database: DATABASE, volumeId });

describe("the whole of IndexedDB, read raw", () => {
  afterEach(() => destroyIndexedDb(DATABASE));

  it("B49 B50 B51 F48 holds nothing of encrypted volumes in clear, through snapshots, merges and copies", async () => {
    const key = await makeKey();
    const sealed = Array.from({ length: 5 }, (_, i) => `sealed-${i}-${crypto.randomUUID()}`);
    const [first, second, third, fourth, partial] = sealed as [string, string, string, string, string];
    const clear = `clear-${crypto.randomUUID()}`;
    const shape = { sizeBytes: 64 * B, image: null };
    await createVolume({ ...at("vol-sealed"), ...shape, key });
    const volume = await openVolume({ ...at("vol-sealed"), key });
    await volume.write(0, page(first));
    await volume.flush();
    await volume.write(B, page(second));
    // Written to while it is on its way into the store.
    const flush = volume.flush();
    await volume.write(0, page(third));
    const made = volume.snapshot("snap-1");
    await volume.write(2 * B + 512, page(partial).slice(0, 4096));
    await Promise.all([flush, made]);
    await volume.snapshot("snap-2");
    await volume.write(3 * B, page(fourth));
    await volume.close();
    await createVolume({ ...at("vol-clone"), ...shape, snapshotId: "snap-1" });
    const clone = await openVolume({ ...at("vol-clone"), key });
    await clone.write(4 * B, page(first));
    await clone.close();
    await rollbackVolume({ ...at("vol-sealed"), snapshotId: "snap-2" });
    await deleteSnapshot({ database: DATABASE, snapshotId: "snap-2" });
    await collectGarbage({ database: DATABASE });

    // The control: the same in clear is found, so that the search can find.
    await createVolume({ ...at("vol-clear"), ...shape });
    const control = await openVolume(at("vol-clear"));
    await control.write(0, page(clear));
    await control.snapshot("snap-clear");
    await control.close();
    await encryptSnapshot({ ...at("vol-copy"), snapshotId: "snap-clear", sizeBytes: shape.sizeBytes, key });
    const found = await searchDatabases([...sealed, clear]);
    expect(found[clear]).toHaveLength(1);
    for (const needle of sealed) expect(found[needle], needle).toEqual([]);

    // All of it is there for who has the key; the copy alone holds what was in clear.
    await deleteVolume(at("vol-clear"));
    await deleteSnapshot({ database: DATABASE, snapshotId: "snap-clear" });
    await collectGarbage({ database: DATABASE });
    expect((await searchDatabases([clear]))[clear]).toEqual([]);
    const copy = await openVolume({ ...at("vol-copy"), key });
    expect(await copy.read(0, B)).toEqual(page(clear));
    await copy.close();
    const snapshot = await openSnapshot({ database: DATABASE, snapshotId: "snap-1", key });
    expect(await snapshot.read(0, B)).toEqual(page(third));
    expect(await snapshot.read(B, B)).toEqual(page(second));
    await snapshot.close();
    const back = await openVolume({ ...at("vol-sealed"), key });
    expect(await back.read(2 * B + 512, 4096)).toEqual(page(partial).slice(0, 4096));
    await back.close();
  });
});
