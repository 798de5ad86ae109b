import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { BLOCK_BYTES } from "../../src/blockstore/geometry.ts";
import { openVolume } from "../../src/blockstore/index.ts";
import { waitUntilReady } from "../../src/protocol/handshake.ts";
import { readAll, readPort, readPortBytes } from "../../src/protocol/port-stream.ts";
import { connect } from "../../src/protocol/rpc.ts";
import type { ImageRef } from "../../src/protocol/vm-contract.ts";
import { volumeContract } from "../../src/protocol/volume-contract.ts";
import { makeImage, pattern, sameBytes } from "../../test/conformance/image-fixture.ts";

const SIZE = 3 * BLOCK_BYTES + 512;

describe("the volume worker", () => {
  const database = `volume-worker-${Date.now()}`;
  const address = { database, volumeId: "vol-1" };
  const volume = { database, disk: { kind: "volume" as const, id: "vol-1" }, imageUrl: null };
  let worker: Worker;

  const start = async () => {
    worker = new Worker(new URL("./entry.ts", import.meta.url), { type: "module" });
    await waitUntilReady(worker, 20_000);
    return connect(volumeContract, worker);
  };
  const exportAll = async (client: Awaited<ReturnType<typeof start>>) => {
    const { port1, ports } = exportPorts();
    const [bytes] = await Promise.all([
      readAll(readPort(port1), 2 * SIZE),
      client.exportDisk({ ...volume, format: "raw" }, ports),
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
    const { port1, ports } = exportPorts();
    const exported = client.exportDisk({ ...volume, format: "raw" }, ports);
    await expect(readAll(readPort(port1), SIZE)).rejects.toMatchObject({ code: "InvalidVolume.NotFound" });
    await expect(exported).rejects.toMatchObject({ code: "InvalidVolume.NotFound" });
  });

  it.each(["raw", "raw.zst", "qcow2"] as const)("F30 exports %s, and imports what it has exported", async (format) => {
    await client.createVolume({ ...address, sizeBytes: SIZE, image: null });
    const content = new Uint8Array(SIZE);
    content.set(pattern(2000 * 3), BLOCK_BYTES - 512 * 3);
    const written = await openVolume(address);
    await written.write(0, content);
    await written.close();
    await client.snapshotVolume({ ...address, snapshotId: "snap-1" });
    const { port1, ports } = exportPorts();
    const disk = { kind: "snapshot" as const, id: "snap-1" };
    // A qcow2 file has its tables beside the blocks.
    const [file] = await Promise.all([
      readAll(readPort(port1), 4 * SIZE),
      client.exportDisk({ database, disk, imageUrl: null, format }, ports),
    ]);
    const progress: unknown[] = [];
    const control = new MessageChannel();
    control.port1.onmessage = (event) => progress.push(event.data);
    const source = { kind: "blob" as const, blob: new Blob([file]), name: "disk" };
    const passing = { database, volumeId: "vol-passing", snapshotId: "snap-2" };
    const imported = await client.importSnapshot({ ...passing, source }, control.port2);
    expect(imported).toEqual({ sizeBytes: SIZE, format, isIso9660: false });
    expect(progress.at(-1)).toMatchObject({ doneBytes: format === "qcow2" ? SIZE : file.byteLength });
    await client.createVolume({ database, volumeId: "vol-2", sizeBytes: SIZE, image: null, snapshotId: "snap-2" });
    const again = await openVolume({ database, volumeId: "vol-2" });
    expect(sameBytes(await again.read(0, SIZE), content)).toBe(true);
    await again.close();
    await expect(client.volumeUsage(passing)).rejects.toMatchObject({ code: "InvalidVolume.NotFound" });
  });

  it("F30 exports a volume as it was at the call, though it changes meanwhile, and leaves nothing of that", async () => {
    const size = 4 << 20;
    await client.createVolume({ ...address, sizeBytes: size, image: null });
    const write = async (bytes: Uint8Array) => {
      const opened = await openVolume(address);
      await opened.write(0, bytes);
      await opened.close();
    };
    await write(pattern(size, 1));
    const { port1, ports } = exportPorts();
    const exported = client.exportDisk({ ...volume, format: "raw" }, ports);
    // Into buffers of the reader's own: the export's go back to it, and are filled again.
    const reader = readPortBytes(port1).getReader({ mode: "byob" });
    const read = () => reader.read(new Uint8Array(300_000));
    const first = await read();
    // The window is 1 MiB: most of it is not read yet.
    await write(pattern(size, 2));
    const parts = [first.value ?? new Uint8Array()];
    for (let next = await read(); !next.done; next = await read()) parts.push(next.value);
    const bytes = new Uint8Array(await new Blob(parts).arrayBuffer());
    expect(sameBytes(bytes, pattern(size, 1))).toBe(true);
    await exported;
    expect((await client.volumeChain(address)).layers.flatMap(({ snapshotIds }) => snapshotIds)).toEqual([]);
  });

  it("F30 forgets an export that ended with its page when garbage is collected", async () => {
    await client.createVolume({ ...address, sizeBytes: SIZE, image: null });
    await client.snapshotVolume({ ...address, snapshotId: "export-of-an-earlier-page" });
    await client.snapshotVolume({ ...address, snapshotId: "snap-4" });
    await client.collectGarbage({ database, files: [] });
    const { snapshots } = await client.databaseUsage({ database });
    expect(snapshots.map(({ snapshotId }) => snapshotId)).toEqual(["snap-4"]);
  });

  it("F30 leaves nothing of a file that is none, or of an import that is cancelled", async () => {
    const passing = { database, volumeId: "vol-passing", snapshotId: "snap-3" };
    const header = new Uint8Array(4096);
    header.set([0x51, 0x46, 0x49, 0xfb, 0, 0, 0, 9]);
    const bad = { kind: "blob" as const, blob: new Blob([header]), name: "bad.qcow2" };
    const refused = client.importSnapshot({ ...passing, source: bad }, new MessageChannel().port2);
    await expect(refused).rejects.toMatchObject({ code: expect.stringMatching(/^Image\./) });
    const large = { kind: "blob" as const, blob: new Blob([pattern(64 << 20)]), name: "large.img" };
    const control = new MessageChannel();
    control.port1.onmessage = () => control.port1.postMessage({ cancel: true });
    const cancelled = client.importSnapshot({ ...passing, source: large }, control.port2);
    await expect(cancelled).rejects.toMatchObject({ code: "Image.Cancelled" });
    await expect(client.volumeUsage(passing)).rejects.toMatchObject({ code: "InvalidVolume.NotFound" });
    await expect(client.snapshotUsage(passing)).rejects.toMatchObject({ code: "InvalidSnapshot.NotFound" });
    const { storedBytes } = await client.databaseUsage({ database });
    expect(storedBytes).toBe(0);
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

function exportPorts() {
  const { port1, port2 } = new MessageChannel();
  return { port1, ports: { data: port2, progress: new MessageChannel().port2 } };
}

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
