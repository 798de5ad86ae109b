import { execFile, execFileSync } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { fuzzRandom } from "../../../test/fuzz/harness.ts";
import type { DiskContent } from "./disk-content.ts";
import { someContent } from "./testing/content.ts";
import { diskContent } from "./testing/disks.ts";
import { bytesSource, importAll, importError } from "./testing/sources.ts";
import { exportImage } from "./write-image.ts";

// Conformance with QEMU's own tools (Debian's package qemu-utils). They are slow, so only `npm run test:full` runs
// them; there it is a failure when the tools are missing.
const full = process.env.TABVISOR_FULL === "1";
const title = "images of QEMU (qcow2.qemu.test.ts)";

const run = promisify(execFile);
let folder = "";
const path = (name: string) => join(folder, name);
const qemuImg = async (...args: string[]) => (await run("qemu-img", args)).stdout;
const qemuIo = async (file: string, ...commands: string[]) =>
  await run("qemu-io", ["-f", "qcow2", ...commands.flatMap((command) => ["-c", command]), path(file)]);

/** 9 MiB and three sectors: no whole number of clusters or blocks; data in a third of it. */
const SIZE = 9 * 1024 * 1024 + 3 * 512;
const random = fuzzRandom(3);
const disk = new Uint8Array(SIZE);
for (let at = 0; at < SIZE; at += 1 << 19) {
  const part = disk.subarray(at, at + 170_000);
  part.set(someContent(random, part.byteLength));
}
disk.fill(7, SIZE - 700);

const importFile = async (name: string) => await importAll(bytesSource(await readFile(path(name)), name));
const same = (a: Uint8Array, b: Uint8Array) => Buffer.compare(a, b) === 0;

interface Variant {
  readonly options: string;
  readonly packed?: boolean;
}

const VARIANTS: Variant[] = [
  ...["512", "4k", "64k", "2M"].flatMap((size) =>
    ["0.10", "1.1"].flatMap((compat) => [
      { options: `compat=${compat},cluster_size=${size}` },
      { options: `compat=${compat},cluster_size=${size}`, packed: true },
      { options: `compat=${compat},cluster_size=${size},preallocation=metadata` },
    ]),
  ),
  ...["512", "4k", "64k", "2M"].map((size) => ({
    options: `compression_type=zstd,cluster_size=${size}`,
    packed: true,
  })),
  { options: "extended_l2=on,cluster_size=16k" },
  { options: "extended_l2=on,cluster_size=128k", packed: true },
  { options: "extended_l2=on,cluster_size=64k,preallocation=metadata" },
  { options: "preallocation=full" },
  { options: "preallocation=falloc,refcount_bits=1" },
  { options: "lazy_refcounts=on,refcount_bits=64" },
];

describe.skipIf(!full)(
  full ? title : `${title}: skipped, since only TABVISOR_FULL=1 (npm run test:full) runs them`,
  // Some of them take QEMU seconds.
  { timeout: 120_000 },
  () => {
    beforeAll(async () => {
      try {
        execFileSync("qemu-img", ["--version"]);
        execFileSync("qemu-io", ["--version"]);
      } catch (thrown) {
        throw new Error("qemu-img and qemu-io are needed: install qemu-utils.", { cause: thrown });
      }
      folder = await mkdtemp(join(tmpdir(), "tabvisor-qemu-"));
      await writeFile(path("disk.raw"), disk);
    });
    afterAll(() => rm(folder, { recursive: true, force: true }));

    it.each(VARIANTS)("imports back equal: $options, packed: $packed (I10)", async ({ options, packed }) => {
      await qemuImg(
        "convert",
        "-f",
        "raw",
        "-O",
        "qcow2",
        ...(packed ? ["-c"] : []),
        "-o",
        options,
        path("disk.raw"),
        path("made.qcow2"),
      );
      const image = await importFile("made.qcow2");
      expect(image).toMatchObject({ format: "qcow2", sizeBytes: SIZE });
      expect(same(image.disk, disk)).toBe(true);
    });

    it.each(["compat=0.10", "compat=1.1", "compat=1.1,lazy_refcounts=on", "extended_l2=on,cluster_size=32k"])(
      "imports what was written in any order, zeroed, discarded, snapshotted and resized: %s (I10)",
      async (options) => {
        const file = "written.qcow2";
        await qemuImg("create", "-f", "qcow2", "-o", options, path(file), String(SIZE));
        await qemuIo(file, "write -P 1 5M 300k", "write -P 2 1M 70k", "write -P 3 8M 1M", "write -P 4 3k 1k");
        await qemuImg("snapshot", "-c", "before", path(file));
        await qemuIo(
          file,
          "write -P 5 5100k 10k",
          "write -z 1060k 30k",
          "write -z -u 8200k 200k",
          "discard 8600k 128k",
          "write -P 6 2M 1k",
        );
        await qemuImg("snapshot", "-c", "later", path(file));
        await qemuIo(file, "write -P 7 2049k 512");
        // Version 2 cannot be resized with snapshots.
        if (options !== "compat=0.10") await qemuImg("resize", path(file), String(SIZE + 1024 * 1024 + 512));
        await qemuImg("convert", "-f", "qcow2", "-O", "raw", path(file), path("written.raw"));
        const image = await importFile(file);
        const expected = await readFile(path("written.raw"));
        expect(image.sizeBytes).toBe(expected.byteLength);
        expect(same(image.disk, expected)).toBe(true);
      },
    );

    it("imports an image that was not closed: reference counts are dirty, data is not (I10)", async () => {
      await qemuImg("create", "-f", "qcow2", "-o", "lazy_refcounts=on", path("dirty.qcow2"), String(SIZE));
      const killed = qemuIo("dirty.qcow2", "write -P 9 1M 100k", "flush", "sigraise 9");
      await expect(killed).rejects.toMatchObject({ signal: "SIGKILL" });
      expect(
        await qemuImg("check", path("dirty.qcow2")).catch((error: { stderr: string }) => error.stderr),
      ).toBeDefined();
      const file = await readFile(path("dirty.qcow2"));
      expect(file[79] as number & 1).toBe(1);
      const { disk: content } = await importFile("dirty.qcow2");
      const expected = new Uint8Array(SIZE);
      expected.fill(9, 1 << 20, (1 << 20) + 100 * 1024);
      expect(same(content, expected)).toBe(true);
    });

    it("refuses what is not all in the file, or cannot be read, by name (I11)", async () => {
      const refusal = async (name: string) => await importError(bytesSource(await readFile(path(name)), name));
      await qemuImg("create", "-f", "qcow2", path("base.qcow2"), "1M");
      await qemuImg("create", "-f", "qcow2", "-b", "base.qcow2", "-F", "qcow2", path("overlay.qcow2"));
      await qemuImg("create", "-f", "qcow2", "-o", `data_file=${path("data.raw")}`, path("external.qcow2"), "1M");
      // Not LUKS: QEMU measures the machine's speed to make its keys, and gives up on one that is busy.
      const aes = ["--object", "secret,id=key,data=x", "-o", "encrypt.format=aes,encrypt.key-secret=key"];
      await qemuImg("create", "-f", "qcow2", ...aes, path("aes.qcow2"), "1M");
      expect(await refusal("overlay.qcow2")).toMatchObject({
        code: "Image.Unsupported",
        message: expect.stringContaining('"base.qcow2"'),
      });
      expect(await refusal("external.qcow2")).toMatchObject({
        code: "Image.Unsupported",
        message: expect.stringContaining("another file"),
      });
      expect(await refusal("aes.qcow2")).toMatchObject({
        code: "Image.Unsupported",
        message: expect.stringContaining("AES"),
      });
      for (const [format, name] of [
        ["vmdk", "VMDK"],
        ["vpc", "VHD"],
        ["vhdx", "VHDX"],
        ["vdi", "VDI"],
        ["qed", "QED"],
      ] as const) {
        await qemuImg("create", "-f", format, path(`other.${format}`), "1M");
        expect(await refusal(`other.${format}`)).toMatchObject({
          code: "Image.Unsupported",
          details: { format: name },
        });
      }
      await qemuImg("create", "-f", "vpc", "-o", "subformat=fixed", path("fixed.vhd"), "1M");
      expect(await refusal("fixed.vhd")).toMatchObject({ details: { format: "VHD" } });
    });

    it.each([SIZE, 512, 64 * 1024, 3 * 512 * 1024 * 1024 + 512])(
      "takes our qcow2 of %i bytes for sound and equal (I14)",
      async (sizeBytes) => {
        const content = sizeBytes === SIZE ? diskContent(disk) : farContent(sizeBytes);
        const pieces: Uint8Array[] = [];
        for await (const piece of exportImage("qcow2", content)) pieces.push(piece);
        await writeFile(path("ours.qcow2"), Buffer.concat(pieces));
        const check = JSON.parse(await qemuImg("check", "--output=json", "-f", "qcow2", path("ours.qcow2")));
        expect(check).toMatchObject({ "check-errors": 0 });
        expect([check.corruptions, check.leaks]).toEqual([undefined, undefined]);
        const info = JSON.parse(await qemuImg("info", "--output=json", path("ours.qcow2")));
        expect(info).toMatchObject({ format: "qcow2", "virtual-size": sizeBytes });
        await writeRaw(content);
        expect(await qemuImg("compare", "-f", "raw", "-F", "qcow2", path("ours.raw"), path("ours.qcow2"))).toContain(
          "identical",
        );
        // QEMU may write to it, too.
        await qemuIo("ours.qcow2", "write -P 1 0 512");
        await qemuImg("check", "-f", "qcow2", path("ours.qcow2"));
      },
    );

    /** A sparse file with the disk's content. */
    async function writeRaw(content: DiskContent): Promise<void> {
      await qemuImg("create", "-f", "raw", path("ours.raw"), String(content.sizeBytes));
      const commands: string[] = [];
      for await (const block of content.blocks) {
        const length = Math.min(64 * 1024, content.sizeBytes - block * 64 * 1024);
        await writeFile(path(`block-${block}`), await content.read(block * 64 * 1024, length));
        commands.push("-c", `write -s ${path(`block-${block}`)} ${block * 64 * 1024} ${length}`);
      }
      await run("qemu-io", ["-f", "raw", ...commands, path("ours.raw")]);
    }
  },
);

/** Blocks at the begin, around borders of L2 tables, and at the end. */
function farContent(sizeBytes: number): DiskContent {
  const last = Math.ceil(sizeBytes / 65536) - 1;
  const blocks = new Set([0, 1, 8191, 8192, 16384, last].filter((block) => block <= last));
  const read = (offset: number, length: number) =>
    Promise.resolve(Uint8Array.from({ length }, (_, i) => ((offset + i) * 7) % 251));
  return { sizeBytes, blocks, read };
}
