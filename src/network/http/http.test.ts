import { once } from "node:events";
import * as http from "node:http";
import * as net from "node:net";
import { Readable } from "node:stream";
import { afterEach, expect, test } from "vitest";
import { FakeClock } from "../../../test/support/fake-clock.ts";
import { connectionOf } from "../../../test/support/node-connection.ts";
import { systemClock } from "../../base/clock.ts";
import { fetchOver, upgradeOver } from "./client.ts";
import type { HttpConnection, HttpRequest, HttpResponse } from "./message.ts";
import { serveHttp, text } from "./server.ts";

const cleanUps: (() => void)[] = [];
afterEach(() => {
  for (const cleanUp of cleanUps.splice(0)) cleanUp();
});

async function listen(server: net.Server): Promise<number> {
  server.listen(0, "127.0.0.1");
  cleanUps.push(() => server.close());
  await once(server, "listening");
  return (server.address() as net.AddressInfo).port;
}

/** Our server, on a real socket; gives its port. */
async function serve(handle: (request: HttpRequest) => HttpResponse | Promise<HttpResponse>): Promise<number> {
  return await listen(
    net.createServer({ allowHalfOpen: true }, (socket) => {
      cleanUps.push(() => socket.destroy());
      void serveHttp(connectionOf(socket), handle, { clock: systemClock, headers: [["Server", "test"]] });
    }),
  );
}

/** What our server says to exactly these bytes. */
async function say(port: number, bytes: string): Promise<string> {
  const socket = net.connect(port, "127.0.0.1");
  socket.end(bytes, "latin1");
  let answer = "";
  for await (const chunk of socket) answer += chunk;
  return answer;
}

const echo = async ({ method, target, body }: HttpRequest): Promise<HttpResponse> =>
  text(`${method} ${target} ${await new Response(body).text()}`);

/** Our client, to a real server. */
async function connect(port: number): Promise<HttpConnection> {
  const socket = net.connect({ port, host: "127.0.0.1", allowHalfOpen: true });
  cleanUps.push(() => socket.destroy());
  await once(socket, "connect");
  return connectionOf(socket);
}

async function nodeServer(handle: http.RequestListener): Promise<number> {
  return await listen(http.createServer(handle));
}

test("H1: a real client is served, with bodies of known and unknown length, on one connection", async () => {
  const port = await serve(echo);
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
  cleanUps.push(() => agent.destroy());
  const sockets = new Set<unknown>();
  for (const chunked of [false, true, false]) {
    const request = http.request({ port, host: "127.0.0.1", path: "/a?b", method: "PUT", agent });
    if (!chunked) request.setHeader("Content-Length", 6);
    request.write("abc");
    request.end("def");
    const [response] = (await once(request, "response")) as [http.IncomingMessage];
    sockets.add(response.socket);
    expect(await new Response(Readable.toWeb(response) as ReadableStream).text()).toBe("PUT /a?b abcdef");
    expect(response.headers).toMatchObject({ server: "test", connection: "keep-alive", "content-type": /text\/plain/ });
  }
  expect(sockets.size).toBe(1);
});

test("H1: who wants to be told to go on is told", async () => {
  const port = await serve(echo);
  const request = http.request({ port, host: "127.0.0.1", method: "POST", headers: { Expect: "100-continue" } });
  request.flushHeaders();
  await once(request, "continue");
  request.end("now");
  const [response] = (await once(request, "response")) as [http.IncomingMessage];
  expect(await new Response(Readable.toWeb(response) as ReadableStream).text()).toBe("POST / now");
});

test("H1: HTTP/1.0 is spoken, streams end with the connection there and are chunked else; HEAD has no body", async () => {
  const stream = () => new Response("stream").body as ReadableStream<Uint8Array>;
  const port = await serve(() => ({ status: 200, body: stream() }));
  expect(await say(port, "GET / HTTP/1.0\r\n\r\n")).toMatch(
    /^HTTP\/1.1 200 OK\r\n[\s\S]*Connection: close\r\n\r\nstream$/,
  );
  expect(await say(port, "GET / HTTP/1.1\r\nHost: a\r\n\r\n")).toMatch(
    /chunked[\s\S]*\r\n\r\n6\r\nstream\r\n0\r\n\r\n$/,
  );
  expect(await say(port, "HEAD / HTTP/1.1\r\nHost: a\r\n\r\n")).toMatch(/chunked[\s\S]*\r\n\r\n$/);
});

test("H1: several requests at once are answered in order", async () => {
  const port = await serve(({ target }) => text(`<${target}>`));
  const answer = await say(port, "GET /1 HTTP/1.1\nHost: a\n\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\n\r\n");
  expect(answer.match(/<\/\d>/g)).toEqual(["</1>", "</2>"]);
});

const REFUSED: readonly [string, string, number][] = [
  ["no request line", "hello\r\n\r\n", 400],
  ["a method that is none", "G(T / HTTP/1.1\r\nHost: a\r\n\r\n", 400],
  ["HTTP/2", "GET / HTTP/2.0\r\nHost: a\r\n\r\n", 505],
  ["no host", "GET / HTTP/1.1\r\n\r\n", 400],
  ["a folded field", "GET / HTTP/1.1\r\nHost: a\r\n b\r\n\r\n", 400],
  ["a space before the colon", "GET / HTTP/1.1\r\nHost : a\r\n\r\n", 400],
  ["a field with NUL", "GET / HTTP/1.1\r\nHost: a\0b\r\n\r\n", 400],
  ["a lone CR", "GET / HTTP/1.1\r\nHost: a\rX: b\r\n\r\n", 400],
  ["two lengths", "PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab", 400],
  ["a length that is none", "PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n", 400],
  ["length and chunks", "PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", 400],
  ["an unknown coding", "PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", 501],
  ["an unknown expectation", "PUT / HTTP/1.1\r\nHost: a\r\nExpect: miracles\r\n\r\n", 417],
  ["a chunk without size", "PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n", 400],
  ["a head without end", `GET / HTTP/1.1\r\nX: ${"a".repeat(20_000)}`, 431],
  ["many fields", `GET / HTTP/1.1\r\n${"X: aaaaaaaaaaaaaaa\r\n".repeat(1000)}\r\n`, 431],
];

test.each(REFUSED)("H2: %s is refused, and ends the connection", async (_, request, status) => {
  const port = await serve(echo);
  const answer = await say(port, `${request}GET / HTTP/1.1\r\nHost: a\r\n\r\n`);
  expect(answer.match(/HTTP\/1.1 \d+/g)).toEqual([`HTTP/1.1 ${status}`]);
  expect(answer).toContain("Connection: close");
});

test("H2: a body that nobody reads is passed over, and one that is too long ends the connection", async () => {
  const port = await serve(() => text("no, thanks"));
  const request = (length: number) =>
    `PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: ${length}\r\n\r\n${"x".repeat(length)}`;
  expect((await say(port, request(1000) + request(10))).match(/no, thanks/g)).toHaveLength(2);
  expect((await say(port, request(1_000_000))).match(/Connection: close/g)).toHaveLength(1);
});

test("H2: a client that says nothing in the middle of a body is given up after 30 s", async () => {
  const clock = new FakeClock();
  const ends: string[] = [];
  let client!: ReadableStreamDefaultController<Uint8Array>;
  const connection: HttpConnection = {
    readable: new ReadableStream({
      start: (controller) => {
        client = controller;
        const request = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nhalf";
        controller.enqueue(new TextEncoder().encode(request));
      },
    }),
    writable: new WritableStream(),
    abort: (error) => {
      ends.push(error.code);
      client.error(error);
    },
  };
  const handle = async ({ body }: HttpRequest) => text(await new Response(body as ReadableStream<never>).text());
  const served = serveHttp(connection, handle, { clock });
  await clock.advance(29_999);
  expect(ends).toEqual([]);
  await clock.advance(1);
  expect(ends[0]).toBe("Network.ConnectionTimedOut");
  await served;
});

test("H3: a real server's answers are read: of known length, chunked, until the end, and none", async () => {
  const port = await nodeServer((request, response) => {
    if (request.url === "/204") response.writeHead(204).end();
    else if (request.url === "/hints") {
      response.writeEarlyHints({ link: "</style.css>; rel=preload" });
      response.end("after hints");
    } else if (request.url === "/chunks") {
      response.write("a".repeat(100_000));
      response.end("b");
    } else if (request.url === "/close") {
      response.removeHeader("transfer-encoding");
      response.useChunkedEncodingByDefault = false;
      response.end("until the end");
    } else
      response
        .setHeader("Content-Length", 5)
        .setHeader("X-Method", request.method ?? "")
        .end("hello");
  });
  const get = async (target: string, method = "GET") =>
    await fetchOver(await connect(port), { target, method, host: "guest" });
  const plain = await get("/");
  expect([plain.status, plain.statusText, await plain.text()]).toEqual([200, "OK", "hello"]);
  expect((await (await get("/chunks")).text()).length).toBe(100_001);
  expect(await (await get("/close")).text()).toBe("until the end");
  expect(await (await get("/hints")).text()).toBe("after hints");
  const empty = await get("/204");
  expect([empty.status, empty.body]).toEqual([204, null]);
  const head = await get("/", "HEAD");
  expect([head.headers.get("x-method"), head.headers.get("content-length"), head.body]).toEqual(["HEAD", "5", null]);
});

test("H3: a body is sent whole or as a stream, with the caller's fields", async () => {
  const port = await nodeServer((request, response) => {
    response.setHeader("X-Said", JSON.stringify(request.headers));
    request.pipe(response);
  });
  for (const body of [new TextEncoder().encode("bytes"), new Response("stream").body as ReadableStream<Uint8Array>]) {
    const headers = new Headers({ "X-Mine": "1", Connection: "upgrade", "Content-Length": "99" });
    const answer = await fetchOver(await connect(port), { target: "/", method: "POST", host: "guest", headers, body });
    expect(await answer.text()).toMatch(/^(bytes|stream)$/);
    expect(JSON.parse(answer.headers.get("x-said") ?? "")).toMatchObject({
      host: "guest",
      "x-mine": "1",
      connection: "close",
    });
  }
});

test("H3: an answer that is cut short is an error, and so is one that is not HTTP", async () => {
  const answers: Readonly<Record<string, string>> = {
    "/cut": "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc",
    "/other": "SSH-2.0-OpenSSH_9.2\r\n\r\n",
    "/none": "",
    "/switch": "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n",
  };
  const port = await listen(
    net.createServer((socket) => {
      socket.on("error", () => undefined);
      socket.once("data", (data) => socket.end(answers[String(data).split(" ")[1] ?? ""] ?? ""));
    }),
  );
  const get = async (target: string) => await fetchOver(await connect(port), { target, host: "guest" });
  await expect((await get("/cut")).text()).rejects.toThrow("7 bytes before");
  await expect(get("/other")).rejects.toMatchObject({ code: "Network.InvalidHttpMessage" });
  await expect(get("/none")).rejects.toMatchObject({ code: "Network.ConnectionReset" });
  await expect(get("/switch")).rejects.toMatchObject({ code: "Network.InvalidHttpMessage" });
});

test("H3: a request can be called off while its answer is waited for", async () => {
  const port = await nodeServer(() => undefined);
  const controller = new AbortController();
  const answer = fetchOver(await connect(port), { target: "/", host: "guest", signal: controller.signal });
  controller.abort(new Error("enough"));
  await expect(answer).rejects.toThrow("enough");
});

test("H4: after 101 the connection is the caller's, with what had come already", async () => {
  const server = http.createServer();
  server.on("upgrade", (_request, socket) => {
    socket.write("HTTP/1.1 101 Switching Protocols\r\nUpgrade: echo\r\nConnection: Upgrade\r\n\r\nfirst ");
    socket.pipe(socket);
  });
  const port = await listen(server);
  const answer = await upgradeOver(await connect(port), {
    target: "/",
    host: "guest",
    headers: new Headers({ Upgrade: "echo" }),
  });
  if (answer.kind !== "upgraded") throw new Error("refused");
  const writer = answer.stream.writable.getWriter();
  await writer.write(new TextEncoder().encode("second"));
  await writer.close();
  expect(await new Response(answer.stream.readable as ReadableStream<Uint8Array<ArrayBuffer>>).text()).toBe(
    "first second",
  );
});

test("H4: another answer than 101 is the server's refusal", async () => {
  const port = await nodeServer((_, response) => {
    response.writeHead(426).end("not here");
  });
  const answer = await upgradeOver(await connect(port), { target: "/", host: "guest" });
  if (answer.kind !== "refused") throw new Error("upgraded");
  expect([answer.response.status, await answer.response.text()]).toEqual([426, "not here"]);
});
