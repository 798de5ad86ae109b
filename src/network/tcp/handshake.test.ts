import { expect, test } from "vitest";
import { LEFT, RIGHT, TcpLab } from "../../../test/support/tcp-lab.ts";
import { ACK, RST, SYN, TcpWire } from "../../../test/support/tcp-wire.ts";
import { seededRandom } from "../../base/random.ts";
import { parsePacket } from "../frames/parse.ts";
import { tcpFrame } from "../frames/tcp.ts";
import { synOptions } from "./segment.ts";
import { TcpStack } from "./stack.ts";

const to = { address: RIGHT, port: 80 };

test("T2: SYN is answered with what our side takes, and only where the other side scales, with a scale", () => {
  const wire = new TcpWire();
  wire.listen();
  wire.say({ flags: SYN, options: synOptions(1460, 7) });
  wire.say({ flags: SYN, sourcePort: 5001, options: synOptions(1460, undefined) });
  expect(wire.segments().map(({ mss, windowShift, window }) => [mss, windowShift, window])).toEqual([
    [1460, 5, 65535],
    [1460, undefined, 65535],
  ]);
});

test("T2: what the other side takes in a segment is kept to, 536 bytes where it does not say", async () => {
  for (const [options, size] of [
    [synOptions(1000, undefined), 1000],
    [new Uint8Array(0), 536],
    [synOptions(0, undefined), 88],
  ] as const) {
    const wire = new TcpWire();
    wire.listen();
    const socket = await wire.open({ options });
    void socket.writable.getWriter().write(new Uint8Array(5000));
    await wire.time.pass(0);
    expect(Math.max(...wire.heard().map(({ length }) => length))).toBe(size);
  }
});

test("T2: a SYN that is lost is sent again after 1, 2, 4 s; without an answer connecting fails", async () => {
  const wire = new TcpWire();
  const started = wire.time.now();
  const connected = wire.stack.connect({ from: RIGHT, to: { address: LEFT, port: 22 }, timeoutMs: 6000 });
  const failed = expect(connected).rejects.toMatchObject({ code: "Network.ConnectionTimedOut" });
  await wire.time.until(connected.catch(() => undefined));
  await failed;
  expect(wire.time.now() - started).toBe(6000);
  expect(wire.heard().map(({ flags }) => flags)).toEqual([SYN, SYN, SYN]);
  expect(wire.stack.size).toBe(0);
});

test("T2: without a deadline of its own, SYN is given up after seven", async () => {
  const wire = new TcpWire();
  const connected = wire.stack.connect({ from: RIGHT, to: { address: LEFT, port: 22 }, timeoutMs: 1e9 });
  await expect(wire.time.until(connected)).rejects.toMatchObject({ code: "Network.ConnectionTimedOut" });
  expect(wire.heard()).toHaveLength(7);
});

test("T3: where nothing listens, SYN is answered by RST, and connecting is refused", async () => {
  const lab = new TcpLab(1);
  await expect(lab.time.until(lab.left.connect({ from: LEFT, to }))).rejects.toMatchObject({
    code: "Network.ConnectionRefused",
  });
  expect(lab.right.counters.resetsSent).toBe(1);
});

test("T3: what belongs to no connection is answered by the RST that its sender takes; RST by nothing", () => {
  const wire = new TcpWire();
  wire.say({ flags: ACK, sequence: 10, acknowledgment: 77 }, new Uint8Array(5));
  wire.say({ flags: 0, sequence: 10 }, new Uint8Array(5));
  wire.say({ flags: RST, sequence: 10 });
  expect(wire.heard().map(({ flags, sequence, acknowledgment }) => [flags, sequence, acknowledgment])).toEqual([
    [RST, 77, 0],
    [RST | ACK, 0, 15],
  ]);
});

test("T3: RST for a SYN counts only when it acknowledges that SYN (RFC 5961)", async () => {
  const wire = new TcpWire();
  const connected = wire.stack.connect({ from: RIGHT, to: { address: LEFT, port: 5000 } });
  const refused = expect(connected).rejects.toMatchObject({ code: "Network.ConnectionRefused" });
  const [syn] = wire.segments();
  wire.theirs = syn?.sequence as number;
  const answer = { destinationPort: syn?.from.port as number };
  wire.say({ ...answer, flags: RST });
  wire.say({ ...answer, flags: RST | ACK, acknowledgment: 99 });
  expect(wire.stack.size).toBe(1);
  wire.say({ ...answer, flags: RST | ACK, acknowledgment: 1 });
  await refused;
});

test("T2: both may ask at once", async () => {
  const wire = new TcpWire();
  const connected = wire.stack.connect({ from: RIGHT, to: { address: LEFT, port: 5000 } });
  const [syn] = wire.segments();
  wire.theirs = syn?.sequence as number;
  const here = { destinationPort: syn?.from.port as number };
  wire.say({ ...here, flags: SYN, options: synOptions(1460, undefined) });
  expect(wire.heard()).toMatchObject([{ flags: SYN | ACK, sequence: 0, acknowledgment: 1 }]);
  wire.say({ ...here, flags: SYN | ACK, acknowledgment: 1, options: synOptions(1460, undefined) });
  const socket = await wire.time.until(connected);
  expect(socket.remote).toEqual({ address: LEFT, port: 5000 });
});

test("T2: SYN's answer is repeated when it was lost, and given up after 4", async () => {
  const wire = new TcpWire();
  wire.listen();
  wire.say({ flags: SYN });
  await wire.time.pass(60_000);
  expect(wire.heard().filter(({ flags }) => flags === (SYN | ACK))).toHaveLength(4);
  expect(wire.stack.size).toBe(0);
});

test("T7: a flood of SYNs keeps 128 half-open at most, and who completes the handshake is served", async () => {
  const wire = new TcpWire();
  wire.listen();
  for (let port = 1; port <= 600; port++) wire.say({ flags: SYN, sourcePort: 10_000 + port });
  expect(wire.stack.size).toBe(128);
  expect(wire.stack.counters.halfOpenDropped).toBe(600 - 128);
  wire.segments();
  expect(await wire.open()).toBeDefined();
  expect(wire.accepted).toHaveLength(1);
});

test("T7: beyond the greatest number of connections, SYNs are not answered and asking fails", async () => {
  const wire = new TcpWire({ maxConnections: 2 });
  wire.listen();
  await wire.open();
  wire.say({ flags: SYN, sourcePort: 5001 });
  wire.say({ flags: SYN, sourcePort: 5002 });
  expect(wire.stack.counters.refusedForRoom).toBe(1);
  await expect(wire.stack.connect({ from: RIGHT, to: { address: LEFT, port: 1 } })).rejects.toMatchObject({
    code: "Network.NoPorts",
  });
});

test("T2: a SYN waits for what decides about it, once however often it is sent; then it is refused or taken", async () => {
  const wire = new TcpWire();
  const asked: number[] = [];
  let decide!: (decision: "refuse" | "drop") => void;
  wire.stack.listen({}, (from) => {
    asked.push(from.port);
    return new Promise((resolve) => {
      decide = resolve;
    });
  });
  wire.say({ flags: SYN });
  wire.say({ flags: SYN });
  await wire.time.pass(1000);
  expect([asked, wire.heard()]).toEqual([[5000], []]);
  decide("refuse");
  await wire.time.pass(0);
  expect(wire.heard()).toMatchObject([{ flags: RST | ACK, acknowledgment: 1 }]);
});

test("T2: who was to have a connection hears that it failed", async () => {
  const wire = new TcpWire();
  const events: string[] = [];
  const taken = { onConnection: () => events.push("open"), onFailed: () => events.push("failed") };
  wire.stack.listen({ port: 80 }, () => Promise.resolve(taken));
  wire.say({ flags: SYN });
  await wire.time.pass(0);
  wire.theirs = wire.segments()[0]?.sequence as number;
  wire.say({ flags: RST, sequence: 1 });
  expect(events).toEqual(["failed"]);
});

test("T2: the most particular listener has a connection", async () => {
  const wire = new TcpWire();
  const heard: string[] = [];
  const named = (name: string) => () => ({ onConnection: () => heard.push(name) });
  wire.stack.listen({}, named("any"));
  wire.stack.listen({ address: RIGHT }, named("address"));
  wire.stack.listen({ address: RIGHT, port: 80 }, named("both"));
  wire.stack.listen({ port: 80 }, named("port"));
  await wire.open();
  expect(heard).toEqual(["both"]);
});

test("T2: connecting can be called off", async () => {
  const wire = new TcpWire();
  const controller = new AbortController();
  const connected = wire.stack.connect({ from: RIGHT, to: { address: LEFT, port: 22 }, signal: controller.signal });
  controller.abort(new Error("changed my mind"));
  await expect(connected).rejects.toThrow("changed my mind");
  expect(wire.stack.size).toBe(0);
});

test("T1: a segment whose checksum does not hold is not taken, unless it is yet to be made", () => {
  const sent: unknown[] = [];
  const stack = new TcpStack({ clock: new TcpWire().time, random: seededRandom(1), send: (frame) => sent.push(frame) });
  const fields = { source: LEFT, destination: RIGHT, sourcePort: 1, destinationPort: 2, sequence: 0, flags: SYN };
  const bytes = tcpFrame(fields);
  bytes[50] = 1;
  const packet = parsePacket({ bytes });
  if (packet.malformed !== undefined) throw new Error("malformed");
  stack.receive(packet);
  expect([sent.length, stack.counters.malformed]).toEqual([0, 1]);
  const offload = { needsChecksum: true, csumStart: 34, csumOffset: 16, gsoType: "none", gsoSize: 0, headerBytes: 54 };
  stack.receive(packet, { ...offload, gsoType: "none" });
  expect(sent).toHaveLength(1);
});
