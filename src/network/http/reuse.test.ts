import { once } from "node:events";
import * as http from "node:http";
import * as net from "node:net";
import { afterEach, expect, test } from "vitest";
import { FakeClock } from "../../../test/support/fake-clock.ts";
import { connectionOf } from "../../../test/support/node-connection.ts";
import { ClientConnection } from "./client.ts";
import { ConnectionPool } from "./connection-pool.ts";

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

/** A server that answers exactly so, again and again. */
const answering = (...answers: string[]) =>
  listen(
    net.createServer((socket) => {
      socket.on("error", () => undefined);
      let next = 0;
      socket.on("data", () => {
        const answer = answers[next++ % answers.length] as string;
        socket.write(answer);
        if (answer.includes("HTTP/1.0") && !answer.includes("keep-alive")) socket.end();
      });
    }),
  );

async function connect(port: number): Promise<ClientConnection> {
  const socket = net.connect({ port, host: "127.0.0.1", allowHalfOpen: true });
  cleanUps.push(() => socket.destroy());
  await once(socket, "connect");
  return new ClientConnection(connectionOf(socket));
}

/** Asks, reads the answer, and says whether another request may follow. */
async function ask(client: ClientConnection, method = "GET"): Promise<{ status: number; text: string; free: boolean }> {
  let free = false;
  const response = await client.fetch({ target: "/", host: "guest", method }, () => {
    free = true;
  });
  const text = await response.text();
  return { status: response.status, text, free };
}

test("H5: one request follows the other on a connection, with bodies of every kind and none", async () => {
  const connections = new Set<net.Socket>();
  const server = http.createServer((request, response) => {
    connections.add(request.socket);
    if (request.method === "PUT") response.writeHead(204).end();
    else if (request.method === "POST") {
      response.write("in ");
      response.end("chunks");
    } else response.setHeader("Content-Length", 5).end("whole");
  });
  const client = await connect(await listen(server));
  const bodies: [string, number, string][] = [
    ["GET", 200, "whole"],
    ["HEAD", 200, ""],
    ["POST", 200, "in chunks"],
    ["PUT", 204, ""],
    ["GET", 200, "whole"],
  ];
  for (const [method, status, text] of bodies) expect(await ask(client, method)).toEqual({ status, text, free: true });
  expect(connections.size).toBe(1);
});

test.each([
  ["closes", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok", false],
  ["speaks HTTP/1.0", "HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok", false],
  ["speaks HTTP/1.0 and goes on", "HTTP/1.0 200 OK\r\nContent-Length: 2\r\nConnection: keep-alive\r\n\r\nok", true],
  ["says more than it has announced", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 200", false],
  ["has hints before", "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", true],
])("H5: of a server that %s", async (_, answer, free) => {
  const client = await connect(await answering(answer));
  expect(await ask(client)).toEqual({ status: 200, text: "ok", free });
});

test("H5: an answer that nobody has read leaves no connection for another one", async () => {
  const client = await connect(await answering("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf"));
  let free = false;
  const response = await client.fetch({ target: "/", host: "guest" }, () => {
    free = true;
  });
  await response.body?.cancel();
  expect(free).toBe(false);
});

/** A pool, and connections in it to one server; `ends` closes them there. */
async function pooled(count: number, isCurrent = () => true) {
  const clock = new FakeClock();
  const sockets: net.Socket[] = [];
  const port = await listen(net.createServer((socket) => void sockets.push(socket.on("error", () => undefined))));
  const pool = new ConnectionPool(clock);
  cleanUps.push(() => pool.dispose());
  const clients: ClientConnection[] = [];
  for (let made = 0; made < count; made++) {
    const client = await connect(port);
    clients.push(client);
    pool.put(80, { client, isCurrent });
  }
  await expect.poll(() => sockets.length).toBe(count);
  return { clock, pool, clients, sockets };
}

test("H6: six idle connections of a port are kept, the last one is used first, and none for longer than four seconds", async () => {
  const { clock, pool, clients } = await pooled(8);
  expect(pool.size).toBe(6);
  expect(pool.take(81)).toBeUndefined();
  expect(pool.take(80)?.client).toBe(clients[7]);
  await clock.advance(3999);
  expect(pool.size).toBe(5);
  await clock.advance(1);
  expect(pool.size).toBe(0);
  expect(pool.take(80)).toBeUndefined();
});

test("H6: what its server ends or speaks on unasked is kept no longer, nor what goes a way that has changed", async () => {
  const { pool, sockets } = await pooled(3);
  sockets[0]?.end();
  await expect.poll(() => pool.size).toBe(2);
  sockets[1]?.write("HTTP/1.1 408 Request Timeout\r\n\r\n");
  await expect.poll(() => pool.size).toBe(1);
  let current = true;
  const changing = await pooled(2, () => current);
  current = false;
  expect(changing.pool.take(80)).toBeUndefined();
  expect(changing.pool.size).toBe(0);
});
