import { describe, expect, it } from "vitest";
import { fuzz } from "../../../test/fuzz/harness.ts";
import { CloudError } from "../../base/errors.ts";
import { BlockSet } from "./block-set.ts";
import { IMAGE_BLOCK_BYTES, MAX_IMAGE_BYTES } from "./blocks.ts";
import type { DiskContent, ExportProgress } from "./disk-content.ts";
import { planQcow2 } from "./qcow2-layout.ts";
import { qcow2FileBytes } from "./qcow2-writer.ts";
import { someContent } from "./testing/content.ts";
import { diskContent } from "./testing/disks.ts";
import { bytesSource, importAll } from "./testing/sources.ts";
import { type ExportFormat, exportImage, writeImage } from "./write-image.ts";

const FORMATS: ExportFormat[] = ["raw", "raw.zst", "qcow2"];
const MiB = 1024 * 1024;

async function fileOf(format: ExportFormat, content: DiskContent): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of exportImage(format, content)) {
    expect(chunk.byteLength).toBeLessThanOrEqual(MiB + 64 * 1024);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** What `qemu-img check` does: counts what refers to each cluster, and compares with the reference counts. */
function checkQcow2(file: Uint8Array): void {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const clusters = file.byteLength / 65_536;
  const references = new Uint32Array(clusters);
  const offsets = (at: number, count: number, mask: bigint) =>
    Array.from({ length: count }, (_, i) => Number(view.getBigUint64(at + i * 8) & mask)).filter(
      (offset) => offset !== 0,
    );
  const add = (offset: number, count = 1) => {
    for (let i = 0; i < count; i++) references[offset / 65_536 + i] = (references[offset / 65_536 + i] as number) + 1;
  };
  const PLACE = 0x00fffffffffffe00n;
  const [l1, l1Entries] = [Number(view.getBigUint64(40)), view.getUint32(36)];
  const [table, tableClusters] = [Number(view.getBigUint64(48)), view.getUint32(56)];
  add(0);
  add(l1, Math.ceil(l1Entries / 8192));
  add(table, tableClusters);
  const blocks = offsets(table, tableClusters * 8192, PLACE);
  for (const block of blocks) add(block);
  for (const l2 of offsets(l1, l1Entries, PLACE)) {
    add(l2);
    for (const data of offsets(l2, 8192, PLACE)) add(data);
  }
  const counts = blocks.flatMap((block) => Array.from({ length: 32_768 }, (_, i) => view.getUint16(block + i * 2)));
  expect(Number.isInteger(clusters)).toBe(true);
  expect(counts.slice(0, clusters)).toEqual([...references]);
  expect(counts.slice(clusters).every((count) => count === 0)).toBe(true);
  expect([...references].every((count) => count === 1)).toBe(true);
}

fuzz("what is exported imports back equal (I13)", { runs: 8, steps: 3, pinned: [] }, async ({ random, steps }) => {
  for (let step = 0; step < steps; step++) {
    const disk = new Uint8Array(random.between(1, 2_000) * 512);
    for (let i = random.int(6); i > 0; i--) {
      const part = disk.subarray(random.int(disk.byteLength)).subarray(0, random.int(200_000));
      part.set(someContent(random, part.byteLength));
    }
    const { blocks, ...content } = diskContent(disk);
    const shuffled = { ...content, blocks: [...(blocks as number[]), ...(blocks as number[])].reverse() };
    for (const format of FORMATS) {
      const file = await fileOf(format, shuffled);
      const image = await importAll(bytesSource(file));
      expect(image).toMatchObject({ format, sizeBytes: disk.byteLength });
      expect(Buffer.compare(image.disk, disk)).toBe(0);
      if (format === "qcow2") checkQcow2(file);
    }
  }
});

describe("an exported qcow2 image", () => {
  it("has no clusters for zeros, and is as long as foretold (I14)", async () => {
    const disk = new Uint8Array(40 * MiB);
    disk.fill(1, 20 * MiB, 20 * MiB + 100_000);
    const content = diskContent(disk);
    const file = await fileOf("qcow2", content);
    expect(file.byteLength).toBe((5 + 2) * IMAGE_BLOCK_BYTES);
    expect(qcow2FileBytes(await BlockSet.of(content.sizeBytes, content.blocks))).toBe(file.byteLength);
    checkQcow2(file);
  });

  it.each([
    ["nothing", 0],
    ["one block less than its reference counts hold", 32_767 - 5],
    ["as many as they hold", 32_768 - 8],
    ["one more", 32_768 - 7],
    ["all of a large one", 100_000],
  ])("has a reference count for every cluster, with data of %s (I14)", async (_what, count) => {
    const used = new BlockSet(2 ** 34);
    for (let block = 0; block < count; block++) used.add(block);
    const { clusters, refcountBlockCount, refcountTableClusters, l2Indexes, data } = planQcow2(used);
    expect(clusters).toBe(data + count);
    expect(refcountBlockCount).toBe(Math.ceil(clusters / 32_768));
    expect(refcountTableClusters).toBe(1);
    expect(l2Indexes.length).toBe(Math.ceil(count / 8192));
  });

  it("can be of the largest disk, with data at its end (I14)", async () => {
    const content: DiskContent = {
      sizeBytes: MAX_IMAGE_BYTES,
      blocks: [MAX_IMAGE_BYTES / IMAGE_BLOCK_BYTES - 1],
      read: (_offset, length) => Promise.resolve(new Uint8Array(length).fill(3)),
    };
    const file = await fileOf("qcow2", content);
    checkQcow2(file);
    expect(file.byteLength).toBe((1 + 1 + 1 + 1 + 1 + 1) * IMAGE_BLOCK_BYTES);
    expect(file.subarray(-IMAGE_BLOCK_BYTES).every((byte) => byte === 3)).toBe(true);
  });
});

describe("an export", () => {
  const disk = Uint8Array.from({ length: 5 * MiB }, (_, i) => (i >> 16) % 3);
  const content = diskContent(disk);

  /** A stream into memory that says what became of it. */
  function sink(failAfter = Number.POSITIVE_INFINITY) {
    const state = { bytes: 0, closed: false, aborted: undefined as unknown };
    const stream = new WritableStream<Uint8Array>({
      write(chunk) {
        state.bytes += chunk.byteLength;
        if (state.bytes > failAfter) throw new Error("the disk is full");
      },
      close() {
        state.closed = true;
      },
      abort(reason) {
        state.aborted = reason;
      },
    });
    return { state, stream };
  }

  it.each(FORMATS)("goes into a stream, with progress up to the end: %s (I13)", async (format) => {
    const { state, stream } = sink();
    const reports: ExportProgress[] = [];
    const bytes = await writeImage(format, content, stream, { onProgress: (progress) => reports.push(progress) });
    expect(state).toMatchObject({ bytes, closed: true, aborted: undefined });
    expect(reports.at(-1)).toEqual({ doneBytes: 5 * MiB, totalBytes: 5 * MiB });
    expect(reports.length).toBeGreaterThan(2);
  });

  it("aborts the stream when it is cancelled (I13)", async () => {
    const { state, stream } = sink();
    const controller = new AbortController();
    const onProgress = () => controller.abort();
    const writing = writeImage("raw", content, stream, { signal: controller.signal, onProgress });
    await expect(writing).rejects.toMatchObject({ code: "Image.Cancelled" });
    expect(state.closed).toBe(false);
    expect(state.aborted).toBeInstanceOf(CloudError);
  });

  it("aborts the stream when the disk fails or gives too little (I13)", async () => {
    const reads = [
      () => Promise.reject(new CloudError("Volume.BlockCorrupt", "bad")),
      () => Promise.resolve(new Uint8Array(5)),
    ];
    const codes = ["Volume.BlockCorrupt", "Image.ShortRead"];
    for (const [i, read] of reads.entries()) {
      const { state, stream } = sink();
      await expect(writeImage("qcow2", { ...content, read }, stream)).rejects.toMatchObject({ code: codes[i] });
      expect(state).toMatchObject({ closed: false, aborted: { code: codes[i] } });
    }
  });

  it("ends with the stream's own error when that fails (I13)", async () => {
    await expect(writeImage("raw", content, sink(2 * MiB).stream)).rejects.toThrow("the disk is full");
  });

  it("refuses a disk that is none, and blocks that are not on it (I13)", async () => {
    for (const sizeBytes of [0, 513, MAX_IMAGE_BYTES + 512]) {
      await expect(fileOf("raw", { ...content, sizeBytes })).rejects.toMatchObject({ code: "InvalidParameterValue" });
    }
    for (const block of [-1, 80, 1.5]) {
      await expect(fileOf("qcow2", { ...content, blocks: [block] })).rejects.toMatchObject({
        code: "InvalidParameterValue",
      });
    }
  });
});
