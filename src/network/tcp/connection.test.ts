import { expect, test } from "vitest";
import { LEFT, RIGHT, readPattern, TcpLab, writePattern } from "../../../test/support/tcp-lab.ts";
import { ACK, FIN, PSH, RST, SYN, TcpWire } from "../../../test/support/tcp-wire.ts";
import { CloudError } from "../../base/errors.ts";
import { TIME_WAIT_MS } from "./connection.ts";

const bytes = (length: number) => new Uint8Array(length).fill(7);

test("T4: what is not read closes the window; reading opens it", async () => {
  const wire = new TcpWire({ bufferSize: 4096 });
  wire.listen();
  const socket = await wire.open();
  for (let at = 0; at < 4096; at += 1024) {
    wire.say({ flags: ACK | PSH, sequence: 1 + at, acknowledgment: 1 }, bytes(1024));
  }
  expect(wire.heard().map(({ window }) => window)).toEqual([3072, 2048, 1024, 0]);
  // Beyond the window nothing is taken, and it is said again what is.
  wire.say({ flags: ACK | PSH, sequence: 4097, acknowledgment: 1 }, bytes(1));
  expect(wire.heard()).toMatchObject([{ flags: ACK, acknowledgment: 4097, window: 0 }]);
  const { value } = await socket.readable.getReader().read();
  expect(value).toHaveLength(4096);
  expect(wire.heard()).toMatchObject([{ flags: ACK, acknowledgment: 4097, window: 4096 }]);
});

test("T4: a window of zero is asked about at growing intervals, for as long as it is answered", async () => {
  const wire = new TcpWire();
  wire.listen();
  const socket = await wire.open({ window: 10 });
  void socket.writable.getWriter().write(bytes(100));
  await wire.time.pass(0);
  expect(wire.heard()).toMatchObject([{ length: 10, sequence: 1 }]);
  wire.say({ flags: ACK, sequence: 1, acknowledgment: 11, window: 0 });
  let probes = 0;
  for (let minute = 0; minute < 60; minute++) {
    await wire.time.pass(60_000);
    for (const probe of wire.heard()) {
      expect(probe).toMatchObject({ sequence: 11, length: 1 });
      probes += 1;
      wire.say({ flags: ACK, sequence: 1, acknowledgment: 11, window: 0 });
    }
  }
  expect(probes).toBeGreaterThan(55);
  expect(probes).toBeLessThan(80);
  wire.say({ flags: ACK, sequence: 1, acknowledgment: 11, window: 1000 });
  expect(wire.heard()).toMatchObject([{ sequence: 11, length: 90 }]);
});

test("T4: the byte of a probe may be taken, and counts", async () => {
  const wire = new TcpWire();
  wire.listen();
  const socket = await wire.open({ window: 10 });
  void socket.writable.getWriter().write(bytes(20));
  await wire.time.pass(0);
  wire.say({ flags: ACK, sequence: 1, acknowledgment: 11, window: 0 });
  wire.heard();
  await wire.time.pass(2500);
  expect(wire.heard()[0]).toMatchObject({ sequence: 11, length: 1 });
  wire.say({ flags: ACK, sequence: 1, acknowledgment: 12, window: 100 });
  expect(wire.heard()).toMatchObject([{ sequence: 12, length: 9 }]);
});

test("T4: a machine that does not answer probes is given up", async () => {
  const wire = new TcpWire();
  wire.listen();
  const socket = await wire.open({ window: 0 });
  void socket.writable
    .getWriter()
    .write(bytes(1))
    .catch(() => undefined);
  await expect(wire.time.until(socket.closed)).rejects.toMatchObject({ code: "Network.ConnectionTimedOut" });
  expect(wire.stack.size).toBe(0);
});

test("T5: half-closed: after the other side's end, ours goes on, and the other way round", async () => {
  const lab = new TcpLab(1);
  const [left, right] = await lab.connect();
  const request = writePattern(left, 10);
  expect(await lab.time.until(readPattern(right))).toBe(10);
  await lab.time.until(request);
  await lab.time.pass(300_000);
  const answer = writePattern(right, 500_000);
  expect(await lab.time.until(readPattern(left))).toBe(500_000);
  await lab.time.until(Promise.all([answer, left.closed, right.closed]));
});

test("T5: closing at the same time ends both", async () => {
  const lab = new TcpLab(1);
  const [left, right] = await lab.connect();
  await lab.time.until(Promise.all([left.writable.close(), right.writable.close()]));
  expect(await lab.time.until(Promise.all([readPattern(left), readPattern(right)]))).toEqual([0, 0]);
  await lab.time.until(Promise.all([left.closed, right.closed]));
  expect([lab.left.size, lab.right.size]).toEqual([1, 1]);
  await lab.time.pass(TIME_WAIT_MS + 1);
  expect([lab.left.size, lab.right.size]).toEqual([0, 0]);
});

test("T5: who has closed first answers the other's end again for 10 s; a new SYN takes its place at once", async () => {
  const wire = new TcpWire();
  wire.listen();
  const socket = await wire.open();
  void socket.writable.close();
  await wire.time.pass(0);
  wire.say({ flags: ACK | FIN, sequence: 1, acknowledgment: 2 });
  await socket.closed;
  wire.heard();
  wire.say({ flags: ACK | FIN, sequence: 1, acknowledgment: 2 });
  expect(wire.heard()).toMatchObject([{ flags: ACK, acknowledgment: 2 }]);
  wire.say({ flags: SYN, sequence: 1000 });
  expect(wire.heard()).toMatchObject([{ flags: SYN | ACK, acknowledgment: 1001 }]);
});

test("T5: of connections that only wait, 512 at most are kept", async () => {
  const lab = new TcpLab(1, { delayMs: 0 });
  for (let i = 0; i < 530; i++) {
    const [left, right] = await lab.connect();
    await lab.time.until(Promise.all([left.writable.close(), right.readable.cancel()]));
    await lab.time.until(Promise.all([right.writable.close(), left.readable.cancel()]));
    await lab.time.until(Promise.all([left.closed, right.closed]));
  }
  expect(lab.left.size).toBe(512);
});

test("T6: RST in its place ends the connection; elsewhere in the window it is asked about (RFC 5961)", async () => {
  const wire = new TcpWire();
  wire.listen();
  const socket = await wire.open();
  wire.say({ flags: RST, sequence: 100 });
  expect(wire.heard()).toMatchObject([{ flags: ACK, acknowledgment: 1 }]);
  wire.say({ flags: RST, sequence: 100_000 });
  expect([wire.heard(), wire.stack.size]).toEqual([[], 1]);
  wire.say({ flags: RST, sequence: 1 });
  await expect(socket.closed).rejects.toMatchObject({ code: "Network.ConnectionReset" });
  await expect(socket.readable.getReader().read()).rejects.toMatchObject({ code: "Network.ConnectionReset" });
  await expect(socket.writable.getWriter().write(bytes(1))).rejects.toMatchObject({ code: "Network.ConnectionReset" });
  expect(wire.stack.size).toBe(0);
});

test("T6: a SYN within a connection, and acknowledgements of what was never sent, are asked about, twice a second at most", async () => {
  const wire = new TcpWire();
  wire.listen();
  await wire.open();
  wire.say({ flags: SYN, sequence: 5 });
  expect(wire.heard()).toMatchObject([{ flags: ACK, acknowledgment: 1 }]);
  for (let i = 0; i < 100; i++) wire.say({ flags: ACK, sequence: 1, acknowledgment: 5000 + i });
  expect(wire.heard()).toEqual([]);
  await wire.time.pass(500);
  wire.say({ flags: ACK, sequence: 1, acknowledgment: 5000 });
  expect(wire.heard()).toHaveLength(1);
  expect(wire.stack.size).toBe(1);
});

test("T1: three equal acknowledgements have what is missing sent again at once", async () => {
  const wire = new TcpWire({ offload: false });
  wire.listen();
  const socket = await wire.open();
  void socket.writable.getWriter().write(bytes(1460 * 6));
  await wire.time.pass(0);
  expect(wire.heard()).toHaveLength(6);
  for (let i = 0; i < 2; i++) wire.say({ flags: ACK, sequence: 1, acknowledgment: 1 });
  expect(wire.heard()).toEqual([]);
  wire.say({ flags: ACK, sequence: 1, acknowledgment: 1 });
  expect(wire.heard()).toMatchObject([{ sequence: 1, length: 1460 }]);
  // It was the only one: nothing else is sent twice.
  wire.say({ flags: ACK, sequence: 1, acknowledgment: 1 + 6 * 1460 });
  await wire.time.pass(10_000);
  expect(wire.heard()).toEqual([]);
});

test("T1: without an answer it is sent again at doubling intervals, one segment at a time, and given up after twelve", async () => {
  const wire = new TcpWire({ offload: false });
  wire.listen();
  const socket = await wire.open();
  const started = wire.time.now();
  void socket.writable
    .getWriter()
    .write(bytes(1460 * 3))
    .catch(() => undefined);
  await wire.time.pass(0);
  wire.heard();
  await expect(wire.time.until(socket.closed)).rejects.toMatchObject({ code: "Network.ConnectionTimedOut" });
  const again = wire.heard();
  expect(again.filter(({ length }) => length > 0)).toHaveLength(12);
  expect(again.every(({ sequence }) => sequence === 1 || sequence === 1 + 3 * 1460)).toBe(true);
  expect(wire.time.now() - started).toBeGreaterThan(100_000);
});

test("T1: what comes early waits; the gap is told at once, and its end", async () => {
  const wire = new TcpWire();
  wire.listen();
  const socket = await wire.open();
  wire.say({ flags: ACK, sequence: 101, acknowledgment: 1 }, bytes(100));
  wire.say({ flags: ACK | FIN, sequence: 201, acknowledgment: 1 });
  expect(wire.heard()).toMatchObject([{ acknowledgment: 1 }, { acknowledgment: 1 }]);
  wire.say({ flags: ACK, sequence: 1, acknowledgment: 1 }, bytes(100));
  expect(wire.heard()).toMatchObject([{ acknowledgment: 202 }]);
  const reader = socket.readable.getReader();
  expect((await reader.read()).value).toHaveLength(200);
  expect((await reader.read()).done).toBe(true);
});

test("T1: what comes alone without PSH is acknowledged after 40 ms, two segments at once", async () => {
  const wire = new TcpWire();
  wire.listen();
  await wire.open();
  wire.say({ flags: ACK, sequence: 1, acknowledgment: 1 }, bytes(1460));
  expect(wire.heard()).toEqual([]);
  await wire.time.pass(40);
  expect(wire.heard()).toMatchObject([{ acknowledgment: 1461 }]);
  wire.say({ flags: ACK, sequence: 1461, acknowledgment: 1 }, bytes(1460));
  wire.say({ flags: ACK, sequence: 2921, acknowledgment: 1 }, bytes(1460));
  expect(wire.heard()).toMatchObject([{ acknowledgment: 4381 }]);
});

test("T8: a machine that has gone silent is asked after a minute, and given up when it does not answer", async () => {
  const lab = new TcpLab(1);
  const [left] = await lab.connect();
  await lab.time.pass(3_600_000);
  expect(lab.left.size).toBe(1);
  lab.setFaults({ delayMs: 1, loss: 1 });
  const started = lab.time.now();
  await expect(lab.time.until(left.closed)).rejects.toMatchObject({ code: "Network.ConnectionTimedOut" });
  expect(lab.time.now() - started).toBeLessThan(60_000 + 4 * 15_000 + 1000);
});

test("T5: what comes after both the reading and the writing were given up is answered by RST", async () => {
  const wire = new TcpWire();
  wire.listen();
  const socket = await wire.open();
  await socket.readable.cancel();
  wire.say({ flags: ACK | PSH, sequence: 1, acknowledgment: 1 }, bytes(10));
  expect(wire.heard()).toMatchObject([{ flags: ACK, acknowledgment: 11 }]);
  void socket.writable.close().catch(() => undefined);
  await wire.time.pass(0);
  wire.heard();
  wire.say({ flags: ACK | PSH, sequence: 11, acknowledgment: 2 }, bytes(10));
  expect(wire.heard()).toMatchObject([{ flags: RST | ACK, sequence: 2 }]);
  expect(wire.stack.size).toBe(0);
});

test("T5: aborting tells the other side, and fails what waits", async () => {
  const lab = new TcpLab(1);
  const [left, right] = await lab.connect();
  const reading = readPattern(left);
  const failed = expect(reading).rejects.toMatchObject({ code: "Test.Enough" });
  left.abort(new CloudError("Test.Enough", "enough"));
  await failed;
  await expect(lab.time.until(right.closed)).rejects.toMatchObject({ code: "Network.ConnectionReset" });
  expect([lab.left.size, lab.right.size]).toEqual([0, 0]);
});

test("T5: a stack that is disposed of leaves no timer", async () => {
  const lab = new TcpLab(1);
  await lab.connect();
  lab.left.dispose();
  await lab.time.pass(10);
  lab.right.dispose();
  await lab.time.pass(0);
  expect([lab.left.size, lab.right.size, lab.time.pendingTimers]).toEqual([0, 0, 0]);
});

test("F13: packets live for as many hops as was said", async () => {
  const wire = new TcpWire();
  wire.listen();
  const socket = await wire.open();
  socket.setHopLimit(1);
  void socket.writable.getWriter().write(bytes(1));
  await wire.time.pass(0);
  expect(wire.frames.at(-1)?.bytes[22]).toBe(1);
});

test("T1: nothing is retained of a frame, and a stream's writer waits for room", async () => {
  const wire = new TcpWire({ bufferSize: 4096 });
  wire.listen();
  const socket = await wire.open({ window: 100 });
  const writer = socket.writable.getWriter();
  let written = false;
  void writer.write(bytes(5000)).then(() => {
    written = true;
  });
  await wire.time.pass(0);
  expect(written).toBe(false);
  wire.say({ flags: ACK, sequence: 1, acknowledgment: 101, window: 65535 });
  wire.say({ flags: ACK, sequence: 1, acknowledgment: 4097, window: 65535 });
  await wire.time.pass(0);
  expect(written).toBe(true);
  expect([LEFT, RIGHT]).toEqual([socket.remote.address, socket.local.address]);
});
