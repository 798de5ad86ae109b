import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { BLOCK_BYTES } from "../../src/blockstore/geometry.ts";
import { openVolume } from "../../src/blockstore/index.ts";
import { waitUntilReady } from "../../src/protocol/handshake.ts";
import { readAll, readPort } from "../../src/protocol/port-stream.ts";
import { connect } from "../../src/protocol/rpc.ts";
import type { ImageRef } from "../../src/protocol/vm-contract.ts";
import { volumeContract } from "../../src/protocol/volume-contract.ts";
import { makeImage, pattern, sameBytes } from "../../test/conformance/image-fixture.ts";

const SIZE = 3 * BLOCK_BYTES + 512;

describe("the volume worker", () => {
  const database = `volume-worker-${Date.now()}`;
  const address = { database, volumeId: "vol-1" };
  let worker: Worker;

  const start = async () => {
    worker = new Worker(new URL("./entry.ts", import.meta.url), { type: "module" });
    await waitUntilReady(worker, 20_000);
    return connect(volumeContract, worker);
  };
  const exportAll = async (client: Awaited<ReturnType<typeof start>>) => {
    const { port1, port2 } = new MessageChannel();
    const [bytes] = await Promise.all([
      readAll(readPort(port1), 2 * SIZE),
      client.exportVolume({ ...address, image: null }, port2),
    ]);
    return bytes;
  };

  let client: Awaited<ReturnType<typeof start>>;
  beforeEach(async () => {
    client = await start();
  });
  afterEach(() => {
    worker.terminate();
    indexedDB.deleteDatabase(database);
  });

  it("creates a volume, says what it holds, exports it and deletes it", async () => {
    await client.createVolume({ ...address, sizeBytes: SIZE, image: null });
    const volume = await openVolume(address);
    await volume.write(BLOCK_BYTES - 512, pattern(1024));
    await volume.close();
    expect(await client.volumeUsage(address)).toEqual({ sizeBytes: SIZE, storedBytes: 2 * BLOCK_BYTES });
    const want = new Uint8Array(SIZE);
    want.set(pattern(1024), BLOCK_BYTES - 512);
    expect(sameBytes(await exportAll(client), want)).toBe(true);
    await client.deleteVolume(address);
    await expect(client.volumeUsage(address)).rejects.toMatchObject({ code: "InvalidVolume.NotFound" });
  });

  it("passes errors on with their code", async () => {
    await expect(client.deleteVolume(address)).rejects.toMatchObject({
      code: "InvalidVolume.NotFound",
      details: { volumeId: "vol-1" },
    });
    await expect(client.createVolume({ ...address, sizeBytes: 100, image: null })).rejects.toMatchObject({
      code: "InvalidParameterValue",
    });
    const { port1, port2 } = new MessageChannel();
    const exported = client.exportVolume({ ...address, image: null }, port2);
    await expect(readAll(readPort(port1), SIZE)).rejects.toMatchObject({ code: "InvalidVolume.NotFound" });
    await expect(exported).rejects.toMatchObject({ code: "InvalidVolume.NotFound" });
  });

  it("fails an export whose image cannot be had, and sends no zeros for it", { timeout: 60_000 }, async () => {
    const { image } = await makeImage(pattern(2 * BLOCK_BYTES), 2 * BLOCK_BYTES);
    const missing = new URL("/no-such-image/", location.href).href;
    const manifest = { ...image.manifest } as ImageRef["manifest"];
    await client.createVolume({
      ...address,
      sizeBytes: SIZE,
      image: { url: missing, manifest: { ...REST, ...manifest } },
    });
    await expect(exportAll(client)).rejects.toMatchObject({ code: expect.stringMatching(/^Image\.Chunk/) });
  });
});

/** What a manifest has besides its disk. */
const FILE = { path: "file", sha256: "0".repeat(64), bytes: 1 };
const REST = {
  formatVersion: 1 as const,
  title: "Test",
  architecture: "i386" as const,
  defaultUser: "user",
  kernel: FILE,
  bios: FILE,
  vgaBios: FILE,
  commandLine: "",
  bootChunks: [],
  minimumMemoryMiB: 32,
  agent: null,
  rootDevice: "/dev/vda",
  licences: [],
};
