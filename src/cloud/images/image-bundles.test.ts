import { beforeEach, describe, expect, it } from "vitest";
import { launched, rejects } from "../../../test/support/cloud-calls.ts";
import { CloudLab } from "../../../test/support/cloud-lab.ts";
import { settle } from "../../../test/support/fake-clock.ts";
import { imageManifest } from "../../../test/support/image-manifest.ts";
import { CloudError } from "../../base/errors.ts";
import type { SimulatedBundle } from "../../simulation/simulated-block-store.ts";
import type { CloudResources } from "../assembly.ts";

const GIB = 2 ** 30;

let lab: CloudLab;
let cloud: CloudResources;

beforeEach(async () => {
  lab = new CloudLab();
  cloud = await lab.open();
});

const launch = (request: object = {}) => launched(cloud, request);

/** An image of an instance with a data volume; its volumes say which they are. */
async function madeImage() {
  const vm = await launch({
    blockDevices: [{ device: "/dev/sdf", ebs: { sizeGiB: 4, type: "io2", iops: 300, deleteOnTermination: true } }],
  });
  // Keys take their own time.
  await vm.waitUntil("running");
  for (const { id, attachment } of cloud.volumes.list()) lab.blocks.volume(id).content = `${attachment?.device} then`;
  return await cloud.images.createFromInstance({ instanceId: vm.id, name: "Web Server (1)" });
}

const bundleOf = async (stream: ReadableStream<Uint8Array<ArrayBuffer>>): Promise<Blob> =>
  await new Response(stream).blob();

const parse = async (bundle: Blob) => JSON.parse(await bundle.text()) as SimulatedBundle;

describe("an image's bundle", () => {
  it("has all its volumes, and becomes an image of another cloud that is launched with them", async () => {
    const image = await madeImage();
    const bundle = await bundleOf(await cloud.images.exportBundle(image.id));
    const { manifest } = await parse(bundle);
    expect(manifest).toMatchObject({
      formatVersion: 2,
      name: "web-server-1-",
      title: "Web Server (1)",
      commandLine: "quiet root=/dev/vda",
      rootVolume: { type: "gp3", deleteOnTermination: true },
      disk: { bytes: 1 << 20 },
      volumes: [{ device: "/dev/sdf", type: "io2", iops: 300, deleteOnTermination: true, disk: { bytes: 4 * GIB } }],
    });

    const other = new CloudLab();
    const there = await other.open();
    const imported = await there.images.importBundle({ source: bundle, name: "carried", description: "d" });
    expect(imported).toMatchObject({
      name: "carried",
      description: "d",
      kind: "own",
      state: "available",
      sourceInstanceId: null,
      blockDevices: [
        { device: "/dev/vda", sizeBytes: 1 << 20, type: "gp3" },
        { device: "/dev/sdf", sizeBytes: 4 * GIB, type: "io2", deleteOnTermination: true },
      ],
    });
    expect(other.blocks.keptFiles.size).toBe(3);
    const vm = await launched(there, { image: "carried" });
    const volumes = there.volumes.list().filter(({ instanceId }) => instanceId === vm.id);
    const contents = volumes.map(({ id, attachment }) => [attachment?.device, other.blocks.volume(id).content]);
    expect(Object.fromEntries(contents)).toEqual({ "/dev/vda": "/dev/vda then", "/dev/sdf": "/dev/sdf then" });
    expect(other.machines.last.spec.image.manifest.kernel).toEqual(imageManifest().kernel);
    // Nobody has its chunks: nothing is fetched ahead.
    expect(other.machines.last.spec.image.manifest).toMatchObject({ bootChunks: [], disk: { chunks: [null] } });
  });

  it("is written into a folder as well", async () => {
    const image = await madeImage();
    let written = "";
    const file = {
      write: async (bytes: Uint8Array) => {
        written = new TextDecoder().decode(bytes);
      },
      close: async () => {},
    };
    const directory = { kind: "directory", getFileHandle: async () => ({ createWritable: async () => file }) };
    await cloud.images.exportBundleTo(image.name, directory as unknown as FileSystemDirectoryHandle);
    expect(JSON.parse(written).contents).toEqual(["/dev/vda then", "/dev/sdf then"]);
  });

  it("of an embedded image is that image", async () => {
    const { manifest, contents } = await parse(await bundleOf(await cloud.images.exportBundle("tiny")));
    expect(manifest).toEqual(imageManifest());
    expect(contents).toEqual(["image"]);
  });

  it("tells why it cannot be written, also when the worker has gone", async () => {
    await rejects(bundleOf(await cloud.images.exportBundle("nothing")), "InvalidAMIID.NotFound");
    await rejects(cloud.images.exportBundleTo("tiny", {} as FileSystemDirectoryHandle), "InvalidParameterValue");
    lab.blocks.failNext("exportBundle", new CloudError("Worker.Gone", "gone"));
    await rejects(bundleOf(await cloud.images.exportBundle("tiny")), "Worker.Gone");
    const signal = AbortSignal.abort();
    await rejects(bundleOf(await cloud.images.exportBundle("tiny", { signal })), "Image.Cancelled");
  });

  it("F48 of an encrypted image is not encrypted; what is imported is where the cloud encrypts", async () => {
    await cloud.encryption.setEncryptByDefault(true);
    const image = await madeImage();
    expect(image.blockDevices.map(({ encrypted }) => encrypted)).toEqual([true, true]);
    const bundle = await bundleOf(await cloud.images.exportBundle(image.id));
    const imported = await cloud.images.importBundle({ source: bundle, name: "carried" });
    expect(imported.blockDevices.map(({ encrypted }) => encrypted)).toEqual([true, true]);
    await cloud.encryption.setEncryptByDefault(false);
    const plain = await cloud.images.importBundle({ source: bundle, name: "plain" });
    expect(plain.blockDevices.map(({ encrypted }) => encrypted)).toEqual([false, false]);
  });
});

describe("a bundle that is imported", () => {
  const bundle = (change: (manifest: ReturnType<typeof imageManifest>) => void = () => {}): Blob => {
    const manifest = imageManifest();
    change(manifest);
    return new Blob([JSON.stringify({ manifest, contents: ["root"] })]);
  };

  it("leaves nothing when it is cancelled, and a failed image when it cannot be read", async () => {
    const release = lab.blocks.hold("importSnapshot");
    const abort = new AbortController();
    const importing = cloud.images.importBundle({ source: bundle(), name: "web", signal: abort.signal });
    const cancelled = rejects(importing, "Image.Cancelled");
    await settle();
    expect((await cloud.images.list()).map(({ state }) => state)).toEqual(["available", "pending"]);
    abort.abort();
    await cancelled;
    release();
    expect(await cloud.images.list()).toHaveLength(1);
    expect(cloud.snapshots.list()).toEqual([]);

    lab.blocks.failNext("importSnapshot", new CloudError("Image.ChunkCorrupt", "damaged"));
    await rejects(cloud.images.importBundle({ source: bundle(), name: "web" }), "Image.ChunkCorrupt");
    const [, image] = await cloud.images.list();
    expect(image).toMatchObject({ state: "failed", stateReason: { code: "Image.ChunkCorrupt" } });
    lab.blocks.failNext("keepBundleFiles", new CloudError("Image.FileUnavailable", "missing"));
    await rejects(cloud.images.importBundle({ source: bundle(), name: "web" }), "Image.FileUnavailable");
    expect(cloud.snapshots.list().every(({ state }) => state === "error")).toBe(true);
  });

  it.each<[string, (manifest: ReturnType<typeof imageManifest>) => void]>([
    ["an unknown type of volume", (m) => Object.assign(m, { rootVolume: { ...volume, type: "floppy" } })],
    [
      "no device name",
      (m) => Object.assign(m, { formatVersion: 2, volumes: [{ ...volume, device: "sdf", disk: m.disk }] }),
    ],
    [
      "a second root",
      (m) => Object.assign(m, { formatVersion: 2, volumes: [{ ...volume, device: "/dev/sda1", disk: m.disk }] }),
    ],
    ["a disk of no possible size", (m) => Object.assign(m.disk, { bytes: 2 ** 45 })],
  ])("is refused with %s", async (_, change) => {
    await rejects(cloud.images.importBundle({ source: bundle(change), name: "web" }), "Image.ManifestMalformed");
    expect(await cloud.images.list()).toHaveLength(1);
  });
  const volume = { type: "gp3", iops: null, throughputMiBps: null, deleteOnTermination: true };

  it("is refused with a name that is taken, and a source that is none", async () => {
    await rejects(cloud.images.importBundle({ source: bundle(), name: "tiny" }), "InvalidAMIName.Duplicate");
    await rejects(cloud.images.importBundle({ source: bundle(), name: "x" }), "InvalidAMIName.Malformed");
    for (const source of ["ftp://x/y", "web/", 7, null, [{ path: "x" }]]) {
      await rejects(cloud.images.importBundle({ source: source as string, name: "web" }), "InvalidParameterValue");
    }
  });

  it("keeps its kernel as long as the image or an instance of it needs it; F33 takes its snapshots along when asked", async () => {
    const files = (m: ReturnType<typeof imageManifest>) => Object.assign(m.kernel, { sha256: "9".repeat(64) });
    const image = await cloud.images.importBundle({ source: bundle(files), name: "web" });
    const vm = await launch({ image: "web" });
    await cloud.images.deregister(image.id, { deleteAssociatedSnapshots: true });
    expect(cloud.snapshots.list()).toEqual([]);
    const collected = async () => {
      await lab.clock.advance(60_000);
      await settle();
      return [...lab.blocks.keptFiles];
    };
    expect(await collected()).toContain("9".repeat(64));
    await vm.terminate();
    expect(await collected()).toEqual([]);
  });

  it("F33 leaves snapshots that another image uses", async () => {
    const image = await cloud.images.importBundle({ source: bundle(), name: "web" });
    const snapshotId = image.blockDevices[0]?.snapshotId ?? "";
    await cloud.images.register({ snapshotId, name: "other" });
    await cloud.images.deregister(image.id, { deleteAssociatedSnapshots: true });
    expect(cloud.snapshots.list().map(({ id }) => id)).toEqual([snapshotId]);
  });
});

it("an unpacked bundle with further volumes is launched from the server with all of them", async () => {
  const { disk } = imageManifest();
  const extra = { type: "st1", iops: null, throughputMiBps: null, deleteOnTermination: false };
  const volumes = [
    { device: "/dev/sdf", ...extra, disk: { ...disk, bytes: 2 * disk.chunkBytes, chunks: [null, null] } },
  ];
  lab.imageJson = JSON.stringify({ ...imageManifest(), formatVersion: 2, volumes });
  cloud = await lab.open();
  const vm = await launch();
  const mine = cloud.volumes.list().filter(({ instanceId }) => instanceId === vm.id);
  expect(
    mine
      .map(({ attachment, sizeBytes, type }) => [attachment?.device, sizeBytes, type])
      .sort()
      .reverse(),
  ).toEqual([
    ["/dev/vda", 1 << 20, "gp3"],
    ["/dev/sdf", 1 << 19, "st1"],
  ]);
  const copy = await cloud.images.copy({ image: "tiny", name: "copy" });
  expect(copy.blockDevices).toMatchObject([{ device: "/dev/vda" }, { device: "/dev/sdf", sizeBytes: 1 << 19 }]);
  // Off line it is known with all its volumes, and not one of them is taken for an image.
  lab.imageJson = new Error("off line");
  cloud = await lab.open();
  expect((await cloud.images.list()).map(({ name, diskBytes }) => [name, diskBytes])).toEqual([
    ["tiny", 1 << 20],
    ["copy", 1 << 20],
  ]);
});
