import { describe, expect, it } from "vitest";
import { type FuzzRandom, fuzz } from "../../../test/fuzz/harness.ts";
import { openImport } from "./import-image.ts";
import { type BuiltImage, buildQcow2, contentOf, type TestCluster, type TestImage } from "./testing/qcow2-builder.ts";
import { bytesSource, chunkedSource, countingSource, importAll, importError } from "./testing/sources.ts";

const CLUSTER = 65_536;
const filled = (byte: number): TestCluster => ({ kind: "data", bytes: new Uint8Array(CLUSTER).fill(byte) });

const image: TestImage = {
  version: 3,
  clusterBits: 16,
  sizeBytes: 10 * CLUSTER - 1000,
  clusters: new Map<number, TestCluster>([
    [0, filled(1)],
    [2, { kind: "packed", bytes: new Uint8Array(CLUSTER).fill(2) }],
    [3, { kind: "zero", preallocated: true }],
    [5, filled(5)],
    [9, filled(9)],
  ]),
};

/** The image, changed by hand. */
async function changed(change: (view: DataView, built: BuiltImage) => void, from = image): Promise<Uint8Array> {
  const built = await buildQcow2(from);
  change(new DataView(built.file.buffer), built);
  return built.file;
}

describe("a qcow2 image", () => {
  it("gives its blocks in order, without those of zeros (I2, I10)", async () => {
    const { blocks, sizeBytes, disk } = await importAll(bytesSource((await buildQcow2(image)).file));
    expect(blocks.map(({ offset }) => offset / CLUSTER)).toEqual([0, 2, 5, 9]);
    expect(blocks.at(-1)?.data.byteLength).toBe(CLUSTER - 512);
    expect(sizeBytes).toBe(10 * CLUSTER - 512);
    expect(Buffer.compare(disk, contentOf(image))).toBe(0);
  });

  it("says its size before a block is read (I3)", async () => {
    const opened = await openImport(bytesSource((await buildQcow2(image)).file));
    expect(opened).toMatchObject({ format: "qcow2", isIso9660: false, virtualSizeBytes: 10 * CLUSTER - 512 });
    await opened.close();
  });

  it("reads neighbouring clusters together (I4)", async () => {
    const clusters = new Map(Array.from({ length: 64 }, (_, i) => [i, filled(i + 1)]));
    const source = countingSource((await buildQcow2({ ...image, sizeBytes: 64 * CLUSTER, clusters })).file);
    await importAll(source);
    expect(source.reads).toBeLessThan(12);
    expect(source.largest).toBe(1024 * 1024);
  });

  it("wants random access, and says what to do without (I9)", async () => {
    const { file } = await buildQcow2(image);
    const error = await importError(chunkedSource(file, () => 10_000));
    expect(error).toMatchObject({
      code: "Image.NeedsRandomAccess",
      message: expect.stringContaining("Save it as a file"),
    });
  });

  it("reads the last cluster as far as the disk goes (I10)", async () => {
    const { file } = await buildQcow2(image);
    const { disk } = await importAll(bytesSource(file.subarray(0, file.byteLength - 1000)));
    expect(Buffer.compare(disk, contentOf(image))).toBe(0);
    const error = await importError(bytesSource(file.subarray(0, file.byteLength - 1001)));
    expect(error).toMatchObject({ code: "Image.Truncated" });
  });

  it("is read although its reference counts are marked as wrong (I10)", async () => {
    const file = await changed((view) => view.setUint32(76, 1));
    expect(Buffer.compare((await importAll(bytesSource(file))).disk, contentOf(image))).toBe(0);
  });

  it.each<[string, string, RegExp, (view: DataView, built: BuiltImage) => void]>([
    ["a newer version", "Unsupported", /version 4/, (view) => view.setUint32(4, 4)],
    ["tiny clusters", "Malformed", /2\^8 bytes/, (view) => view.setUint32(20, 8)],
    ["huge clusters", "Unsupported", /2 MiB are the most/, (view) => view.setUint32(20, 22)],
    ["AES encryption", "Unsupported", /encrypted \(AES\)/, (view) => view.setUint32(32, 1)],
    ["LUKS encryption", "Unsupported", /encrypted \(LUKS\)/, (view) => view.setUint32(32, 2)],
    ["the corrupt bit", "Malformed", /marked as corrupt/, (view) => view.setUint32(76, 2)],
    ["an external data file", "Unsupported", /in another file/, (view) => view.setUint32(76, 4)],
    ["a compression bit without a type", "Malformed", /contradicts itself/, (view) => view.setUint32(76, 8)],
    ["unknown features", "Unsupported", /bits 5, 33/, (view) => view.setBigUint64(72, (1n << 33n) | 32n)],
    ["an odd header length", "Malformed", /105 bytes/, (view) => view.setUint32(100, 105)],
    ["wide reference counts", "Malformed", /64 bits/, (view) => view.setUint32(96, 7)],
    ["no size", "Malformed", /no bytes/, (view) => view.setBigUint64(24, 0n)],
    ["more than 2 TiB", "Unsupported", /2 TiB/, (view) => view.setBigUint64(24, 2n ** 41n + 1n)],
    ["a size beyond its L1 table", "Malformed", /too short/, (view) => view.setBigUint64(24, 2n ** 40n)],
    ["an L1 table outside", "Truncated", /L1 table/, (view) => view.setBigUint64(40, 2n ** 32n)],
    ["an L1 table nowhere", "Malformed", /L1 table/, (view) => view.setBigUint64(40, 0n)],
    ["an L1 table between clusters", "Malformed", /L1 table/, (view) => view.setBigUint64(40, 65_536n + 512n)],
    ["an L2 table outside", "Truncated", /L2 table/, (view, { l1Offset }) => view.setBigUint64(l1Offset, 2n ** 40n)],
    [
      "an L2 table in the L1 table",
      "Malformed",
      /L2 table is where/,
      (view, { l1Offset }) => view.setBigUint64(l1Offset, BigInt(l1Offset)),
    ],
    [
      "a cluster outside",
      "Truncated",
      /cluster is behind/,
      (view, { l2Offsets: [l2 = 0] }) => view.setBigUint64(l2, 2n ** 40n),
    ],
    [
      "a cluster in a table",
      "Malformed",
      /where something else is/,
      (view, { l2Offsets: [l2 = 0] }) => view.setBigUint64(l2, BigInt(l2)),
    ],
    [
      "a cluster twice",
      "Malformed",
      /where something else is/,
      (view, { l2Offsets: [l2 = 0] }) => view.setBigUint64(l2, view.getBigUint64(l2 + 40)),
    ],
  ])("with %s is refused: %s (I11)", async (_what, code, message, change) => {
    const error = await importError(bytesSource(await changed(change)));
    expect(error.code).toBe(`Image.${code}`);
    expect(error.message).toMatch(message);
  });

  it("with a backing file is refused by that file's name (I11)", async () => {
    const file = await changed((view) => {
      const name = new TextEncoder().encode("../golden.qcow2");
      view.setBigUint64(8, 512n);
      view.setUint32(16, name.byteLength);
      new Uint8Array(view.buffer).set(name, 512);
    });
    const error = await importError(bytesSource(file));
    expect(error).toMatchObject({ code: "Image.Unsupported", details: { backingFile: "../golden.qcow2" } });
    expect(error.message).toContain('"../golden.qcow2"');
  });

  it("with the zero flag is refused in version 2, which has none (I11)", async () => {
    const file = await changed((view) => view.setUint32(4, 2));
    expect(await importError(bytesSource(file))).toMatchObject({ code: "Image.Malformed" });
  });
});

/** Each of these makes a sound image of `damaged` unsound, whatever is drawn. */
const DAMAGES: Record<string, (random: FuzzRandom, view: DataView, built: BuiltImage) => void> = {
  version: (random, view) => view.setUint32(4, random.pick([0, 1, 4 + random.int(2 ** 31)])),
  clusterBits: (random, view) => view.setUint32(20, random.pick([random.int(9), random.between(22, 2 ** 31)])),
  size: (random, view) =>
    view.setBigUint64(24, random.pick([0n, 2n ** 41n + 1n + BigInt(random.int(2 ** 40)), (1n << 63n) | 5n, 2n ** 30n])),
  encryption: (random, view) => view.setUint32(32, 1 + random.int(2 ** 31)),
  backingFile: (random, view) => view.setBigUint64(8, 1n + (BigInt(random.int(2 ** 32)) << BigInt(random.int(30)))),
  l1Size: (_random, view) => view.setUint32(36, 0),
  l1Offset: (random, view, { file }) =>
    view.setBigUint64(
      40,
      random.pick([0n, BigInt(1 + random.int(511)), BigInt(file.byteLength), 2n ** 62n, 2n ** 64n - 512n]),
    ),
  features: (random, view) => {
    const bit = random.pick([1, 2, 3, 5 + random.int(59)]);
    view.setBigUint64(72, 1n << BigInt(bit));
  },
  refcountOrder: (random, view) => view.setUint32(96, random.between(7, 2 ** 32 - 1)),
  headerLength: (random, view) =>
    view.setUint32(100, random.pick([random.int(104), 105 + 8 * random.int(100), 65_544, 2 ** 32 - 8])),
  l1Entry: (random, view, { file, l1Offset }) => {
    const now = view.getBigUint64(l1Offset);
    const reserved = 1n << BigInt(random.pick([random.int(9), random.between(56, 62)]));
    const wrong = [
      now | reserved,
      1n << 63n,
      now + 512n,
      BigInt(file.byteLength),
      0x00fffffffff00000n,
      BigInt(l1Offset),
    ];
    view.setBigUint64(l1Offset, random.pick(wrong));
  },
  dataEntry: (random, view, { file, l2Offsets: [l2 = 0] }) => {
    const at = l2 + random.pick([0, 5, 9]) * 8;
    const now = view.getBigUint64(at);
    const reserved = 1n << BigInt(random.pick([random.between(1, 8), random.between(56, 61)]));
    const others = [0, 5, 9].filter((index) => l2 + index * 8 !== at).map((index) => view.getBigUint64(l2 + index * 8));
    const wrong = [
      now | reserved,
      1n << 63n,
      now + 512n,
      BigInt(file.byteLength),
      0x00ffffffffff0000n,
      BigInt(l2),
      ...others,
    ];
    view.setBigUint64(at, random.pick(wrong));
  },
  packedEntry: (random, view, { file, l2Offsets: [l2 = 0] }) => {
    const at = l2 + 2 * 8;
    const now = view.getBigUint64(at);
    const packed = 1n << 62n;
    view.setBigUint64(
      at,
      random.pick([
        now | (1n << 63n),
        packed,
        packed | BigInt(file.byteLength),
        packed | ((1n << 54n) - 1n),
        packed | 5n,
      ]),
    );
  },
};

fuzz(
  "a thousand damages to headers and tables are all found (I12)",
  { runs: 25, steps: 40, pinned: [] },
  async ({ random, steps, log }) => {
    const built = await buildQcow2(image);
    for (let step = 0; step < steps; step++) {
      const damage = random.pick(Object.keys(DAMAGES));
      log(damage);
      const file = built.file.slice();
      DAMAGES[damage]?.(random, new DataView(file.buffer), built);
      const source = countingSource(file);
      const error = await importError(source);
      expect(error.code, error.message).toMatch(/^Image\.(Malformed|Unsupported|Truncated)$/);
      expect(error.message.length).toBeGreaterThan(60);
      expect(source.largest).toBeLessThanOrEqual(1024 * 1024);
      expect(source.reads).toBeLessThan(20);
    }
  },
);
