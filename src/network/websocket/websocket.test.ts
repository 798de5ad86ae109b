import { once } from "node:events";
import * as http from "node:http";
import { createRequire } from "node:module";
import * as net from "node:net";
import { afterEach, expect, test } from "vitest";
import { FakeClock } from "../../../test/support/fake-clock.ts";
import { connectionOf } from "../../../test/support/node-connection.ts";
import { concat } from "../../base/bytes.ts";
import { systemClock } from "../../base/clock.ts";
import { seededRandom, systemRandom } from "../../base/random.ts";
import type { HttpConnection } from "../http/message.ts";
import { WebSocketConnection, type WebSocketMessage } from "./connection.ts";
import { openWebSocket, type WebSocketRequest } from "./handshake.ts";

/** What is used of the package, which has no types: a server that is kept up, as the test of our client. */
interface Peer {
  send(data: string | Uint8Array, options?: { fin?: boolean }): void;
  ping(data: string): void;
  close(code?: number, reason?: string): void;
  terminate(): void;
  on(event: "message", listener: (data: Buffer, isBinary: boolean) => void): void;
  on(event: "pong", listener: (data: Buffer) => void): void;
  on(event: "close", listener: (code: number, reason: Buffer) => void): void;
}
interface Package {
  readonly WebSocketServer: new (
    options: object,
  ) => {
    on(event: "connection", listener: (peer: Peer, request: http.IncomingMessage) => void): void;
  };
}
const { WebSocketServer } = createRequire(import.meta.url)("ws") as Package;

const cleanUps: (() => void)[] = [];
afterEach(() => {
  for (const cleanUp of cleanUps.splice(0)) cleanUp();
});

async function connectTo(server: net.Server): Promise<HttpConnection> {
  server.listen(0, "127.0.0.1");
  cleanUps.push(() => server.close());
  await once(server, "listening");
  const socket = net.connect({ port: (server.address() as net.AddressInfo).port, allowHalfOpen: true });
  cleanUps.push(() => socket.destroy());
  await once(socket, "connect");
  return connectionOf(socket);
}

/** Our end, before a real server. */
async function open(
  onConnection: (peer: Peer, request: http.IncomingMessage) => void,
  request: Partial<WebSocketRequest> = {},
  options: object = {},
) {
  const server = http.createServer();
  const peers = new WebSocketServer({ server, ...options });
  peers.on("connection", onConnection);
  const connection = await connectTo(server);
  const common = { target: "/socket?a", host: "guest", clock: systemClock, random: systemRandom };
  return (await openWebSocket(connection, { ...common, ...request })).socket;
}

/** Compared in no time, where a list of bytes is not. */
const told = (message: WebSocketMessage | undefined) =>
  typeof message === "string" ? message : `bytes ${Buffer.from(message ?? []).toString("hex")}`;

const echo = (peer: Peer) => peer.on("message", (data, isBinary) => peer.send(isBinary ? data : String(data)));

test("W1, W2: a real server has text and bytes of all lengths and gives them back, with the protocol that it took", async () => {
  const asked: string[] = [];
  const socket = await open(
    (peer, { url = "", headers }) => {
      asked.push(url, String(headers.host), String(headers.origin));
      echo(peer);
    },
    { protocols: ["other", "chat"], headers: new Headers({ Origin: "http://page" }) },
    { handleProtocols: (protocols: Set<string>) => (protocols.has("chat") ? "chat" : false) },
  );
  expect(socket.protocol).toBe("chat");
  expect(asked).toEqual(["/socket?a", "guest", "http://page"]);
  const writer = socket.writable.getWriter();
  const reader = socket.readable.getReader();
  for (const length of [0, 1, 125, 126, 65_535, 65_536, 200_000]) {
    for (const message of ["ö".repeat(length / 2), new Uint8Array(length).fill(7)]) {
      const [back] = await Promise.all([reader.read(), writer.write(message)]);
      expect(told(back.value)).toBe(told(message));
    }
  }
  socket.close(3001, "enough");
  expect(await socket.closed).toEqual({ code: 3001, reason: "enough", wasClean: true });
  expect((await reader.read()).done).toBe(true);
});

test("W2, W3: pieces are put together, pings answered, and a server's close is agreed to", async () => {
  const pongs: string[] = [];
  const closes: number[] = [];
  const socket = await open((peer) => {
    peer.on("pong", (data) => {
      pongs.push(String(data));
      peer.close(1001, "going");
    });
    peer.on("close", (code) => closes.push(code));
    peer.send("in ", { fin: false });
    peer.ping("there?");
    peer.send("pieces", { fin: true });
  });
  const reader = socket.readable.getReader();
  expect((await reader.read()).value).toBe("in pieces");
  expect(await socket.closed).toEqual({ code: 1001, reason: "going", wasClean: true });
  await expect.poll(() => closes).toEqual([1001]);
  expect(pongs).toEqual(["there?"]);
});

test("W3: a server that goes without a word is a connection lost", async () => {
  const socket = await open((peer) => peer.terminate());
  await expect(socket.readable.getReader().read()).rejects.toThrow();
  expect(await socket.closed).toEqual({ code: 1006, reason: "", wasClean: false });
  await expect(socket.writable.getWriter().write("x")).rejects.toThrow();
});

test.each([
  ["another answer", "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", "404 Not Found"],
  [
    "a wrong key",
    "HTTP/1.1 101 S\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: x\r\n\r\n",
    "Sec-WebSocket-Accept",
  ],
  ["another protocol", "HTTP/1.1 101 S\r\nUpgrade: h2c\r\nConnection: Upgrade\r\n\r\n", "something else"],
])("W1: %s is no WebSocket", async (_, answer, why) => {
  const server = net.createServer((socket) => {
    socket.on("error", () => undefined);
    socket.once("data", () => socket.write(answer));
  });
  const connection = await connectTo(server);
  const request = { target: "/", host: "guest", clock: systemClock, random: systemRandom };
  const opening = openWebSocket(connection, request);
  await expect(opening).rejects.toMatchObject({
    code: "Network.WebSocketFailed",
    message: expect.stringContaining(why),
  });
});

/** Our end of a connection that is in this test's hands. */
function raw() {
  const clock = new FakeClock();
  let feed!: ReadableStreamDefaultController<Uint8Array>;
  const sent: Uint8Array[] = [];
  const aborts: string[] = [];
  const readable = new ReadableStream<Uint8Array>({
    start: (controller) => {
      feed = controller;
    },
  });
  const writable = new WritableStream<Uint8Array>({ write: (bytes) => void sent.push(bytes.slice()) });
  const abort = ({ code }: { code: string }) => void aborts.push(code);
  const options = { protocol: "", clock, random: seededRandom(1) };
  const socket = new WebSocketConnection({ readable, writable, abort }, options);
  return { clock, socket, sent, aborts, say: (...bytes: number[]) => feed.enqueue(Uint8Array.from(bytes)), feed };
}

/** What a frame of ours says, unmasked. */
function unmasked(frame: Uint8Array): { opcode: number; payload: number[] } {
  expect((frame[1] ?? 0) & 0x80).toBe(0x80);
  const mask = frame.subarray(2, 6);
  return {
    opcode: (frame[0] ?? 0) & 15,
    payload: [...frame.subarray(6)].map((byte, at) => byte ^ (mask[at & 3] ?? 0)),
  };
}

test.each([
  ["bits of an extension", [0xc1, 0], 1002],
  ["an opcode that is none", [0x83, 0], 1002],
  ["a masked frame", [0x81, 0x80, 1, 2, 3, 4], 1002],
  ["a ping in pieces", [0x09, 0], 1002],
  ["a long ping", [0x89, 126, 0, 126], 1002],
  ["a piece without a beginning", [0x80, 0], 1002],
  ["a beginning within a message", [0x01, 0, 0x81, 0], 1002],
  ["text that is not UTF-8", [0x81, 1, 0xff], 1007],
  ["a message of 17 MiB", [0x82, 127, 0, 0, 0, 0, 1, 16, 0, 0], 1009],
  ["a message of more than there is", [0x82, 127, 255, 255, 255, 255, 255, 255, 255, 255], 1009],
  ["a close of one byte", [0x88, 1, 3], 1002],
  ["a close with a code that must not be sent", [0x88, 2, 0x03, 0xee], 1002],
])("W2: %s ends the connection, and the server is told why", async (_, bytes, code) => {
  const { socket, say, sent, aborts } = raw();
  say(...bytes);
  expect(await socket.closed).toEqual({ code: 1006, reason: "", wasClean: false });
  expect(unmasked(sent[0] as Uint8Array)).toEqual({ opcode: 8, payload: [code >> 8, code & 255] });
  expect(aborts).toEqual(["Network.WebSocketFailed"]);
});

test("W3: a server that does not agree to the end is left after five seconds, and what it still says is passed over", async () => {
  const { clock, socket, say, sent, aborts } = raw();
  socket.close();
  say(0x81, 1, 65);
  await clock.advance(4999);
  expect(aborts).toEqual([]);
  await clock.advance(1);
  expect(await socket.closed).toMatchObject({ code: 1006 });
  expect(sent.map(unmasked)).toEqual([{ opcode: 8, payload: [] }]);
  for (const bad of [999, 1005, 5000]) expect(() => socket.close(bad)).toThrow("code");
  expect(() => socket.close(1000, "ö".repeat(62))).toThrow("123 bytes");
});

test("W4: what is not read is not taken", async () => {
  const { socket, feed } = raw();
  for (let made = 0; made < 100; made++) feed.enqueue(Uint8Array.of(0x81, 1, 65));
  await new Promise((resolve) => setTimeout(resolve));
  expect(feed.desiredSize).toBeLessThan(-90);
  const reader = socket.readable.getReader();
  for (let made = 0; made < 100; made++) expect((await reader.read()).value).toBe("A");
  socket.abort();
});

/** A server's frame. */
function serverFrame(opcode: number, isFinal: boolean, payload: Uint8Array): Uint8Array {
  const { length } = payload;
  const head =
    length < 126
      ? [length]
      : length < 65_536
        ? [126, length >> 8, length & 255]
        : [127, 0, 0, 0, 0, 0, length >> 16, (length >> 8) & 255, length & 255];
  return concat([Uint8Array.of((isFinal ? 0x80 : 0) | opcode, ...head), payload]);
}

test.each(Array.from({ length: 30 }, (_, seed) => seed))(
  "W2: messages survive any cutting into pieces and packets (seed %i)",
  async (seed) => {
    const random = seededRandom(seed);
    const { socket, feed } = raw();
    const messages: WebSocketMessage[] = [];
    const frames: Uint8Array[] = [];
    for (let made = 0; made < 20; made++) {
      const bytes = random.bytes(random.int(4) === 0 ? random.int(70_000) : random.int(200)) as Uint8Array<ArrayBuffer>;
      const isText = random.int(2) === 0;
      const text = [...bytes].map((byte) => String.fromCodePoint(byte * 17)).join("");
      messages.push(isText ? text : bytes);
      let rest: Uint8Array = isText ? new TextEncoder().encode(text) : bytes;
      for (let first = true; ; first = false) {
        const length = random.int(3) === 0 ? rest.length : random.int(rest.length + 1);
        const isFinal = length === rest.length;
        frames.push(serverFrame(first ? (isText ? 1 : 2) : 0, isFinal, rest.subarray(0, length)));
        if (random.int(3) === 0) frames.push(serverFrame(9 + random.int(2), true, random.bytes(random.int(126))));
        rest = rest.subarray(length);
        if (isFinal) break;
      }
    }
    const whole = concat([...frames, serverFrame(8, true, Uint8Array.of(3, 232))]);
    for (let at = 0; at < whole.length; ) {
      const length = 1 + random.int(random.int(2) === 0 ? 10 : 5000);
      feed.enqueue(whole.subarray(at, at + length));
      at += length;
    }
    const received: WebSocketMessage[] = [];
    for await (const message of socket.readable) received.push(message);
    expect(received.map(told)).toEqual(messages.map(told));
    expect(await socket.closed).toEqual({ code: 1000, reason: "", wasClean: true });
  },
);

test.each(Array.from({ length: 100 }, (_, seed) => seed))(
  "W5: whatever comes, it ends in order or with 1006 (seed %i)",
  async (seed) => {
    const random = seededRandom(seed);
    const { socket, feed } = raw();
    const good = serverFrame(1 + random.int(2), random.int(2) === 0, random.bytes(random.int(300)));
    const bytes = random.int(2) === 0 ? random.bytes(random.int(600)) : concat([good, good]);
    for (let changed = 0; changed < random.int(6); changed++) bytes[random.int(bytes.length)] = random.int(256);
    feed.enqueue(bytes);
    feed.close();
    const reader = socket.readable.getReader();
    const read = async () => {
      while (!(await reader.read()).done);
    };
    await read().catch(() => undefined);
    const { code, wasClean } = await socket.closed;
    expect(wasClean).toBe(code !== 1006);
  },
);
