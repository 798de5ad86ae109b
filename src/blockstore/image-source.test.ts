import { beforeEach, describe, expect, it } from "vitest";
import {
  flip,
  IMAGE_URL,
  type ImageFixture,
  makeImage,
  pattern,
  sameBytes,
} from "../../test/conformance/image-fixture.ts";
import type { Clock } from "../base/clock.ts";
import { CloudError } from "../base/errors.ts";
import { seededRandom } from "../base/random.ts";
import { MemoryDisk } from "../store/memory-store.ts";
import { CONTENT_CACHE_DATABASE } from "./content-cache.ts";
import { sha256Hex } from "./content-fetch.ts";
import type { DiskImage } from "./image-disk.ts";
import { type ImageSource, openImageSource } from "./image-source.ts";
import { dropFilesBut, keepFiles } from "./kept-files.ts";

const CHUNK = 64 * 1024;
/** Longer than this a timer of the code under test is a deadline, and does not fire by itself. */
const LONGEST_PAUSE = 20_000;

/** Pauses pass at once, and are written down. */
class SkippingClock implements Clock {
  time = 1_000_000;
  readonly pauses: number[] = [];
  readonly deadlines: (() => void)[] = [];

  now(): number {
    return this.time;
  }

  setTimer(ms: number, callback: () => void): () => void {
    if (ms > LONGEST_PAUSE) {
      this.deadlines.push(callback);
      return () => undefined;
    }
    this.pauses.push(ms);
    this.time += ms;
    queueMicrotask(callback);
    return () => undefined;
  }
}

/** A web server that can be told how to answer each request. */
class FakeServer {
  readonly files: Map<string, Uint8Array<ArrayBuffer>>;
  readonly requests: string[] = [];
  readonly cacheModes: (RequestCache | undefined)[] = [];
  /** The next answers, before the files' own. */
  readonly script: (() => Response | Promise<Response>)[] = [];
  offline = false;
  active = 0;
  mostActive = 0;

  constructor(files: Map<string, Uint8Array<ArrayBuffer>>) {
    this.files = files;
  }

  readonly fetch: typeof globalThis.fetch = async (input, init) => {
    const url = String(input);
    this.requests.push(url);
    this.cacheModes.push(init?.cache);
    this.mostActive = Math.max(this.mostActive, ++this.active);
    try {
      await new Promise((resolve) => setTimeout(resolve, 0));
      const scripted = this.script.shift();
      if (scripted !== undefined) {
        const aborted = new Promise<never>((_, reject) => {
          init?.signal?.addEventListener("abort", () => reject(new DOMException("aborted", "AbortError")));
        });
        return await Promise.race([scripted(), aborted]);
      }
      if (this.offline) throw new TypeError("Failed to fetch");
      const file = this.files.get(url);
      return file === undefined ? new Response("none", { status: 404 }) : new Response(file);
    } finally {
      this.active--;
    }
  };
}

describe("an image source", () => {
  const content = new Uint8Array(CHUNK * 4 + 1536);
  content.set(pattern(CHUNK * 2), 0);
  content.set(pattern(CHUNK + 1536, 7), CHUNK * 3);
  let fixture: ImageFixture;
  let server: FakeServer;
  let clock: SkippingClock;
  let disk: MemoryDisk;

  const open = (image: DiskImage = fixture.image, memoryBytes = 8 * CHUNK): Promise<ImageSource> =>
    openImageSource(image, {
      fetch: server.fetch,
      clock,
      random: seededRandom(1),
      openStore: disk.open,
      memoryBytes,
    });
  const readAll = async (source: ImageSource) => {
    const bytes = new Uint8Array(content.byteLength);
    await source.read(0, bytes);
    return bytes;
  };
  const urlOf = (index: number) => `${IMAGE_URL}chunks/${fixture.image.manifest.disk.chunks[index]?.sha256}`;
  const readChunk = async (source: ImageSource, index: number) => {
    const bytes = new Uint8Array(CHUNK);
    await source.read(index * CHUNK, bytes);
    return bytes;
  };
  const answer = (body: BodyInit, init?: ResponseInit) => () => new Response(body, init);
  const cacheContent = () => disk.database(CONTENT_CACHE_DATABASE).dump();

  beforeEach(async () => {
    fixture = await makeImage(content, CHUNK);
    server = new FakeServer(fixture.files);
    clock = new SkippingClock();
    disk = new MemoryDisk();
  });

  it("B20 fetches what is read and nothing else; zero chunks need no request", async () => {
    const source = await open();
    expect(source.isZero(2 * CHUNK, CHUNK)).toBe(true);
    expect(source.isZero(2 * CHUNK - 512, CHUNK)).toBe(false);
    expect(source.isZero(content.byteLength, CHUNK)).toBe(true);
    const across = new Uint8Array(1024);
    await source.read(CHUNK - 512, across);
    expect(across).toEqual(content.slice(CHUNK - 512, CHUNK + 512));
    expect(server.requests.toSorted()).toEqual([urlOf(0), urlOf(1)].toSorted());
    await source.read(2 * CHUNK, across);
    expect(across).toEqual(new Uint8Array(1024));
    expect(server.requests).toHaveLength(2);
    expect(sameBytes(await readAll(source), content)).toBe(true);
    const beyond = new Uint8Array(2048).fill(1);
    await source.read(content.byteLength - 512, beyond);
    expect(beyond).toEqual(new Uint8Array([...content.slice(-512), ...new Uint8Array(1536)]));
  });

  it("B20 copies from memory what is there, and only that", async () => {
    const source = await open(fixture.image, 2 * CHUNK);
    const target = new Uint8Array(512);
    expect(source.copy(0, target)).toBe(false);
    await readChunk(source, 0);
    expect(source.copy(512, target)).toBe(true);
    expect(target).toEqual(content.slice(512, 1024));
    expect(source.copy(2 * CHUNK, target)).toBe(true);
    expect(target).toEqual(new Uint8Array(512));
    await readChunk(source, 1);
    await readChunk(source, 3);
    expect(source.has(0, 512), "the least recently used chunk goes first").toBe(false);
    expect(source.has(CHUNK, CHUNK)).toBe(true);
  });

  it("B21 shares one request among all who want a chunk at the same time", async () => {
    const source = await open();
    await Promise.all(Array.from({ length: 8 }, () => readChunk(source, 0)));
    expect(server.requests).toEqual([urlOf(0)]);
  });

  it("B22 works offline with what was read before, in another worker too", async () => {
    const first = await open();
    await readAll(first);
    await first.close();
    server.offline = true;
    const second = await open();
    expect(sameBytes(await readAll(second), content)).toBe(true);
    expect(second.stats()).toEqual({ fetchedBytes: 0, fetchedFiles: 0, cachedFiles: 4 });
  });

  it("B22 drops a damaged chunk from the cache and fetches it again", async () => {
    const first = await open();
    await readChunk(first, 0);
    await first.close();
    const store = await disk.open(CONTENT_CACHE_DATABASE);
    const [[key, value] = [[], undefined]] = cacheContent();
    flip(new Uint8Array(value as ArrayBuffer), 20);
    await store.commit([{ type: "put", key, value }]);
    const second = await open();
    expect(sameBytes(await readChunk(second, 0), content.slice(0, CHUNK))).toBe(true);
    expect(second.stats()).toMatchObject({ fetchedFiles: 1, cachedFiles: 0 });
    await second.close();
    expect(await sha256Hex(cacheContent()[0]?.[1] as ArrayBuffer)).toBe(key[1]);
  });

  it.each([
    ["refuses to open", (target: MemoryDisk) => (target.refuse = new CloudError("Store.Unavailable", "no"))],
    ["is full", (target: MemoryDisk) => (target.database(CONTENT_CACHE_DATABASE).quotaBytes = 10)],
  ])("B23 reads on when the cache %s, and says so once", async (_what, breakIt) => {
    breakIt(disk);
    const source = await open();
    const problems: string[] = [];
    source.onCacheProblem(({ code }) => problems.push(code));
    expect(sameBytes(await readAll(source), content)).toBe(true);
    await source.prefetch([0, 1, 3, 4]);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(/^Store\.(Unavailable|QuotaExceeded)$/);
    expect(cacheContent()).toEqual([]);
    await source.close();
  });

  it("B24 tries again, longer apart each time, and past the browser's own cache", async () => {
    const source = await open();
    server.script.push(
      answer("", { status: 503 }),
      () => Promise.reject(new TypeError("Failed to fetch")),
      answer("not it"),
      answer(server.files.get(urlOf(0))?.slice(0, -1) as Uint8Array<ArrayBuffer>),
    );
    expect(sameBytes(await readChunk(source, 0), content.slice(0, CHUNK))).toBe(true);
    expect(server.requests).toHaveLength(5);
    expect(server.cacheModes).toEqual(["default", "reload", "reload", "reload", "reload"]);
    clock.pauses.forEach((pause, i) => {
      expect(pause).toBeGreaterThanOrEqual(600 * 2 ** i * 0.75);
      expect(pause).toBeLessThanOrEqual(600 * 2 ** i * 1.25);
    });
    expect(new Set(clock.pauses.map((pause, i) => pause / 2 ** i)).size, "with jitter").toBeGreaterThan(1);
  });

  it("B24 gives up a try that hangs", async () => {
    const source = await open();
    server.script.push(() => new Promise(() => undefined));
    const read = readChunk(source, 0);
    while (server.requests.length === 0 || clock.deadlines.length === 0) await new Promise((go) => setTimeout(go, 0));
    await new Promise((go) => setTimeout(go, 0));
    clock.deadlines[0]?.();
    expect(sameBytes(await read, content.slice(0, CHUNK))).toBe(true);
  });

  const tampered = () => {
    const bytes = server.files.get(urlOf(0))?.slice() as Uint8Array<ArrayBuffer>;
    flip(bytes, 30);
    return bytes;
  };
  it.each([
    ["is missing", "Image.ChunkUnavailable", () => answer("", { status: 404 }), /404/],
    [
      "cannot be reached",
      "Image.ChunkUnavailable",
      () => () => Promise.reject(new TypeError("Failed to fetch")),
      /Failed to fetch/,
    ],
    ["was altered", "Image.ChunkCorrupt", () => answer(tampered()), /other bytes of the same length/],
    ["is cut short", "Image.ChunkCorrupt", () => answer(tampered().slice(0, 100)), /100 bytes/],
    ["is too long", "Image.ChunkCorrupt", () => answer(new Uint8Array(5 * CHUNK)), /more than/],
    [
      "is the web page of a single-page application",
      "Image.ChunkCorrupt",
      () => answer("<!doctype html>", { headers: { "content-type": "text/html" } }),
      /web page.*put the image's files there/,
    ],
    [
      "comes unpacked by the server",
      "Image.ChunkCorrupt",
      () => answer(content.slice(0, CHUNK), { headers: { "content-encoding": "gzip" } }),
      /Content-Encoding/,
    ],
  ])("B25 a chunk that %s is %s, never zeros", async (_what, code, makeAnswer, message) => {
    const source = await open();
    for (let i = 0; i < 5; i++) server.script.push(makeAnswer());
    const target = new Uint8Array(CHUNK).fill(0xaa);
    const error = await source.read(0, target).catch((thrown: unknown) => thrown as CloudError);
    expect(error).toMatchObject({ code, details: { url: urlOf(0), what: "chunk 0 of the image tiny", index: 0 } });
    expect((error as CloudError).message).toMatch(message);
    expect(target.every((byte) => byte === 0xaa)).toBe(true);
    expect(server.requests).toHaveLength(5);
    expect(cacheContent()).toEqual([]);
  });

  it("B25 fails at once for a while after that, then tries again", async () => {
    const source = await open();
    server.offline = true;
    await expect(readChunk(source, 0)).rejects.toMatchObject({ code: "Image.ChunkUnavailable" });
    await expect(readChunk(source, 0)).rejects.toMatchObject({ code: "Image.ChunkUnavailable" });
    expect(server.requests).toHaveLength(5);
    server.offline = false;
    expect(sameBytes(await readChunk(source, 1), content.slice(CHUNK, 2 * CHUNK)), "other chunks are not held up").toBe(
      true,
    );
    clock.time += 5_000;
    expect(sameBytes(await readChunk(source, 0), content.slice(0, CHUNK))).toBe(true);
  });

  it("B25 says of a chunk that has the right hash and does not unpack that the image is wrong", async () => {
    const packed = pattern(200);
    const sha256 = await sha256Hex(packed);
    const { disk: good, ...rest } = fixture.image.manifest;
    const chunks = [{ sha256, bytes: 200 }, ...good.chunks.slice(1)];
    server.files.set(`${IMAGE_URL}chunks/${sha256}`, packed);
    const source = await open({ url: IMAGE_URL, manifest: { ...rest, disk: { ...good, chunks } } });
    const error = expect.objectContaining({
      code: "Image.ChunkCorrupt",
      message: expect.stringContaining("built wrong"),
    });
    await expect(readChunk(source, 0)).rejects.toEqual(error);
  });

  it("B26 prefetches a few at a time, tells the bytes, and skips what is cached", async () => {
    const source = await open();
    await readChunk(source, 3);
    const sizes = [0, 1, 3, 4].map((index) => fixture.image.manifest.disk.chunks[index]?.bytes as number);
    const totalBytes = sizes.reduce((sum, size) => sum + size);
    const seen: { loadedBytes: number; totalBytes: number }[] = [];
    await source.prefetch([4, 3, 2, 1, 0, 1], (progress) => seen.push(progress));
    expect(seen.at(-1)).toEqual({ loadedBytes: totalBytes, totalBytes });
    expect(seen.map(({ loadedBytes }) => loadedBytes)).toEqual(
      seen.map(({ loadedBytes }) => loadedBytes).toSorted((a, b) => a - b),
    );
    expect(server.requests).toHaveLength(4);
    expect(server.mostActive).toBeLessThanOrEqual(4);
    server.offline = true;
    expect(sameBytes(await readAll(source), content)).toBe(true);
  });

  it("B26 prefetches the others when one fails, and rejects in the end", async () => {
    const source = await open();
    server.files.delete(urlOf(1));
    await expect(source.prefetch([0, 1, 3, 4])).rejects.toMatchObject({ code: "Image.ChunkUnavailable" });
    expect(cacheContent()).toHaveLength(3);
  });

  it("B27 gives the image's files, verified and cached alike", async () => {
    const kernel = pattern(5000, 3);
    const described = { path: "boot/bzImage", sha256: await sha256Hex(kernel), bytes: 5000 };
    server.files.set(`${IMAGE_URL}boot/bzImage`, kernel);
    const source = await open();
    const first = await source.file(described);
    expect(new Uint8Array(first)).toEqual(kernel);
    new Uint8Array(first).fill(0);
    await source.close();
    server.offline = true;
    expect(new Uint8Array(await (await open()).file(described))).toEqual(kernel);
    await expect((await open()).file({ ...described, sha256: "0".repeat(64) })).rejects.toMatchObject({
      code: "Image.FileUnavailable",
      details: { url: `${IMAGE_URL}boot/bzImage` },
    });
  });

  it("B53 finds a file that is kept with the cloud where no server has it, and verifies it", async () => {
    const kernel = pattern(5000, 3);
    const described = { path: "bzImage", sha256: await sha256Hex(kernel), bytes: 5000 };
    server.offline = true;
    const file = async () => {
      const { fetch } = server;
      const source = await openImageSource(fixture.image, { openStore: disk.open, fetch, clock, database: "cloud" });
      return new Uint8Array(await source.file(described));
    };
    await keepFiles("cloud", [{ sha256: described.sha256, content: kernel }], disk.open);
    expect(await file()).toEqual(kernel);
    expect(server.requests).toEqual([]);
    await dropFilesBut("cloud", [described.sha256], disk.open);
    expect(await file()).toEqual(kernel);
    await keepFiles("cloud", [{ sha256: described.sha256, content: pattern(5000, 4) }], disk.open);
    await expect(file()).rejects.toMatchObject({ code: "Image.FileUnavailable" });
    await dropFilesBut("cloud", [], disk.open);
    expect(await (await disk.open("cloud")).keys({ prefix: ["file"] })).toEqual([]);
  });

  it("B28 is the same image by its content, not by its name or place", async () => {
    const same = await open({ url: "https://elsewhere.test/", manifest: { ...fixture.image.manifest, name: "other" } });
    const other = await makeImage(pattern(content.byteLength), CHUNK);
    expect((await open()).fingerprint).toBe(same.fingerprint);
    expect((await open(other.image)).fingerprint).not.toBe(same.fingerprint);
  });
});

describe("without a secure context", () => {
  it("B29 says that images cannot be verified, and how to help it", async () => {
    const fixture = await makeImage(pattern(CHUNK), CHUNK);
    const own = Object.getOwnPropertyDescriptor(globalThis, "crypto") as PropertyDescriptor;
    Object.defineProperty(globalThis, "crypto", { value: {}, configurable: true });
    try {
      await expect(openImageSource(fixture.image)).rejects.toMatchObject({
        code: "Image.InsecureContext",
        message: expect.stringContaining("https"),
      });
    } finally {
      Object.defineProperty(globalThis, "crypto", own);
    }
  });
});
