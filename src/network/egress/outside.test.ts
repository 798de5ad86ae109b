import { once } from "node:events";
import * as http from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, expect, test } from "vitest";
import { openSocket, startWispServer } from "../../../test/support/wisp-server.ts";
import { systemClock } from "../../base/clock.ts";
import { systemRandom } from "../../base/random.ts";
import { formatAddress, parseAddress } from "../addresses.ts";
import type { Frame } from "../frames/frame.ts";
import { parsePacket } from "../frames/parse.ts";
import { udpFrame } from "../frames/udp.ts";
import type { ClientRequest } from "../http/client.ts";
import { fetchOver } from "../http/client.ts";
import { PAGE_ADDRESS } from "../model.ts";
import type { DnsRecord } from "../services/dns-message.ts";
import { TcpStack } from "../tcp/stack.ts";
import { type EgressOptions, Outside } from "./outside.ts";
import { WispRelay } from "./wisp-relay.ts";

const GUEST = parseAddress("198.51.100.7") as number;
const SOMEWHERE = parseAddress("192.0.2.1") as number;

const OWN_ORIGIN = "https://page.example";

const cleanUps: (() => void)[] = [];
afterEach(() => {
  for (const cleanUp of cleanUps.splice(0).reverse()) cleanUp();
});

/** A guest's TCP with a public address, and the world outside; packets that are not TCP are kept. */
function world(egress: EgressOptions = {}) {
  const other: Frame[] = [];
  const later = (deliver: (frame: Frame) => void) => (frame: Frame) => setImmediate(() => deliver(frame));
  const packetOf = (frame: Frame) => {
    const packet = parsePacket(frame);
    if (packet.malformed !== undefined) throw new Error(packet.malformed);
    return packet;
  };
  const options = { clock: systemClock, random: systemRandom };
  const guest: TcpStack = new TcpStack({
    ...options,
    send: later((frame) => outside.receive(packetOf(frame), frame.offload)),
  });
  const outside: Outside = new Outside({
    ...options,
    send: later((frame) => {
      const packet = packetOf(frame);
      if (packet.protocol === 6) guest.receive(packet, frame.offload);
      else other.push(frame);
    }),
  });
  outside.configure(egress);
  cleanUps.push(
    () => outside.dispose(),
    () => guest.dispose(),
  );
  const ask = async (address: number, request: Partial<ClientRequest>, port = 80) => {
    const connection = await guest.connect({ from: GUEST, to: { address, port } });
    return await fetchOver(connection, { target: "/", host: "example.com", ...request });
  };
  return { guest, outside, other, packetOf, ask };
}

async function webServer(handle: http.RequestListener): Promise<number> {
  const server = http.createServer(handle).listen(0, "127.0.0.1");
  cleanUps.push(() => server.close());
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}

/** A page's fetch, which is told what it was asked for and answers. */
function fakeFetch(answer: (url: URL, init: RequestInit) => Response | Promise<Response>): typeof fetch {
  return async (input, init) => await answer(new URL(String(input)), init ?? {});
}

test("E1: the page reaches a guest's server, from its own address", async () => {
  const { guest, outside } = world();
  const peers: string[] = [];
  guest.listen({ port: 8080 }, (from) => {
    peers.push(formatAddress(from.address));
    return {
      onConnection: (socket) =>
        void (async () => {
          const writer = socket.writable.getWriter();
          await writer.write(new TextEncoder().encode("hello"));
          await writer.close();
          await socket.readable.cancel();
        })(),
    };
  });
  const socket = await outside.connect({ address: GUEST, port: 8080 });
  expect(await new Response(socket.readable).text()).toBe("hello");
  await socket.writable.close();
  expect(peers).toEqual([PAGE_ADDRESS]);
});

test("E1: without a way out, connections are refused, other packets answered by ICMP, and both counted", async () => {
  const { guest, outside, other, packetOf } = world();
  await expect(guest.connect({ from: GUEST, to: { address: SOMEWHERE, port: 80 } })).rejects.toMatchObject({
    code: "Network.ConnectionRefused",
  });
  const fields = { source: GUEST, destination: SOMEWHERE, sourcePort: 1, destinationPort: 53 };
  outside.receive(packetOf({ bytes: udpFrame(fields, new Uint8Array(100)) }), undefined);
  await new Promise((resolve) => setImmediate(resolve));
  const [error] = other.map((frame) => packetOf(frame));
  expect([error?.icmpType, error?.icmpCode, error?.source, error?.destination]).toEqual([3, 13, SOMEWHERE, GUEST]);
  expect(outside.counters).toEqual({ relayed: 0, fetched: 0, refused: 2 });
  expect(await outside.resolve("example.com", 1)).toBe("no-such-name");
});

test("E3: HTTP goes by the page's fetch to the host that was asked for, with method, fields and body", async () => {
  const seen: unknown[] = [];
  const { ask, outside } = world({
    http: {
      onlyHttps: false,
      ownOrigin: OWN_ORIGIN,
      fetch: fakeFetch(async (url, init) => {
        const headers = Object.fromEntries(new Headers(init.headers));
        seen.push(url.href, init.method, init.credentials, headers, await new Response(init.body).text());
        return new Response("x".repeat(100_000), {
          status: 201,
          headers: { "X-Theirs": "1", "Content-Encoding": "gzip" },
        });
      }),
    },
  });
  const headers = new Headers({ "X-Mine": "2", Connection: "close", "User-Agent": "Wget" });
  const answer = await ask(SOMEWHERE, {
    target: "/a?b=c",
    method: "POST",
    headers,
    body: new TextEncoder().encode("body"),
  });
  expect([answer.status, answer.headers.get("x-theirs"), answer.headers.get("content-encoding")]).toEqual([
    201,
    "1",
    null,
  ]);
  expect((await answer.text()).length).toBe(100_000);
  expect(seen).toEqual(["http://example.com/a?b=c", "POST", "omit", { "x-mine": "2" }, "body"]);
  expect(outside.counters.fetched).toBe(1);
});

test("E3: https where it is asked for, and always where the page came by it", async () => {
  const urls: string[] = [];
  const record = fakeFetch((url) => {
    urls.push(url.href);
    return new Response("ok");
  });
  const { ask, outside } = world({ http: { onlyHttps: false, ownOrigin: OWN_ORIGIN, fetch: record } });
  const text = async (request: Partial<ClientRequest>) => await (await ask(SOMEWHERE, request)).text();
  await text({ headers: new Headers({ "X-Forwarded-Proto": "https" }) });
  await text({ target: "https://other.example/x" });
  outside.configure({ http: { onlyHttps: true, ownOrigin: OWN_ORIGIN, fetch: record } });
  await text({});
  expect(urls).toEqual(["https://example.com/", "https://other.example/x", "https://example.com/"]);
});

test("E3: what the browser does not give is a page that says why", async () => {
  const { ask } = world({
    http: {
      onlyHttps: false,
      ownOrigin: OWN_ORIGIN,
      fetch: fakeFetch((url) => {
        if (url.pathname === "/late") throw new DOMException("late", "TimeoutError");
        throw new TypeError("Failed to fetch");
      }),
    },
  });
  const refused = await ask(SOMEWHERE, {});
  expect([refused.status, await refused.text()]).toEqual([502, expect.stringContaining("Access-Control-Allow-Origin")]);
  expect((await ask(SOMEWHERE, { target: "/late" })).status).toBe(504);
  expect((await ask(SOMEWHERE, { method: "TRACE" })).status).toBe(501);
  expect((await ask(SOMEWHERE, { host: "a/b" })).status).toBe(400);
  await expect(ask(SOMEWHERE, {}, 443)).rejects.toMatchObject({ code: "Network.ConnectionRefused" });
});

test.each([
  "localhost:8080",
  "127.0.0.1",
  "127.1",
  "2130706433",
  "0x7f000001",
  "10.1.2.3",
  "192.168.1.1",
  "169.254.169.254",
  "printer",
  "nas.local",
  "a.localhost.",
  "[::1]",
  "[::ffff:127.0.0.1]",
])("E3: nothing of the page's own computer and network is fetched: %s", async (host) => {
  const urls: string[] = [];
  const fetch = fakeFetch((url) => {
    urls.push(url.href);
    return new Response("ok");
  });
  const { ask } = world({ http: { onlyHttps: false, ownOrigin: OWN_ORIGIN, fetch } });
  expect((await ask(SOMEWHERE, { host })).status).toBe(403);
  expect((await ask(SOMEWHERE, { target: `http://${host}/`, host: "example.com" })).status).toBe(403);
  expect(urls).toEqual([]);
});

test("E3: nothing of the page's own origin is fetched, which the page could read", async () => {
  const urls: string[] = [];
  const fetch = fakeFetch((url) => {
    urls.push(url.href);
    return new Response("ok");
  });
  const { ask } = world({ http: { onlyHttps: true, ownOrigin: OWN_ORIGIN, fetch } });
  expect((await ask(SOMEWHERE, { host: "page.example" })).status).toBe(403);
  expect((await ask(SOMEWHERE, { host: "other.page.example" })).status).toBe(200);
  expect(urls).toEqual(["https://other.page.example/"]);
});

test("E4: a name gets an address that stands for it, and a connection there goes to the name", async () => {
  const hosts: string[] = [];
  const { ask, outside } = world({
    http: {
      onlyHttps: false,
      ownOrigin: OWN_ORIGIN,
      fetch: fakeFetch((url) => {
        hosts.push(url.hostname);
        return new Response("ok");
      }),
    },
  });
  const [record] = (await outside.resolve("web.example", 1)) as readonly DnsRecord[];
  const address = parseAddress((record?.data ?? []).join(".")) as number;
  expect(formatAddress(address)).toMatch(/^198\.1[89]\./);
  expect(await outside.resolve("web.example", 28)).toEqual([]);
  expect(await outside.resolve("web.example", 1)).toEqual([record]);
  await (await ask(address, { host: "web.example" })).text();
  expect(hosts).toEqual(["web.example"]);
});

test("E2: any port goes by a relay that is configured, names as they are", async () => {
  const wisp = await startWispServer();
  const relay = new WispRelay({ url: wisp.url, clock: systemClock, openSocket });
  cleanUps.push(
    () => wisp.close(),
    () => relay.dispose(),
  );
  const port = await webServer((request, response) => response.end(`for ${request.headers.host}`));
  const { ask, outside, guest } = world({ relay, relayLocal: true });
  const loopback = parseAddress("127.0.0.1") as number;
  expect(await (await ask(loopback, { host: "by-address" }, port)).text()).toBe("for by-address");
  const [record] = (await outside.resolve("localhost", 1)) as readonly DnsRecord[];
  const synthetic = parseAddress((record?.data ?? []).join(".")) as number;
  expect(await (await ask(synthetic, { host: "by-name" }, port)).text()).toBe("for by-name");
  expect(outside.counters.relayed).toBe(2);
  relay.dispose();
  await expect(guest.connect({ from: GUEST, to: { address: loopback, port } })).rejects.toMatchObject({
    code: "Network.ConnectionRefused",
  });
});

/** A relay that takes everything, and says what it was asked for. */
function silentRelay() {
  const asked: string[] = [];
  const connect = async (host: string, port: number) => {
    asked.push(`${host}:${port}`);
    return { readable: new ReadableStream(), writable: new WritableStream(), abort: () => {} };
  };
  return { asked, relay: { connect } };
}

test.each([
  "localhost",
  "a.localhost",
  "printer",
  "nas.local",
  "router.home.arpa",
  "db.internal",
  "127.0.0.1",
  "127.1",
  "0x7f.1",
  "2130706433",
  "10.1.2.3",
  "172.16.0.1",
  "192.168.1.1",
  "169.254.169.254",
  "100.100.100.100",
  "0.0.0.0",
  "a b.example",
])("E2: a relay is not asked for its own computer and network, unless it is said: %s", async (name) => {
  const { asked, relay } = silentRelay();
  const { outside, guest } = world({ relay });
  expect(await outside.resolve(name, 1)).toBe("no-such-name");
  const [stands] = (await outside.resolve("web.example", 1)) as readonly DnsRecord[];
  const address = parseAddress((stands?.data ?? []).join(".")) as number;
  await guest.connect({ from: GUEST, to: { address, port: 22 } });
  // What an earlier answer stands for, or an address as it is, comes to the same.
  outside.configure({ relay, relayLocal: true });
  const [record] = (await outside.resolve(name, 1)) as readonly DnsRecord[];
  outside.configure({ relay });
  const addresses = [parseAddress((record?.data ?? []).join(".")), parseAddress(name)];
  for (const to of addresses.filter((one) => one !== undefined)) {
    const refused = guest.connect({ from: GUEST, to: { address: to, port: 80 } });
    await expect(refused).rejects.toMatchObject({ code: "Network.ConnectionRefused" });
  }
  expect(asked).toEqual(["web.example:22"]);
});

test("E2: a guest that has all of its connections leaves the others and the page theirs", async () => {
  const { relay } = silentRelay();
  const { guest, outside } = world({ relay });
  const connect = (from: number, timeoutMs = 30_000) =>
    guest.connect({ from, to: { address: SOMEWHERE, port: 443 }, timeoutMs });
  for (let opened = 0; opened < 512; opened += 64) await Promise.all(Array.from({ length: 64 }, () => connect(GUEST)));
  await expect(connect(GUEST, 100)).rejects.toMatchObject({ code: "Network.ConnectionTimedOut" });
  await connect(GUEST + 1);
  guest.listen({ port: 8080 }, () => ({ onConnection: () => {} }));
  await outside.connect({ address: GUEST, port: 8080 });
});

test("E4: with a resolver, its addresses are the answer, and what it does not know does not exist", async () => {
  const asked: string[] = [];
  const port = await webServer((request, response) => {
    asked.push(request.url ?? "");
    const isKnown = request.url?.includes("known.example");
    const answer = [
      { type: 5, TTL: 60, data: "other.example." },
      { type: 1, TTL: 30, data: "192.0.2.8" },
      { type: 1, TTL: 30, data: "nonsense" },
    ];
    response.end(
      JSON.stringify(isKnown ? { Status: 0, Answer: answer } : { Status: request.url?.includes("bad") ? 2 : 3 }),
    );
  });
  const { outside } = world({ dnsOverHttpsUrl: `http://127.0.0.1:${port}/dns-query` });
  expect(await outside.resolve("known.example", 1)).toEqual([
    { type: 1, ttlSeconds: 30, data: Uint8Array.of(192, 0, 2, 8) },
  ]);
  expect(await outside.resolve("none.example", 1)).toBe("no-such-name");
  await expect(outside.resolve("bad.example", 1)).rejects.toMatchObject({ code: "Network.ResolverUnavailable" });
  expect(await outside.resolve("known.example", 15)).toEqual([]);
  expect(asked[0]).toBe("/dns-query?name=known.example&type=A");
});
