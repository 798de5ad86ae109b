import { once } from "node:events";
import * as http from "node:http";
import * as net from "node:net";
import { afterEach, expect, test } from "vitest";
import { connectionOf } from "../../../test/support/node-connection.ts";
import { InstanceFetch } from "./instance-fetch.ts";

/** An instance's ports, by these servers: real sockets stand for its network. */
const ADDRESS = "198.18.0.7";
const cleanUps: (() => void)[] = [];
afterEach(() => {
  for (const cleanUp of cleanUps.splice(0)) cleanUp();
});

async function instance(servers: Readonly<Record<number, http.RequestListener | net.Server>>) {
  const network = { isCurrent: true, opened: [] as number[] };
  const ports = new Map<number, number>();
  for (const [port, given] of Object.entries(servers)) {
    const server = given instanceof net.Server ? given : http.createServer(given);
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    cleanUps.push(() => server.close());
    ports.set(Number(port), (server.address() as net.AddressInfo).port);
  }
  const made = new InstanceFetch(async (port) => {
    network.opened.push(port);
    const socket = net.connect({ port: ports.get(port) ?? 1, host: "127.0.0.1", allowHalfOpen: true });
    cleanUps.push(() => socket.destroy());
    await once(socket, "connect");
    const state = {
      get isCurrent() {
        return network.isCurrent;
      },
    };
    return { connection: Object.assign(Object.create(state), connectionOf(socket)), address: ADDRESS };
  });
  return { network, fetch: made.fetch.bind(made), webSocket: made.webSocket.bind(made) };
}

/** Says what it was asked. */
const echo: http.RequestListener = (request, response) => {
  const { method, url, headers } = request;
  let body = "";
  request.setEncoding("utf8").on("data", (text) => {
    body += text;
  });
  request.on("end", () => {
    response.setHeader("Content-Type", "application/json");
    response.end(JSON.stringify({ method, url, headers, body }));
  });
};

test("F09: connections are used again, and a POST has one of its own", async () => {
  const { network, fetch } = await instance({ 80: echo });
  for (const path of ["/a", "/b", "c d?e=ö#f"]) await (await fetch(path, {})).text();
  expect(network.opened).toEqual([80]);
  const posted = (await (await fetch("/", { method: "post", body: "x" })).json()) as { method: string };
  expect(posted.method).toBe("POST");
  expect(network.opened).toEqual([80, 80]);
  expect(((await (await fetch("c d?e=ö#f", {})).json()) as { url: string }).url).toBe("/c%20d?e=%C3%B6");
});

test("F55: once the network has changed, each request asks it anew", async () => {
  const { network, fetch } = await instance({ 80: echo });
  await (await fetch("/", {})).text();
  network.isCurrent = false;
  await (await fetch("/", {})).text();
  await (await fetch("/", {})).text();
  expect(network.opened).toEqual([80, 80, 80]);
});

test("H6: a request whose connection had ended by then goes by another one, unless it must not be sent twice", async () => {
  let requests = 0;
  const server = net.createServer((socket) => {
    socket.on("error", () => undefined);
    let isFirst = true;
    // The second request finds a server that has just gone.
    socket.on("data", () => {
      requests++;
      if (isFirst) socket.write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
      else socket.destroy();
      isFirst = false;
    });
  });
  const { network, fetch } = await instance({ 80: server });
  for (let asked = 0; asked < 3; asked++) expect(await (await fetch("/", {})).text()).toBe("ok");
  expect([network.opened.length, requests]).toEqual([3, 5]);
});

test.each([
  ["text", "text", "text/plain;charset=UTF-8", "text"],
  ["parameters", new URLSearchParams({ a: "b c" }), "application/x-www-form-urlencoded;charset=UTF-8", "a=b+c"],
  ["a blob", new Blob(["blob"], { type: "text/x" }), "text/x", "blob"],
  ["bytes", new TextEncoder().encode("bytes"), undefined, "bytes"],
  ["a buffer", new TextEncoder().encode("buffer").buffer, undefined, "buffer"],
])("a body may be %s, with its length and kind", async (_, body, type, sent) => {
  const { fetch } = await instance({ 80: echo });
  const answer = await (await fetch("/", { method: "PUT", body })).json();
  expect(answer).toMatchObject({ method: "PUT", body: sent });
  expect(answer.headers["content-type"]).toBe(type);
  expect(answer.headers["content-length"]).toBe(String(sent.length));
});

test("a body may be a stream, and a form", async () => {
  const { fetch } = await instance({ 80: echo });
  const stream = await (await fetch("/", { method: "PUT", body: new Blob(["stream"]).stream() })).json();
  expect(stream).toMatchObject({ body: "stream", headers: { "transfer-encoding": "chunked" } });
  const form = new FormData();
  form.set("name", "value");
  const answer = await (await fetch("/", { method: "POST", body: form })).json();
  expect(answer.headers["content-type"]).toMatch(/^multipart\/form-data; ?boundary=/);
  expect(answer.body).toContain('name="name"');
});

test.each([[{ method: "GET", body: "x" }], [{ method: "CONNECT" }], [{ method: "A B" }]])(
  "what cannot be asked is refused: %o",
  async (options) => {
    const { fetch } = await instance({ 80: echo });
    await expect(fetch("/", options)).rejects.toMatchObject({ code: "InvalidParameterValue" });
  },
);

/** Redirects by the path: /STATUS/where. */
const redirecting: http.RequestListener = (request, response) => {
  const [, status = "", ...where] = request.url?.split("/") ?? [];
  if (!/^3\d\d$/.test(status)) return echo(request, response);
  request.resume();
  response.writeHead(Number(status), { Location: decodeURIComponent(where.join("/")) }).end("moved");
};
const to = (where: string) => encodeURIComponent(where);

test("redirects are followed as fetch does it, on whatever port of the instance", async () => {
  const { network, fetch } = await instance({ 80: redirecting, 8080: echo });
  const followed = await fetch(`/301/${to("/302/%2Fend%3Fa")}`, {});
  expect(await followed.json()).toMatchObject({ url: "/end?a" });
  expect([followed.url, followed.redirected]).toEqual([`http://${ADDRESS}/end?a`, true]);
  const headers = { Authorization: "Basic x", "X-Mine": "1" };
  const other = await (
    await fetch(`/307/${to(`http://${ADDRESS}:8080/x`)}`, { method: "PUT", body: "b", headers })
  ).json();
  expect(other).toMatchObject({ method: "PUT", body: "b", headers: { host: `${ADDRESS}:8080`, "x-mine": "1" } });
  expect(other.headers.authorization).toBeUndefined();
  expect(network.opened.at(-1)).toBe(8080);
  for (const [status, method, expected] of [
    [303, "PUT", "GET"],
    [302, "POST", "GET"],
    [302, "PUT", "PUT"],
    [308, "POST", "POST"],
  ] as const) {
    const answer = await (await fetch(`/${status}/${to("/end")}`, { method, body: "b" })).json();
    expect([status, answer.method, answer.body]).toEqual([status, expected, expected === "GET" ? "" : "b"]);
  }
});

test("redirects that are not followed are errors, or answers where that is wanted", async () => {
  const { fetch } = await instance({ 80: redirecting });
  const code = "Network.RedirectNotFollowed";
  for (const where of ["https://198.18.0.7/", "http://elsewhere.example/", "javascript:1"]) {
    await expect(fetch(`/302/${to(where)}`, {})).rejects.toMatchObject({ code, details: { location: where } });
  }
  await expect(fetch("/302/%2F", { redirect: "error" })).rejects.toMatchObject({ code });
  const stream = () => new Blob(["x"]).stream();
  await expect(fetch(`/307/${to("/end")}`, { method: "PUT", body: stream() })).rejects.toMatchObject({ code });
  const manual = await fetch(`/302/${to("http://elsewhere.example/")}`, { redirect: "manual" });
  expect([manual.status, manual.headers.get("location"), await manual.text()]).toEqual([
    302,
    "http://elsewhere.example/",
    "moved",
  ]);
  const around = await instance({ 80: (_, response) => void response.writeHead(302, { Location: "/" }).end() });
  await expect(around.fetch("/", {})).rejects.toMatchObject({ code, message: expect.stringContaining("20 times") });
});

test("a signal ends a request while it is answered, and not one that comes after", async () => {
  const { fetch } = await instance({ 80: (_, response) => void response.write("begun") });
  const over = new AbortController();
  const response = await fetch("/", { signal: over.signal });
  const reading = response.text();
  over.abort(new Error("enough"));
  await expect(reading).rejects.toThrow("enough");
  await expect(fetch("/", { signal: over.signal })).rejects.toThrow("enough");
});
