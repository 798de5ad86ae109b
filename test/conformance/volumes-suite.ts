import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { BLOCK_BYTES } from "../../src/blockstore/geometry.ts";
import { openImageSource } from "../../src/blockstore/image-source.ts";
import { readVolume } from "../../src/blockstore/open-volume.ts";
import { volumeUsage } from "../../src/blockstore/usage.ts";
import { deleteVolume, freezeHead } from "../../src/blockstore/volumes.ts";
import { makeImage, pattern } from "./image-fixture.ts";
import type { StoreBackend } from "./store-suite.ts";
import { CHUNK, CONTENT, expectSame, VolumeLab } from "./volume-lab.ts";

/** How volumes come and go, and what they stand on, whatever the store. */
export function describeVolumes(name: string, backend: StoreBackend): void {
  describe(`the volumes of a cloud in ${name}`, () => {
    let lab: VolumeLab;
    beforeEach(async () => {
      lab = await VolumeLab.make(backend);
    });
    afterEach(() => lab.dispose());

    it("B19 deletes a volume with all it stored, and nothing of another", async () => {
      await lab.make("vol-1");
      await lab.make("vol-2");
      for (const id of ["vol-1", "vol-2"]) {
        const volume = await lab.open(id);
        await volume.write(0, pattern(2 * BLOCK_BYTES));
        await volume.close();
      }
      await freezeHead(lab.address("vol-1"), { openStore: lab.openStore });
      lab.log.commits = 0;
      await deleteVolume(lab.address("vol-1"), { openStore: lab.openStore });
      expect(lab.log.commits).toBe(1);
      expect(await lab.stored("block")).toEqual([0, 1]);
      await expect(lab.open("vol-1")).rejects.toMatchObject({ code: "InvalidVolume.NotFound" });
      expectSame(await (await lab.open("vol-2")).read(0, 512), pattern(512));
      await lab.closeAll();
      await deleteVolume(lab.address("vol-2"), { openStore: lab.openStore });
      const store = await backend.open(lab.database);
      expect(await store.keys({ prefix: [] })).toEqual([]);
      await store.close();
    });

    it("B19 refuses sizes that no disk can have, and what does not exist or exists already", async () => {
      const invalid = { code: "InvalidParameterValue" };
      for (const bytes of [0, -512, 513, 1.5, Number.NaN, 2 ** 41 + 512]) {
        await expect(lab.make("vol-1", false, bytes)).rejects.toMatchObject(invalid);
      }
      await expect(lab.make("vol-1", true, CONTENT.byteLength - 512)).rejects.toMatchObject(invalid);
      await lab.make("vol-1", true, CONTENT.byteLength);
      await expect(lab.make("vol-1")).rejects.toMatchObject({ code: "Volume.AlreadyExists" });
      const address = lab.address("vol-9");
      for (const attempt of [deleteVolume, volumeUsage, freezeHead]) {
        await expect(attempt(address, { openStore: lab.openStore })).rejects.toMatchObject({
          code: "InvalidVolume.NotFound",
        });
      }
    });

    it("B28 stands on the image it was made from, whatever image it is opened with", async () => {
      await lab.make("vol-1");
      const other = await makeImage(pattern(CONTENT.byteLength, 77), CHUNK);
      const newer = await openImageSource(other.image, { openStore: backend.open });
      const fetched: string[] = [];
      const { fetch } = globalThis;
      globalThis.fetch = async (url) => {
        fetched.push(String(url));
        return new Response("", { status: 404 });
      };
      try {
        const cached = await lab.open("vol-1", { readOnly: true }); // Puts what it reads into the cache…
        await cached.read(0, 512);
        const volume = await lab.open("vol-1", {
          image: newer,
          imageUrl: "https://moved.test/",
          openStore: lab.openStoreAndCache,
        });
        await lab.source.close();
        expectSame(await volume.read(0, 512), lab.expected(0, 512)); // … from where another source of the same image takes it.
        expect(fetched).toEqual([]);
      } finally {
        globalThis.fetch = fetch;
      }
      await newer.close();
    });

    it("B30 refuses to write when open for reading", async () => {
      await lab.make("vol-1");
      const volume = await lab.open("vol-1", { readOnly: true });
      expect(volume.readOnly).toBe(true);
      await expect(volume.write(0, pattern(512))).rejects.toMatchObject({ code: "Volume.ReadOnly" });
      await expect(volume.discard(0, 512)).rejects.toMatchObject({ code: "Volume.ReadOnly" });
      await volume.flush();
      expectSame(await volume.read(0, 512), lab.expected(0, 512));
    });

    it("streams a volume from first byte to last", async () => {
      await lab.make("vol-1", true, CONTENT.byteLength + 512);
      const volume = await lab.open("vol-1");
      await volume.write(4096, pattern(4096, 3));
      await volume.close();
      const want = lab.expected(0, CONTENT.byteLength + 512);
      want.set(pattern(4096, 3), 4096);
      const got = new Uint8Array(want.byteLength);
      let offset = 0;
      for await (const part of readVolume({ ...lab.address("vol-1"), openStore: lab.openStore, image: lab.source })) {
        got.set(part, offset);
        offset += part.byteLength;
      }
      expect(offset).toBe(want.byteLength);
      expectSame(got, want);
    });
  });
}
