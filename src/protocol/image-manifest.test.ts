import { describe, expect, it } from "vitest";
import { imageManifest } from "../../test/support/image-manifest.ts";
import { parseImageManifest } from "./image-manifest.ts";

const parse = (change: (manifest: ReturnType<typeof imageManifest>) => void) => {
  const manifest = imageManifest();
  change(manifest);
  return parseImageManifest(JSON.stringify(manifest), "image.json");
};

/** A volume beside the root. */
const volume = ({ disk }: ReturnType<typeof imageManifest>) => ({
  device: "/dev/sdf",
  type: "gp3",
  iops: null,
  throughputMiBps: null,
  deleteOnTermination: false,
  disk,
});
const huge = (m: ReturnType<typeof imageManifest>) => ({ ...volume(m), disk: { ...m.disk, bytes: 2 ** 45 } });

describe("image.json", () => {
  it("is parsed", () => {
    expect(parse(() => {})).toEqual(imageManifest());
  });

  it("may have further volumes, and says so by its version: N6", () => {
    const volumes = [volume(imageManifest())];
    const parsed = parse((m) => Object.assign(m, { formatVersion: 2, volumes }));
    expect(parsed).toEqual({ ...imageManifest(), formatVersion: 2, volumes });
  });

  it.each<[string, (manifest: ReturnType<typeof imageManifest>) => void]>([
    ["disk: chunks must have one entry", (m) => m.disk.chunks.pop()],
    ["bootChunks must be indexes", (m) => m.bootChunks.push(99)],
    ["kernel.path", (m) => Object.assign(m.kernel, { path: "../../secret" })],
    ["kernel.path", (m) => Object.assign(m.kernel, { path: "/etc/passwd" })],
    ["kernel.sha256", (m) => Object.assign(m.kernel, { sha256: "abc" })],
    ["disk.bytes", (m) => Object.assign(m.disk, { bytes: 1000 })],
    ["formatVersion", (m) => Object.assign(m, { formatVersion: 2 })],
    ["name", (m) => Object.assign(m, { name: "Tiny Image" })],
    ["disk.chunks.0.bytes", (m) => Object.assign(m.disk.chunks[0] ?? {}, { bytes: -1 })],
    ["disk: a chunk must not be larger", (m) => Object.assign(m.disk.chunks[0] ?? {}, { bytes: 2 ** 40 })],
    ["disk.chunkBytes", (m) => Object.assign(m.disk, { chunkBytes: 2 ** 30 })],
    ["disk.bytes", (m) => Object.assign(m.disk, { bytes: 2 ** 42 })],
    ["kernel.bytes", (m) => Object.assign(m.kernel, { bytes: 2 ** 40 })],
    ["formatVersion must be 2", (m) => Object.assign(m, { volumes: [] })],
    ["formatVersion", (m) => Object.assign(m, { formatVersion: 3 })],
    ["volumes.0.disk", (m) => Object.assign(m, { formatVersion: 2, volumes: [{ ...volume(m), disk: {} }] })],
    ["volumes.0.disk.bytes", (m) => Object.assign(m, { formatVersion: 2, volumes: [huge(m)] })],
  ])("is refused with the place of the fault: %s", (place, change) => {
    expect(() => parse(change)).toThrow(
      expect.objectContaining({ code: "Image.ManifestMalformed", message: expect.stringContaining(place) }),
    );
  });

  it("is refused when it is not JSON, or a page that a server sends for missing files", () => {
    for (const text of ["", "{", "<!doctype html><title>app</title>", "null", "[]"]) {
      expect(() => parseImageManifest(text, "x")).toThrow(expect.objectContaining({ code: "Image.ManifestMalformed" }));
    }
  });
});
