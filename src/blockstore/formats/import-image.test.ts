import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { fuzz } from "../../../test/fuzz/harness.ts";
import { hasCode } from "../../base/errors.ts";
import { type ImportProgress, openImport } from "./import-image.ts";
import { streamSource } from "./source.ts";
import { someContent } from "./testing/content.ts";
import { bytesSource, chunkedSource, importAll, importError } from "./testing/sources.ts";
import { ZstdPacker } from "./zstd-codec.ts";

const MiB = 1024 * 1024;

fuzz(
  "raw, raw.gz and raw.zst import equal, from files and from streams (I5, I6, I7)",
  { runs: 8, steps: 3, pinned: [] },
  async ({ random, steps }) => {
    const packer = await ZstdPacker.open(3, 700_000);
    const packers: Record<string, (bytes: Uint8Array) => Uint8Array> = {
      raw: (bytes) => bytes,
      "raw.gz": (bytes) => {
        // Several members, at least one; zeros behind them.
        const cut = random.int(bytes.byteLength);
        return Buffer.concat([
          gzipSync(bytes.subarray(0, cut)),
          gzipSync(bytes.subarray(cut)),
          new Uint8Array(random.int(600)),
        ]);
      },
      "raw.zst": (bytes) => packer.pack(bytes),
    };
    for (let step = 0; step < steps; step++) {
      const disk = someContent(random, 1 + random.int(700_000));
      disk[0] = 1;
      for (const [format, pack] of Object.entries(packers)) {
        const file = pack(disk);
        const source = random.chance(0.5)
          ? bytesSource(file)
          : chunkedSource(file, () => random.pick([100, 5_000, 100_000]));
        const image = await importAll(source);
        expect(image.format).toBe(format);
        expect(image.sizeBytes).toBe(Math.ceil(disk.byteLength / 512) * 512);
        expect(Buffer.compare(image.disk.subarray(0, disk.byteLength), disk)).toBe(0);
        expect(image.disk.subarray(disk.byteLength).every((byte) => byte === 0)).toBe(true);
      }
    }
  },
);

describe("the format of a file", () => {
  const iso = new Uint8Array(40_000);
  iso.set(new TextEncoder().encode("CD001"), 32_769);

  it("ISO 9660 is raw, and said so, also when packed (I9)", async () => {
    expect(await importAll(bytesSource(iso))).toMatchObject({ format: "raw", isIso9660: true, sizeBytes: 40_448 });
    expect(await importAll(bytesSource(gzipSync(iso)))).toMatchObject({ format: "raw.gz", isIso9660: true });
    expect(await importAll(bytesSource(new Uint8Array(40_000).fill(1)))).toMatchObject({
      format: "raw",
      isIso9660: false,
    });
  });

  it.each([
    ["VMDK", "KDMV", 0],
    ["VMDK", "# Disk DescriptorFile\nversion=1", 0],
    ["VHD", "conectix", 0],
    ["VHD", "conectix", 4096 - 512],
    ["VHDX", "vhdxfile", 0],
    ["VDI", "\x7f\x10\xda\xbe", 64],
    ["xz", "\xfd7zXZ\0", 0],
    ["bzip2", "BZh91AY&SY", 0],
    ["zip", "PK\x03\x04", 0],
  ])("%s is refused by its name: %j at %i (I9)", async (format, text, at) => {
    const file = new Uint8Array(4096);
    file.set(Buffer.from(text, "latin1"), at);
    expect(await importError(bytesSource(file))).toMatchObject({ code: "Image.Unsupported", details: { format } });
  });

  it("what is packed twice, or is no disk inside, is refused (I9)", async () => {
    for (const inside of [gzipSync("twice"), Buffer.from("QFI\xfb and so on", "latin1"), Buffer.from("KDMV")]) {
      expect(await importError(bytesSource(gzipSync(inside)))).toMatchObject({ code: "Image.Unsupported" });
    }
  });

  it("an empty file is no disk, packed or not (I9)", async () => {
    expect(await importError(bytesSource(new Uint8Array(0)))).toMatchObject({ code: "Image.Malformed" });
    expect(await importError(bytesSource(gzipSync("")))).toMatchObject({ code: "Image.Malformed" });
  });
});

describe("a gzip file", () => {
  const disk = Uint8Array.from({ length: 200_000 }, (_, i) => (i * i) >> 8);
  const packed = gzipSync(disk);

  it("may have a name, a comment and more in its head (RFC 1952 §2.3) (I6)", async () => {
    const head = Buffer.from([0x1f, 0x8b, 8, 2 | 4 | 8 | 16, 0, 0, 0, 0, 0, 3, 3, 0, 7, 7, 7]);
    const file = Buffer.concat([head, Buffer.from("disk.raw\0a comment\0"), Buffer.from([1, 2]), packed.subarray(10)]);
    for (const source of [bytesSource(file), chunkedSource(file, () => 13)]) {
      expect(Buffer.compare((await importAll(source)).disk.subarray(0, disk.byteLength), disk)).toBe(0);
    }
  });

  it("is checked against its checksum and its length (I6)", async () => {
    for (let i = 1; i <= 8; i++) {
      const file = Uint8Array.from(packed);
      file[file.byteLength - i] = (file[file.byteLength - i] as number) ^ 1;
      expect(await importError(bytesSource(file))).toMatchObject({ code: "Image.Malformed" });
    }
  });

  it("is truncated wherever it is cut off (I6)", async () => {
    for (
      let length = 2;
      length < packed.byteLength;
      length += length < 40 || length > packed.byteLength - 12 ? 1 : 5_003
    ) {
      const error = await importError(bytesSource(packed.subarray(0, length)));
      expect(error, `${length}`).toMatchObject({ code: "Image.Truncated" });
    }
  });

  it("with something else behind it is refused (I6)", async () => {
    expect(await importError(bytesSource(Buffer.concat([packed, Buffer.from("and this is not")])))).toMatchObject({
      code: "Image.Malformed",
    });
  });
});

describe("an import", () => {
  const disk = Uint8Array.from({ length: 8 * MiB }, (_, i) => (i >> 12) % 5);

  it("knows the size of a file at once, of a stream at its end (I3)", async () => {
    const file = await openImport(bytesSource(disk));
    expect(file.virtualSizeBytes).toBe(8 * MiB);
    await file.close();
    const stream = await openImport(chunkedSource(disk, () => 300_000));
    expect(stream.virtualSizeBytes).toBeUndefined();
    for await (const { offset } of stream.blocks) expect(offset).toBeLessThan(8 * MiB);
    expect(stream.virtualSizeBytes).toBe(8 * MiB);
  });

  it("tells how far it is, up to the end (I3)", async () => {
    const reports: ImportProgress[] = [];
    const onProgress = (progress: ImportProgress) => reports.push(progress);
    await importAll(bytesSource(disk), { onProgress });
    expect(reports.length).toBeGreaterThan(2);
    expect(reports.at(-1)).toEqual({ doneBytes: 8 * MiB, totalBytes: 8 * MiB });
    expect(reports.map(({ doneBytes }) => doneBytes)).toEqual(
      reports.map(({ doneBytes }) => doneBytes).sort((a, b) => a - b),
    );
  });

  it.each(["before it begins", "while it goes on"])("ends when it is cancelled %s (I3)", async (when) => {
    for (const source of [bytesSource(disk), bytesSource(gzipSync(disk)), chunkedSource(disk, () => 70_000)]) {
      const controller = new AbortController();
      if (when === "before it begins") controller.abort();
      const onProgress = () => controller.abort();
      expect(await importError(source, { signal: controller.signal, onProgress })).toMatchObject({
        code: "Image.Cancelled",
      });
    }
  });

  it("ends when it is cancelled while nothing comes (I3)", async () => {
    const controller = new AbortController();
    let cancelled = false;
    const silent = new ReadableStream<Uint8Array>({
      cancel() {
        cancelled = true;
      },
    });
    const opening = openImport(streamSource(silent), { signal: controller.signal });
    controller.abort();
    await expect(opening).rejects.toMatchObject({ code: "Image.Cancelled" });
    expect(cancelled).toBe(true);
  });

  it("lets go of its stream when it is closed, unread or half read (I3)", async () => {
    for (const reads of [0, 1]) {
      let cancelled = 0;
      const endless = new ReadableStream<Uint8Array>({
        pull: (controller) => controller.enqueue(new Uint8Array(100_000).fill(1)),
        cancel: () => {
          cancelled++;
        },
      });
      const image = await openImport(streamSource(endless));
      for (let i = 0; i < reads; i++) expect((await image.blocks.next()).done).toBe(false);
      await image.close();
      expect(cancelled).toBe(1);
    }
  });

  it("passes on what fails in the stream, with its name (I3)", async () => {
    const failing = new ReadableStream<Uint8Array>({
      start: (controller) => controller.error(new Error("the cable is out")),
    });
    const error = await importError(streamSource(failing, "cloud.img"));
    expect(hasCode(error, "Image.SourceUnavailable")).toBe(true);
    expect(error.message).toMatch(/cloud\.img .*the cable is out/);
  });

  it("is truncated if the stream ends before the size that it was said to have (I3)", async () => {
    const stream = new Blob([disk]).stream();
    expect(await importError(streamSource(stream, "disk.img", disk.byteLength + 1))).toMatchObject({
      code: "Image.Truncated",
    });
  });
});
