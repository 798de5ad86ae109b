import { Zstd } from "@hpcc-js/wasm-zstd";
import { describe, expect, it } from "vitest";
import { fuzz } from "../../../test/fuzz/harness.ts";
import { CloudError, hasCode } from "../../base/errors.ts";
import { ByteReader } from "./byte-reader.ts";
import { someContent } from "./testing/content.ts";
import { unzstdCluster, unzstdStream } from "./zstd.ts";
import { ZstdUnpacker } from "./zstd-codec.ts";

async function* chunksOf(bytes: Uint8Array, size: () => number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.byteLength; ) {
    const end = at + Math.max(1, size());
    yield bytes.subarray(at, end);
    at = end;
  }
}

async function unpack(bytes: Uint8Array, size = () => 10_000): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  for await (const piece of unzstdStream(new ByteReader(chunksOf(bytes, size)))) {
    expect(piece.byteLength).toBeLessThanOrEqual(128 * 1024);
    pieces.push(piece.slice());
  }
  return Buffer.concat(pieces);
}

/** "The quick brown fox …" twenty times, by `zstd -19 --check`: a frame with a checksum. */
const WITH_CHECKSUM = Buffer.from(
  "KLUv/WRwAq0BAMQCVGhlIHF1aWNrIGJyb3duIGZveCBqdW1wcyBvdmVyIHRoZSBsYXp5IGRvZwoBAAz6KlUGzsLwJA==",
  "base64",
);
const FOX = Buffer.from("The quick brown fox jumps over the lazy dog\n".repeat(20));

const SKIPPABLE = Uint8Array.of(0x53, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 9, 9, 9);

/** A frame of raw blocks, made by hand. */
function rawFrame(...blocks: string[]): Uint8Array {
  const bodies = blocks.map((text, i) => {
    const head = (text.length << 3) | (i === blocks.length - 1 ? 1 : 0);
    return [head & 255, (head >> 8) & 255, head >> 16, ...new TextEncoder().encode(text)];
  });
  return Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd, 0, 0, ...bodies.flat());
}

fuzz("zstd unpacks to what it was made of (I7)", { runs: 6, steps: 4, pinned: [] }, async ({ random, steps }) => {
  const zstd = await Zstd.load();
  for (let step = 0; step < steps; step++) {
    const contents = Array.from({ length: random.between(1, 3) }, () => someContent(random, random.int(600_000)));
    const frames = contents.flatMap((content) => [
      zstd.compress(content, random.between(1, 12)),
      random.chance(0.3) ? SKIPPABLE : [],
    ]);
    const packed = Buffer.concat(frames.map((frame) => Uint8Array.from(frame)));
    const unpacked = await unpack(packed, () => random.pick([100, 3_000, 65_536]));
    expect(Buffer.compare(unpacked, Buffer.concat(contents))).toBe(0);
  }
});

fuzz(
  "damaged zstd data gives an error or what zstd itself gives (I7)",
  { runs: 6, steps: 60, pinned: [] },
  async ({ random, steps }) => {
    const zstd = await Zstd.load();
    for (let step = 0; step < steps; step++) {
      const content = someContent(random, 1 + random.int(3_000));
      const packed = Uint8Array.from(zstd.compress(content, random.between(1, 19)));
      for (let i = random.between(1, 3); i > 0; i--) {
        const at = 4 + random.int(packed.byteLength - 4);
        packed[at] = (packed[at] as number) ^ (1 << random.int(8));
      }
      const ours = await unpack(packed).catch((thrown: unknown) => thrown);
      if (!(ours instanceof Uint8Array)) {
        expect(ours).toBeInstanceOf(CloudError);
        expect((ours as CloudError).code).toMatch(/^Image\.(Malformed|Truncated|Unsupported)$/);
        continue;
      }
      const theirs = zstd.decompress(packed);
      expect(Buffer.compare(ours, theirs)).toBe(0);
    }
  },
);

describe("zstd", () => {
  it("checks the checksum of a frame (I7)", async () => {
    expect(Buffer.compare(await unpack(WITH_CHECKSUM), FOX)).toBe(0);
    for (let bit = 0; bit < 32; bit++) {
      const wrong = Uint8Array.from(WITH_CHECKSUM);
      const at = wrong.byteLength - 1 - (bit >> 3);
      wrong[at] = (wrong[at] as number) ^ (1 << (bit & 7));
      await expect(unpack(wrong)).rejects.toMatchObject({ code: "Image.Malformed" });
    }
    expect(Buffer.compare(await unpack(WITH_CHECKSUM), FOX)).toBe(0);
  });

  it("is truncated wherever it is cut off (I7)", async () => {
    const packed = Buffer.concat([rawFrame("one", "two"), SKIPPABLE, WITH_CHECKSUM]);
    const whole = [0, rawFrame("one", "two").byteLength, rawFrame("one", "two").byteLength + SKIPPABLE.byteLength];
    for (let length = 1; length < packed.byteLength; length++) {
      if (whole.includes(length)) continue;
      await expect(
        unpack(packed.subarray(0, length), () => 7),
        `${length} bytes`,
      ).rejects.toMatchObject({
        code: "Image.Truncated",
      });
    }
  });

  it("refuses what it cannot read, with what to do (I7)", async () => {
    const frame = (descriptor: number, ...rest: number[]) =>
      Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd, descriptor, ...rest, ...new Uint8Array(20));
    await expect(unpack(frame(0x01, 0x00, 5))).rejects.toThrow(/dictionary/);
    await expect(unpack(frame(0x00, 27 << 3))).rejects.toThrow(/zstd -19/);
    await expect(unpack(frame(0x08))).rejects.toMatchObject({ code: "Image.Malformed" });
    await expect(unpack(Buffer.concat([rawFrame("one"), Buffer.from("rest")]))).rejects.toMatchObject({
      code: "Image.Malformed",
    });
  });

  it("does not let one block become more than 128 KiB (I7)", async () => {
    // Run-length blocks: four bytes each for 128 KiB, or for more than a block may have.
    const block = (bytes: number, last: number) => [
      ((bytes << 3) | 2 | last) & 255,
      (bytes >> 5) & 255,
      bytes >> 13,
      0x41,
    ];
    const head = [0x28, 0xb5, 0x2f, 0xfd, 0, 13 << 3];
    const many = Array.from({ length: 50 }, () => block(128 * 1024, 0)).flat();
    expect((await unpack(Uint8Array.of(...head, ...many, ...block(1, 1)))).byteLength).toBe(50 * 128 * 1024 + 1);
    const tooLong = unpack(Uint8Array.of(...head, ...block(128 * 1024 + 1, 1)));
    await expect(tooLong).rejects.toMatchObject({ code: "Image.Malformed" });
  });

  it("lets two streams take turns without mixing them (I7)", async () => {
    const zstd = await Zstd.load();
    const texts = ["a", "b", "c"].map((letter) => Buffer.from(`${letter} and more `.repeat(30_000)));
    const unpacked = await Promise.all(texts.map((text) => unpack(zstd.compress(text), () => 5)));
    expect(unpacked.map((bytes) => bytes.toString().slice(0, 1))).toEqual(["a", "b", "c"]);
    expect(unpacked.map((bytes, i) => Buffer.compare(bytes, texts[i] as Buffer))).toEqual([0, 0, 0]);
  });

  it("goes on after a stream that was left or failed (I7)", async () => {
    const zstd = await Zstd.load();
    const packed = zstd.compress(Buffer.from("text ".repeat(100_000)));
    for await (const piece of unzstdStream(new ByteReader(chunksOf(packed, () => 5)))) {
      expect(piece.byteLength).toBeGreaterThan(0);
      break;
    }
    const wrong = await unpack(Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd, 8, ...new Uint8Array(20))).catch(
      (thrown: unknown) => thrown,
    );
    expect(hasCode(wrong, "Image.Malformed")).toBe(true);
    expect((await unpack(packed)).byteLength).toBe(500_000);
  });
});

describe("a cluster of zstd data", () => {
  it("is as long as a cluster, whatever follows (I8)", async () => {
    const zstd = await Zstd.load();
    const content = Buffer.from("cluster ".repeat(1_024));
    const packed = Buffer.concat([zstd.compress(content), Buffer.from("something else")]);
    const unpacker = await ZstdUnpacker.open();
    const cluster = new Uint8Array(8_192);
    unzstdCluster(unpacker, packed, cluster);
    expect(Buffer.compare(cluster, content)).toBe(0);
    expect(() => unzstdCluster(unpacker, packed, new Uint8Array(8_193))).toThrow(CloudError);
    expect(() => unzstdCluster(unpacker, packed.subarray(0, 15), cluster)).toThrow(/cut off/);
    unpacker.dispose();
  });
});
