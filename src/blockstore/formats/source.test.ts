import { describe, expect, it } from "vitest";
import { FakeClock } from "../../../test/support/fake-clock.ts";
import type { ImageBlock } from "./blocks.ts";
import { openImport } from "./import-image.ts";
import { blobSource, type ImportSource, type RandomAccessSource } from "./source.ts";
import { buildQcow2, contentOf } from "./testing/qcow2-builder.ts";
import { bytesSource, importAll, importError } from "./testing/sources.ts";
import { openUrlSource } from "./url-source.ts";

const URL_OF_FILE = "https://images.test/disk.img";
const file = Uint8Array.from({ length: 300_000 }, (_, i) => (i * 7) >> 5);

interface Server {
  readonly fetch: typeof globalThis.fetch;
  /** What was asked for: method and range. */
  readonly requests: string[];
  /** The next answers are these instead. */
  readonly instead: (() => Response | Promise<Response>)[];
  bytes: Uint8Array;
  etag: string;
}

interface ServerOptions {
  readonly ranges?: boolean;
  readonly hideContentRange?: boolean;
  readonly hideLength?: boolean;
  readonly encoding?: string;
}

function serverOf(bytes: Uint8Array, options: ServerOptions = {}): Server {
  const server: Server = { requests: [], instead: [], bytes, etag: '"1"', fetch: (_url, init) => answer(init ?? {}) };
  const answer = async (init: RequestInit): Promise<Response> => {
    const range = new Headers(init.headers).get("Range");
    server.requests.push([init.method ?? "GET", range].filter(Boolean).join(" "));
    init.signal?.throwIfAborted();
    const instead = server.instead.shift();
    if (instead !== undefined) return await instead();
    const headers = new Headers({ ETag: server.etag });
    if (options.encoding !== undefined) headers.set("Content-Encoding", options.encoding);
    const [, first, last] = /^bytes=(\d+)-(\d+)$/.exec(range ?? "") ?? [];
    if (options.ranges === false || first === undefined) {
      if (options.hideLength !== true) headers.set("Content-Length", String(server.bytes.byteLength));
      return new Response(init.method === "HEAD" ? null : server.bytes.slice(), { headers });
    }
    if (Number(first) >= server.bytes.byteLength) return new Response(null, { status: 416 });
    const body = server.bytes.slice(Number(first), Number(last) + 1);
    if (options.hideContentRange !== true)
      headers.set("Content-Range", `bytes ${first}-${last}/${server.bytes.byteLength}`);
    return new Response(body, { status: 206, headers });
  };
  return server;
}

async function readAll(source: RandomAccessSource): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of source.bytes()) chunks.push(chunk.slice());
  return Buffer.concat(chunks);
}

/** A source with random access of a server. */
async function ranged(server: Server, clock = new FakeClock()): Promise<RandomAccessSource> {
  const source = await openUrlSource(URL_OF_FILE, { fetch: server.fetch, clock });
  if (source.kind !== "random-access") throw new Error("no ranges");
  return source;
}

const opened = (server: Server): Promise<ImportSource> => openUrlSource(URL_OF_FILE, { fetch: server.fetch });

describe("a blob as source", () => {
  it("gives exactly what is asked for, or an error (I2)", async () => {
    const source = bytesSource(file);
    expect(Buffer.compare(await source.read(1000, 5000), file.subarray(1000, 6000))).toBe(0);
    await expect(source.read(299_999, 2)).rejects.toMatchObject({ code: "Image.Truncated" });
    await expect(source.read(-1, 2)).rejects.toMatchObject({ code: "Image.Truncated" });
    expect((await source.read(300_000, 0)).byteLength).toBe(0);
  });

  it("that cannot be read any more says so (I2)", async () => {
    const failing = new ReadableStream({ start: (controller) => controller.error(new Error("NotReadableError")) });
    const gone = { size: 10, slice: () => ({ stream: () => failing }) };
    const short = { size: 10, slice: () => new Blob([file.slice(0, 3)]) };
    for (const blob of [gone, short]) {
      const source = blobSource(blob as unknown as Blob, "mine.img");
      await expect(source.read(0, 10)).rejects.toMatchObject({
        code: "Image.SourceUnavailable",
        message: expect.stringContaining("mine.img"),
      });
    }
  });

  it("that is not as long as it was says so (I2)", async () => {
    const shrunk = { size: 10, stream: () => new Blob([file.slice(0, 3)]).stream() };
    await expect(readAll(blobSource(shrunk as unknown as Blob, "mine.img"))).rejects.toMatchObject({
      code: "Image.SourceUnavailable",
    });
  });
});

describe("a URL as source", () => {
  it("has random access where the server has ranges (I2)", async () => {
    const server = serverOf(file);
    const source = await ranged(server);
    expect(source.sizeBytes).toBe(file.byteLength);
    expect(Buffer.compare(await source.read(1000, 5000), file.subarray(1000, 6000))).toBe(0);
    expect(server.requests).toEqual(["GET bytes=0-0", "GET bytes=1000-5999"]);
  });

  it("has it also where another origin hides the size in the answer to a range (I2)", async () => {
    const server = serverOf(file, { hideContentRange: true });
    expect((await ranged(server)).sizeBytes).toBe(file.byteLength);
    expect(server.requests).toEqual(["GET bytes=0-0", "HEAD"]);
  });

  it.each<[string, ServerOptions]>([
    ["has no ranges", { ranges: false }],
    ["packs what it sends", { encoding: "gzip" }],
    ["tells no size", { hideContentRange: true, hideLength: true }],
  ])("is a stream where the server %s: raw imports, qcow2 does not (I2, I9)", async (_what, options) => {
    const image = await importAll(await opened(serverOf(file, options)));
    expect(Buffer.compare(image.disk.subarray(0, file.byteLength), file)).toBe(0);
    const clusters = new Map([[0, { kind: "data", bytes: new Uint8Array(512).fill(1) } as const]]);
    const qcow2 = await buildQcow2({ version: 3, clusterBits: 9, sizeBytes: 5_000, clusters });
    const error = await importError(await opened(serverOf(qcow2.file, options)));
    expect(error).toMatchObject({ code: "Image.NeedsRandomAccess", message: expect.stringContaining("Download it") });
  });

  it("imports qcow2 by ranges, and only what is in it (I2, I10)", async () => {
    const clusters = new Map([[40, { kind: "data", bytes: new Uint8Array(65_536).fill(5) } as const]]);
    const image = { version: 3, clusterBits: 16, sizeBytes: 2 ** 32, clusters } as const;
    const { file: qcow2 } = await buildQcow2(image);
    const server = serverOf(qcow2);
    const opening = await openImport(await ranged(server));
    const blocks: ImageBlock[] = [];
    for await (const block of opening.blocks) blocks.push({ ...block, data: block.data.slice() });
    expect(blocks.map(({ offset }) => offset)).toEqual([40 * 65_536]);
    expect(server.requests.length).toBeLessThan(8);
    expect(contentOf({ ...image, sizeBytes: 41 * 65_536 }).subarray(-1)[0]).toBe(blocks[0]?.data.at(-1));
  });

  it("tries again when the network or the server fails for a moment (I2)", async () => {
    const server = serverOf(file);
    const clock = new FakeClock();
    const source = await ranged(server, clock);
    server.instead.push(
      () => Promise.reject(new TypeError("network")),
      () => new Response(null, { status: 503 }),
      () => new Response(file.slice(0, 3), { status: 206 }),
    );
    const reading = source.read(0, 100);
    await clock.advance(30_000);
    expect(Buffer.compare(await reading, file.subarray(0, 100))).toBe(0);
    expect(server.requests.length).toBe(5);
    expect(clock.pendingTimers).toBe(0);
  });

  it("reads on where it was when the connection breaks (I2)", async () => {
    const server = serverOf(file);
    const clock = new FakeClock();
    const source = await ranged(server, clock);
    const broken = (from: number, to: number) => () => {
      let sent = false;
      const body = new ReadableStream<Uint8Array>({
        pull(controller) {
          if (sent) return controller.error(new TypeError("connection lost"));
          sent = true;
          controller.enqueue(file.slice(from, to));
        },
      });
      return new Response(body, { status: 206 });
    };
    server.instead.push(broken(0, 100_000), broken(100_000, 100_000), broken(100_000, 250_000));
    const reading = readAll(source);
    await clock.advance(60_000);
    expect(Buffer.compare(await reading, file)).toBe(0);
    const asked = server.requests.slice(1).map((request) => request.slice("GET bytes=".length));
    expect(asked).toEqual(["0-299999", "100000-299999", "100000-299999", "250000-299999"]);
  });

  it("does not take a file for whole that is cut off on the way (I2)", async () => {
    const server = serverOf(file);
    const clock = new FakeClock();
    const source = await ranged(server, clock);
    server.instead.push(...Array.from({ length: 9 }, () => () => new Response(null, { status: 206 })));
    const outcome = expect(readAll(source)).rejects.toMatchObject({ code: "Image.SourceUnavailable" });
    await clock.advance(60_000);
    await outcome;
  });

  it("gives up when they go on failing, and at once when the request is refused (I2)", async () => {
    const server = serverOf(file);
    const clock = new FakeClock();
    const source = await ranged(server, clock);
    server.instead.push(...Array.from({ length: 9 }, () => () => new Response(null, { status: 500 })));
    const reading = source.read(0, 100);
    const outcome = expect(reading).rejects.toMatchObject({
      code: "Image.SourceUnavailable",
      details: { status: 500 },
    });
    await clock.advance(60_000);
    await outcome;
    expect(server.requests.length).toBe(6);
    server.instead.splice(0);
    server.instead.push(() => new Response(null, { status: 403 }));
    await expect(source.read(0, 100)).rejects.toMatchObject({ details: { status: 403 } });
    expect(server.requests.length).toBe(7);
  });

  it("is cancelled also while it waits to try again (I2)", async () => {
    const server = serverOf(file);
    const clock = new FakeClock();
    const source = await ranged(server, clock);
    server.instead.push(() => new Response(null, { status: 500 }));
    const controller = new AbortController();
    const reading = source.read(0, 100, controller.signal);
    const outcome = expect(reading).rejects.toMatchObject({ code: "Image.Cancelled" });
    await clock.advance(1);
    controller.abort();
    await outcome;
    expect(clock.pendingTimers).toBe(0);
  });

  it.each<[string, (server: Server) => void]>([
    [
      "has another version",
      (server) => {
        server.etag = '"2"';
      },
    ],
    [
      "has another size",
      (server) => {
        server.bytes = file.subarray(0, 200_000);
      },
    ],
    [
      "has no ranges any more",
      (server) => {
        server.instead.push(() => new Response("all of it"));
      },
    ],
    [
      "is gone",
      (server) => {
        server.instead.push(() => new Response(null, { status: 416 }));
      },
    ],
  ])("that %s is not read on (I2)", async (_what, change) => {
    const server = serverOf(file);
    const source = await ranged(server);
    change(server);
    await expect(source.read(0, 100)).rejects.toMatchObject({ code: "Image.SourceChanged" });
  });

  it("that is not there says so (I2)", async () => {
    const server = serverOf(file);
    server.instead.push(() => new Response("no", { status: 404, statusText: "Not Found" }));
    await expect(opened(server)).rejects.toMatchObject({
      code: "Image.SourceUnavailable",
      message: expect.stringContaining(`${URL_OF_FILE} cannot be read: the server answers 404 Not Found.`),
    });
  });

  it("of an empty file is no disk (I9)", async () => {
    expect(await importError(await opened(serverOf(new Uint8Array(0))))).toMatchObject({ code: "Image.Malformed" });
  });
});
