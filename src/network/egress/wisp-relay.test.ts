import { once } from "node:events";
import * as net from "node:net";
import { afterEach, beforeEach, expect, test } from "vitest";
import { FakeClock } from "../../../test/support/fake-clock.ts";
import { openSocket, startWispServer } from "../../../test/support/wisp-server.ts";
import { systemClock } from "../../base/clock.ts";
import { WISP, wispPacket } from "./wisp-packet.ts";
import { WispRelay, type WispSocket } from "./wisp-relay.ts";

const cleanUps: (() => void)[] = [];
let relay: WispRelay;
let server: Awaited<ReturnType<typeof startWispServer>>;

beforeEach(async () => {
  server = await startWispServer();
  relay = new WispRelay({ url: server.url, clock: systemClock, openSocket });
  cleanUps.push(
    () => server.close(),
    () => relay.dispose(),
  );
});
afterEach(() => {
  for (const cleanUp of cleanUps.splice(0).reverse()) cleanUp();
});

async function listen(onConnection: (socket: net.Socket) => void): Promise<number> {
  const listening = net.createServer({ allowHalfOpen: true }, (socket) => {
    socket.on("error", () => undefined);
    onConnection(socket);
  });
  listening.listen(0, "127.0.0.1");
  cleanUps.push(() => listening.close());
  await once(listening, "listening");
  return (listening.address() as net.AddressInfo).port;
}

const textOf = async (readable: ReadableStream<Uint8Array>) =>
  await new Response(readable as ReadableStream<Uint8Array<ArrayBuffer>>).text();

test("E2: by a real relay bytes go both ways, until the other side ends", async () => {
  const port = await listen((socket) => socket.once("data", (data) => socket.end(`you said ${data}`)));
  const stream = await relay.connect("127.0.0.1", port);
  const writer = stream.writable.getWriter();
  await writer.write(new TextEncoder().encode("hello"));
  await writer.close();
  expect(await textOf(stream.readable)).toBe("you said hello");
});

test("E2: much more than the relay's credit goes out, and comes back, whole, on several streams at once", async () => {
  const port = await listen((socket) => socket.pipe(socket));
  const size = 3_000_000;
  const echo = async (seed: number) => {
    const stream = await relay.connect("127.0.0.1", port);
    const sent = Uint8Array.from({ length: size }, (_, i) => (i * 31 + seed + (i >>> 9)) & 255);
    const writing = (async () => {
      const writer = stream.writable.getWriter();
      for (let at = 0; at < size; at += 10_000) await writer.write(sent.subarray(at, at + 10_000));
    })();
    const back = new Uint8Array(size);
    let at = 0;
    for await (const chunk of stream.readable) {
      back.set(chunk, at);
      at += chunk.length;
      if (at === size) break;
    }
    await writing;
    return Buffer.compare(back, sent);
  };
  expect(await Promise.all([echo(1), echo(2), echo(3)])).toEqual([0, 0, 0]);
});

test("E2: a host that refuses ends the stream, and says why", async () => {
  const port = await listen(() => undefined);
  const stream = await relay.connect("127.0.0.1", port === 1 ? 2 : 1);
  await expect(textOf(stream.readable)).rejects.toMatchObject({ code: "Network.ConnectionReset" });
});

test("E2: aborting closes the connection at the relay", async () => {
  let closed!: () => void;
  const gone = new Promise<void>((resolve) => {
    closed = resolve;
  });
  const port = await listen((socket) => {
    socket.write("hi");
    socket.on("close", closed).on("end", () => socket.end());
  });
  const stream = await relay.connect("127.0.0.1", port);
  const reader = stream.readable.getReader();
  await reader.read();
  await reader.cancel();
  await gone;
});

test("E2: a relay that goes away fails its streams, and the next connection asks anew", async () => {
  const port = await listen((socket) => socket.pipe(socket));
  const stream = await relay.connect("127.0.0.1", port);
  const reading = textOf(stream.readable);
  const failed = expect(reading).rejects.toMatchObject({ code: "Network.RelayUnavailable" });
  server.close();
  await failed;
  await expect(relay.connect("127.0.0.1", port)).rejects.toMatchObject({ code: "Network.RelayUnavailable" });
});

test("E2: what a relay that was given up still says does not touch the next one", async () => {
  const sockets: WispSocket[] = [];
  const clock = new FakeClock();
  const relay = new WispRelay({
    url: "wss://relay.example/",
    clock,
    openSocket: () => {
      const socket = {
        binaryType: "arraybuffer",
        readyState: 0,
        send: () => undefined,
        close: () => undefined,
        onmessage: null,
        onclose: null,
        onerror: null,
      } satisfies WispSocket;
      sockets.push(socket);
      return socket;
    },
  });
  const first = relay.connect("a.example", 1);
  const failed = expect(first).rejects.toMatchObject({ code: "Network.RelayUnavailable" });
  await clock.advance(15_000);
  await failed;
  const second = relay.connect("b.example", 1);
  // A WebSocket that is closed while it opens tells an error after that (WHATWG WebSockets, "fail the connection").
  sockets[0]?.onerror?.call(sockets[0] as WebSocket, new Event("error"));
  const credit = wispPacket(WISP.continue, 0, Uint8Array.of(8, 0, 0, 0));
  sockets[1]?.onmessage?.call(sockets[1] as WebSocket, new MessageEvent("message", { data: credit.buffer }));
  await second;
  await relay.connect("c.example", 1);
  expect(sockets.length).toBe(2);
});
