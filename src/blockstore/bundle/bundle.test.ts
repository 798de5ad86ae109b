import { describe, expect, it } from "vitest";
import { flip, pattern, sameBytes } from "../../../test/conformance/image-fixture.ts";
import { ADDRESS, MemoryLab, SIZE } from "../../../test/conformance/memory-lab.ts";
import { BLOCK_BYTES } from "../geometry.ts";
import type { ImageDisk } from "../image-disk.ts";
import type { Bundle, BundleSource } from "./bundle.ts";
import { bundleDisk } from "./bundle-disk.ts";
import { chunkPath } from "./bundle-paths.ts";
import { directoryTarget, tarTarget } from "./bundle-target.ts";
import { openBundle } from "./open-bundle.ts";
import { packDisk } from "./pack-disk.ts";
import { type Files, makeBundle, tar } from "./testing/bundles.ts";
import { MemoryDirectory } from "./testing/memory-directory.ts";

const CHUNK = 4 * BLOCK_BYTES;
const CONTENT = pattern(2 * CHUNK + 1024);

/** The disk as it is imported. */
async function read(bundle: Bundle, disk: ImageDisk, signal?: AbortSignal): Promise<Uint8Array> {
  const whole = new Uint8Array(disk.bytes);
  const image = bundleDisk(bundle, disk, signal === undefined ? {} : { signal });
  for await (const { offset, data } of image.blocks) whole.set(data, offset);
  return whole;
}

async function directoryOf(files: Files): Promise<MemoryDirectory> {
  const directory = new MemoryDirectory();
  const target = directoryTarget(directory.handle);
  for (const [path, content] of files) await target.add(path, content);
  await target.end();
  return directory;
}

/** The same bundle as a tar file, as files of a folder and as a folder, each as it is read. */
async function everyKind(files: Files): Promise<BundleSource[]> {
  return [
    { kind: "archive", blob: await tar([...files].map(([path, content]) => [path, content])) },
    { kind: "files", files: [...files].map(([path, content]) => ({ path, blob: new Blob([content]) })) },
    { kind: "directory", directory: (await directoryOf(files)).handle },
  ];
}

const rejects = async (call: Promise<unknown>, code: string) =>
  await expect(call).rejects.toMatchObject({ name: "CloudError", code });

describe("N1 N2 what is written", () => {
  it("is read back from a tar file and from a folder; zeros are no files, equal chunks are one", async () => {
    const lab = await MemoryLab.make();
    const volume = await lab.open();
    await volume.write(0, pattern(CHUNK, 1));
    await volume.write(3 * CHUNK, pattern(CHUNK, 1));
    await volume.write(9 * CHUNK + 512, pattern(512, 2));
    await volume.write(11 * CHUNK, new Uint8Array(512));
    await volume.flush();
    const tarChunks: Uint8Array<ArrayBuffer>[] = [];
    const asTar = tarTarget(async (chunk) => void tarChunks.push(chunk));
    const directory = new MemoryDirectory();
    const asFolder = directoryTarget(directory.handle);
    const chunks: ImageDisk["chunks"] = Array.from({ length: SIZE / CHUNK }, () => null);
    const written = new Set<string>();
    for await (const { index, sha256, content } of packDisk(volume, CHUNK)) {
      chunks[index] = { sha256, bytes: content.byteLength };
      if (written.has(sha256)) continue;
      written.add(sha256);
      for (const target of [asTar, asFolder]) await target.add(chunkPath(sha256), content);
    }
    const disk: ImageDisk = { bytes: SIZE, chunkBytes: CHUNK, compression: "gzip", chunks };
    const manifest = new TextEncoder().encode(JSON.stringify({ disk }));
    for (const target of [asTar, asFolder]) {
      await target.add("image.json", manifest);
      await target.end();
    }
    expect(written.size).toBe(2);
    expect(chunks.flatMap((chunk, index) => (chunk === null ? [] : [index]))).toEqual([0, 3, 9]);
    const sources: BundleSource[] = [
      { kind: "archive", blob: new Blob(tarChunks) },
      { kind: "directory", directory: directory.handle },
    ];
    for (const source of sources) {
      const bundle = openBundle(source);
      expect(JSON.parse(await bundle.manifest())).toEqual({ disk });
      const begin = (await read(bundle, disk)).subarray(0, 12 * CHUNK);
      expect(sameBytes(begin, await volume.read(0, 12 * CHUNK))).toBe(true);
    }
  });

  it("B54 reads no block to find out what nobody wrote", async () => {
    const lab = await MemoryLab.make();
    const volume = await lab.open();
    await volume.write(5 * CHUNK, pattern(512, 2));
    await volume.close();
    const again = await lab.open({ ...ADDRESS, readOnly: true });
    const chunks = [];
    for await (const chunk of packDisk(again, CHUNK)) chunks.push(chunk.index);
    expect(chunks).toEqual([5]);
    expect(again.stats()).toMatchObject({ blocksLoaded: 1, bytesRead: CHUNK });
  });

  it("fails when its target does, and what was written has no manifest", async () => {
    const target = tarTarget(async () => {
      throw new Error("the reader has gone");
    });
    const writing = async () => {
      for (let index = 0; index < 20; index++) await target.add(`chunks/${index}`, pattern(1 << 20));
      await target.end();
    };
    await expect(writing()).rejects.toThrow("the reader has gone");
    const full = new MemoryDirectory();
    full.failing = "bzImage";
    await expect(directoryTarget(full.handle).add("bzImage", pattern(10))).rejects.toThrow("full");
  });
});

describe("N3 damage", () => {
  it.each([0, 1, 2])("of a chunk is found, whatever the container (chunk %i)", async (damaged) => {
    const { disk, files } = await makeBundle(CONTENT, CHUNK);
    const path = chunkPath(disk.chunks[damaged]?.sha256 ?? "");
    flip(files.get(path) as Uint8Array, 20);
    for (const source of await everyKind(files)) await rejects(read(openBundle(source), disk), "Image.ChunkCorrupt");
    files.set(path, (files.get(path) as Uint8Array<ArrayBuffer>).slice(1));
    for (const source of await everyKind(files)) await rejects(read(openBundle(source), disk), "Image.ChunkCorrupt");
    files.delete(path);
    for (const source of await everyKind(files))
      await rejects(read(openBundle(source), disk), "Image.ChunkUnavailable");
  });

  it("of a file that is no chunk is found", async () => {
    const { files } = await makeBundle(CONTENT, CHUNK);
    const kernel = { path: "bzImage", sha256: "0".repeat(64), bytes: 10 };
    const first = async (source: BundleSource) => await openBundle(source).files([kernel]).next();
    for (const source of await everyKind(files)) await rejects(first(source), "Image.FileUnavailable");
    files.set("bzImage", pattern(10));
    for (const source of await everyKind(files)) await rejects(first(source), "Image.FileCorrupt");
  });

  it("N5 is what a chunk is that unpacks to something else than its length", async () => {
    const { files, disk } = await makeBundle(CONTENT, CHUNK);
    const lying = { ...disk, chunkBytes: CHUNK / 2, bytes: CHUNK };
    for (const source of await everyKind(files)) await rejects(read(openBundle(source), lying), "Image.Malformed");
  });

  it("of the tar file is found wherever it is cut or changed", async () => {
    const { disk, files } = await makeBundle(CONTENT, CHUNK);
    const blob = await tar([...files].map(([path, content]) => [path, content]));
    for (const end of [0, 1, 100, 511, 512, 700, 5000, blob.size / 2, blob.size - 1024 - 512]) {
      await rejects(read(openBundle({ kind: "archive", blob: blob.slice(0, end) }), disk), "Image.BundleMalformed");
    }
    const bytes = new Uint8Array(await blob.arrayBuffer());
    flip(bytes, 150);
    await rejects(read(openBundle({ kind: "archive", blob: new Blob([bytes]) }), disk), "Image.BundleMalformed");
    await rejects(openBundle({ kind: "archive", blob: new Blob([pattern(9000)]) }).manifest(), "Image.BundleMalformed");
  });
});

describe("N4 a container", () => {
  it("may have the bundle in a folder, beside other files, and its manifest first", async () => {
    const { disk, files } = await makeBundle(CONTENT, CHUNK);
    const inFolder = [...files].reverse().map(([path, content]) => [`./web/${path}`, content] as const);
    const others = [["README.md", pattern(3)] as const, ["web/chunks/old/image.json", pattern(9)] as const];
    const entries = [...others, ...inFolder];
    const sources: BundleSource[] = [
      { kind: "archive", blob: await tar(entries) },
      { kind: "files", files: entries.map(([path, content]) => ({ path, blob: new Blob([content]) })) },
    ];
    for (const source of sources) expect(sameBytes(await read(openBundle(source), disk), CONTENT)).toBe(true);
  });

  it.each(["../image.json", "a/../../image.json", "/etc/passwd", "C:/image.json", "chunks\\..\\x", "a\u0000b", ".."])(
    "is refused with the path %j in it",
    async (path) => {
      const { files } = await makeBundle(CONTENT, CHUNK);
      const entries = [...files, [path, pattern(5)] as const].map(([name, content]) => ({
        path: name,
        blob: new Blob([content]),
      }));
      await rejects(openBundle({ kind: "files", files: entries }).manifest(), "Image.BundleMalformed");
      // A NUL ends a name in a tar file.
      if (path.includes("\u0000")) return;
      const blob = await tar([[path, pattern(5)], ...[...files].map(([name, content]) => [name, content] as const)]);
      await rejects(openBundle({ kind: "archive", blob }).manifest(), "Image.BundleMalformed");
    },
  );

  it.each(["symlink", "link", "fifo", "character-device"] as const)("is refused with a %s in it", async (type) => {
    const { files } = await makeBundle(CONTENT, CHUNK);
    const trick = ["image.json", new Uint8Array(0), { type, linkname: "/etc/passwd" }] as const;
    const blob = await tar([trick, ...[...files].map(([name, content]) => [name, content] as const)]);
    await rejects(openBundle({ kind: "archive", blob }).manifest(), "Image.BundleMalformed");
  });

  it("is refused without an image, and with several", async () => {
    const { files } = await makeBundle(CONTENT, CHUNK);
    const manifest = files.get("image.json") as Uint8Array<ArrayBuffer>;
    files.delete("image.json");
    for (const source of await everyKind(files)) await rejects(openBundle(source).manifest(), "Image.BundleMalformed");
    const two = [["a/image.json", manifest] as const, ["b/image.json", manifest] as const];
    await rejects(openBundle({ kind: "archive", blob: await tar(two) }).manifest(), "Image.BundleMalformed");
    const same = [["image.json", manifest] as const, ["image.json", manifest] as const];
    await rejects(openBundle({ kind: "archive", blob: await tar(same) }).manifest(), "Image.BundleMalformed");
  });
});

describe("N5 sizes that are only claimed", () => {
  it("are refused before anything is made room for", async () => {
    const { disk, files } = await makeBundle(CONTENT, CHUNK);
    const blob = await tar([...files].map(([path, content]) => [path, content]));
    const header = new Uint8Array(await blob.slice(0, 512).arrayBuffer());
    const claim = (name: string, bytes: number): Blob => {
      const forged = header.slice();
      forged.fill(0, 0, 100);
      forged.set(new TextEncoder().encode(name));
      forged.set(new TextEncoder().encode(`${bytes.toString(8).padStart(11, "0")} `), 124);
      forged.fill(32, 148, 156);
      const sum = forged.reduce((total, byte) => total + byte, 0);
      forged.set(new TextEncoder().encode(`${sum.toString(8).padStart(6, "0")}\0 `), 148);
      return new Blob([forged, blob]);
    };
    await rejects(
      openBundle({ kind: "archive", blob: claim("image.json", 2 ** 32) }).manifest(),
      "Image.BundleMalformed",
    );
    // It swallows all that comes after it, the manifest too.
    const chunk = claim(chunkPath(disk.chunks[0]?.sha256 ?? ""), 2 ** 32);
    await rejects(openBundle({ kind: "archive", blob: chunk }).manifest(), "Image.BundleMalformed");
    const file = { path: "bzImage", sha256: "0".repeat(64), bytes: 2 ** 28 };
    const claimed = openBundle({ kind: "archive", blob: await tar([...files, ["bzImage", pattern(5)] as const]) });
    await rejects(claimed.files([file]).next(), "Image.FileCorrupt");
  });
});

it("ends with Image.Cancelled once it is told to", async () => {
  const { disk, files } = await makeBundle(CONTENT, CHUNK);
  for (const source of await everyKind(files)) {
    const abort = new AbortController();
    const reading = async () => {
      for await (const _ of bundleDisk(openBundle(source), disk, {
        signal: abort.signal,
        onProgress: () => abort.abort(),
      }).blocks);
    };
    await rejects(reading(), "Image.Cancelled");
  }
});
