import { beforeEach, describe, expect, it } from "vitest";
import { FakeBus, type FakeDriver } from "../../../test/support/fake-virtio.ts";
import { FakeVsockGuest, packetBytes } from "../../../test/support/fake-vsock-guest.ts";
import { MAX_CONNECTIONS, MAX_STRAY_RESETS, VirtioVsock, type VsockConnection } from "./virtio-vsock.ts";
import { MAX_QUEUED_BYTES, RECEIVE_BUFFER_BYTES } from "./virtio-vsock-connection.ts";
import { OP, SHUTDOWN_BOTH, SHUTDOWN_RECEIVE, SHUTDOWN_SEND } from "./virtio-vsock-packet.ts";

const SLOT = 5;
const PORT = 1024;

let bus: FakeBus;
let device: VirtioVsock;
let driver: FakeDriver;
let guest: FakeVsockGuest;

beforeEach(() => {
  bus = new FakeBus();
  device = new VirtioVsock({ createDevice: bus.createDevice, slot: SLOT });
  driver = bus.driver(SLOT);
  guest = new FakeVsockGuest(driver);
});

const text = (bytes: Uint8Array | undefined) => (bytes === undefined ? undefined : new TextDecoder().decode(bytes));
const bytesOf = (string: string) => new TextEncoder().encode(string);
const ops = () => guest.receive().map((packet) => packet.op);

/** A connection that the guest opened from its port 5000, its RESPONSE already taken. */
async function accepted(bufferAllocated = 1 << 18): Promise<VsockConnection> {
  const connection = new Promise<VsockConnection>((resolve) => device.listen(PORT, resolve));
  guest.start();
  guest.send({ op: OP.request, bufferAllocated });
  expect(guest.receive()).toMatchObject([
    { op: OP.response, sourceCid: 2, destinationCid: 3, sourcePort: PORT, destinationPort: 5000 },
  ]);
  return await connection;
}

/** A connection that the host opened to the guest's port 1024. */
async function connected(): Promise<{ connection: VsockConnection; hostPort: number }> {
  guest.start();
  const connecting = device.connect(PORT);
  const [request] = guest.receive();
  if (request === undefined) throw new Error("no request");
  expect(request).toMatchObject({ op: OP.request, destinationPort: PORT, type: 1, length: 0 });
  guest.send({ op: OP.response, sourcePort: PORT, destinationPort: request.sourcePort });
  return { connection: await connecting, hostPort: request.sourcePort };
}

describe("the device (virtio 1.2 §5.10)", () => {
  it("is a socket device with three queues and the guest's context id", () => {
    expect(driver.options).toMatchObject({ deviceType: 19, features: [32] });
    expect(driver.options.queueSizes).toHaveLength(3);
    expect([...driver.readConfig()]).toEqual([3, 0, 0, 0, 0, 0, 0, 0]);
  });

  it("refuses to connect before the driver is up", async () => {
    await expect(device.connect(PORT)).rejects.toMatchObject({ code: "Vsock.NotReady" });
  });
});

describe("opening", () => {
  it("takes a connection of the guest", async () => {
    const connection = await accepted();
    expect(connection).toMatchObject({ localPort: PORT, peerPort: 5000 });
    guest.send({ op: OP.data }, bytesOf("hello"));
    expect(text(await connection.read())).toBe("hello");
    await connection.write(bytesOf("there"));
    const [packet] = guest.receive();
    expect(packet).toMatchObject({ op: OP.data, destinationPort: 5000, length: 5, forwarded: 5 });
    expect(text(packet?.payload)).toBe("there");
  });

  it("opens a connection to the guest", async () => {
    const { connection, hostPort } = await connected();
    guest.send({ sourcePort: PORT, destinationPort: hostPort }, bytesOf("hi"));
    expect(text(await connection.read())).toBe("hi");
  });

  it("reports a port where nothing listens", async () => {
    guest.start();
    const connecting = device.connect(7);
    const [request] = guest.receive();
    guest.send({ op: OP.reset, sourcePort: 7, destinationPort: request?.sourcePort ?? 0 });
    await expect(connecting).rejects.toMatchObject({ code: "Vsock.Refused", details: { port: 7 } });
    expect(device.stats.connections).toBe(0);
  });

  it("gives up on a signal and tells the guest", async () => {
    guest.start();
    const controller = new AbortController();
    const connecting = device.connect(PORT, controller.signal);
    expect(ops()).toEqual([OP.request]);
    controller.abort(new Error("too long"));
    await expect(connecting).rejects.toThrow("too long");
    expect(ops()).toEqual([OP.reset]);
    await expect(device.connect(PORT, controller.signal)).rejects.toThrow("too long");
  });

  it("resets a request to a port without listener, and after the listener has gone", async () => {
    guest.start();
    guest.send({ op: OP.request });
    expect(guest.receive()).toMatchObject([{ op: OP.reset, sourcePort: PORT, destinationPort: 5000 }]);
    const listener = device.listen(PORT, () => {});
    expect(() => device.listen(PORT, () => {})).toThrowError(expect.objectContaining({ code: "Vsock.PortInUse" }));
    listener.dispose();
    guest.send({ op: OP.request });
    expect(ops()).toEqual([OP.reset]);
  });

  it("resets a connection that the guest opens twice", async () => {
    const connection = await accepted();
    guest.send({ op: OP.request });
    expect(ops()).toEqual([OP.reset]);
    await expect(connection.read()).rejects.toMatchObject({ code: "Vsock.Reset" });
  });

  it("refuses more than MAX_CONNECTIONS, from either side", async () => {
    device.listen(PORT, () => {});
    guest.start();
    for (let port = 0; port < MAX_CONNECTIONS; port++) {
      guest.send({ op: OP.request, sourcePort: 10_000 + port });
      expect(ops()).toEqual([OP.response]);
      guest.fill();
    }
    guest.send({ op: OP.request, sourcePort: 9 });
    expect(ops()).toEqual([OP.reset]);
    await expect(device.connect(PORT)).rejects.toMatchObject({ code: "Vsock.TooManyConnections" });
  });
});

describe("credit (virtio 1.2 §5.10.6.3)", () => {
  it("never sends beyond the guest's credit, asks for more once, and goes on when it comes", async () => {
    const connection = await accepted(10);
    let done = false;
    const writing = connection.write(bytesOf("0123456789abcdef")).then(() => {
      done = true;
    });
    let [data, request, ...others] = guest.receive();
    expect(data).toMatchObject({ op: OP.data, length: 10 });
    expect(request).toMatchObject({ op: OP.creditRequest });
    expect(others).toEqual([]);
    // The guest has read 4 bytes: 4 more may come.
    guest.send({ op: OP.creditUpdate, bufferAllocated: 10, forwarded: 4 });
    [data, request, ...others] = guest.receive();
    expect(text(data?.payload)).toBe("abcd");
    expect(request).toMatchObject({ op: OP.creditRequest });
    expect(done).toBe(false);
    guest.send({ op: OP.creditUpdate, bufferAllocated: 10, forwarded: 14 });
    expect(guest.receive().map(({ payload }) => text(payload))).toEqual(["ef"]);
    await writing;
  });

  it("stops when the guest shrinks its buffer below what is under way", async () => {
    const connection = await accepted(10);
    await connection.write(bytesOf("01234567"));
    guest.receive();
    guest.send({ op: OP.creditUpdate, bufferAllocated: 4, forwarded: 0 });
    const writing = connection.write(bytesOf("xy"));
    expect(ops()).toEqual([OP.creditRequest]);
    guest.send({ op: OP.creditUpdate, bufferAllocated: 4, forwarded: 7 });
    expect(text(guest.receive()[0]?.payload)).toBe("xy");
    await writing;
  });

  it("does not believe a count of bytes that were never sent, or one that goes back", async () => {
    const connection = await accepted(10);
    await connection.write(bytesOf("01234567"));
    guest.send({ op: OP.creditUpdate, bufferAllocated: 10, forwarded: 6 });
    guest.send({ op: OP.creditUpdate, bufferAllocated: 10, forwarded: 3 });
    guest.send({ op: OP.creditUpdate, bufferAllocated: 10, forwarded: 4_000_000_000 });
    guest.receive();
    const writing = connection.write(bytesOf("abcdefghij"));
    expect(text(guest.receive()[0]?.payload)).toBe("abcdefgh");
    connection.reset();
    await expect(writing).rejects.toMatchObject({ code: "Vsock.Reset" });
  });

  it("tells the guest when a quarter of the buffer is read, and answers when asked", async () => {
    const connection = await accepted();
    const quarter = RECEIVE_BUFFER_BYTES / 4;
    guest.send({}, new Uint8Array(quarter - 1));
    guest.send({}, new Uint8Array(1));
    await connection.read();
    expect(guest.receive()).toEqual([]);
    guest.send({ op: OP.creditRequest });
    expect(guest.receive()).toMatchObject([
      { op: OP.creditUpdate, bufferAllocated: RECEIVE_BUFFER_BYTES, forwarded: quarter - 1 },
    ]);
    await connection.read();
    expect(guest.receive()).toEqual([]);
    guest.send({}, new Uint8Array(quarter));
    await connection.read();
    expect(guest.receive()).toMatchObject([{ op: OP.creditUpdate, forwarded: 2 * quarter }]);
  });

  it("does not let a guest with a small buffer stall: Linux sends no more than its own size ahead", async () => {
    const connection = await accepted(4096);
    guest.send({ bufferAllocated: 4096 }, new Uint8Array(4096));
    await connection.read();
    expect(guest.receive()).toMatchObject([{ op: OP.creditUpdate, forwarded: 4096 }]);
  });

  it("drops a guest that sends beyond its credit", async () => {
    const connection = await accepted();
    guest.send({}, new Uint8Array(RECEIVE_BUFFER_BYTES));
    expect(guest.receive()).toEqual([]);
    guest.send({}, new Uint8Array(1));
    expect(ops()).toEqual([OP.reset]);
    await expect(connection.read()).rejects.toMatchObject({ code: "Vsock.Reset" });
  });
});

describe("a full receive queue", () => {
  it("holds writes back until the guest posts buffers, and keeps the order", async () => {
    const connection = await accepted();
    guest = new FakeVsockGuest(driver, 44 + 4);
    while (driver.queue(0).availableCount > 0) await connection.write(new Uint8Array(1));
    guest.receive();
    let done = false;
    const writing = connection.write(bytesOf("0123456789")).then(() => {
      done = true;
    });
    guest.fill(2);
    expect(guest.receive().map(({ payload }) => text(payload))).toEqual(["0123", "4567"]);
    await Promise.resolve();
    expect(done).toBe(false);
    guest.fill(1);
    expect(guest.receive().map(({ payload }) => text(payload))).toEqual(["89"]);
    await writing;
  });

  it("serves connections in turns", async () => {
    const first = await accepted();
    guest = new FakeVsockGuest(driver, 44 + 2);
    const second = new Promise<VsockConnection>((resolve) => {
      device.listen(9, resolve);
    });
    guest.send({ op: OP.request, destinationPort: 9 });
    const other = await second;
    while (driver.queue(0).availableCount > 0) await first.write(new Uint8Array(1));
    guest.receive();
    const writes = Promise.all([first.write(bytesOf("aabbcc")), other.write(bytesOf("xx"))]);
    guest.fill(4);
    expect(guest.receive().map(({ payload }) => text(payload))).toEqual(["aa", "xx", "bb", "cc"]);
    await writes;
  });

  it("gives back buffers that have no room for a packet", async () => {
    const connection = await accepted();
    while (driver.queue(0).availableCount > 0) await connection.write(new Uint8Array(1));
    guest.receive();
    const writing = connection.write(bytesOf("data"));
    const queue = driver.queue(0);
    queue.post({ writableBytes: 10 });
    queue.post({ writableBytes: 44 });
    queue.post({ readable: new Uint8Array(100) });
    queue.post({ writableBytes: 48 });
    driver.notify(0);
    expect(queue.takeUsed().map(({ written }) => written.byteLength)).toEqual([0, 0, 0, 48]);
    await writing;
  });

  it("bounds what a writer that does not wait can queue", async () => {
    const connection = await accepted(1);
    const writes = [connection.write(new Uint8Array(MAX_QUEUED_BYTES)), connection.write(new Uint8Array(100))];
    await expect(writes[1]).rejects.toMatchObject({ code: "Vsock.QueueFull" });
    connection.reset();
    await expect(writes[0]).rejects.toMatchObject({ code: "Vsock.Reset" });
  });

  it("stops taking the guest's packets when too many answers wait, and goes on after (§5.10.6.4)", () => {
    driver.start();
    const tx = driver.queue(1);
    for (let sent = 0; sent < tx.size; sent++) tx.post({ readable: packetBytes({ sourcePort: sent }) });
    driver.notify(1);
    expect(tx.availableCount).toBe(0);
    tx.takeUsed();
    for (let sent = 0; sent < 40; sent++) tx.post({ readable: packetBytes({ sourcePort: 1000 + sent }) });
    driver.notify(1);
    expect(tx.availableCount).toBe(40 - (MAX_STRAY_RESETS - 128));
    guest.fill();
    const resets = guest.receive();
    guest.fill();
    resets.push(...guest.receive());
    expect(resets.map(({ destinationPort }) => destinationPort)).toEqual([
      ...Array.from({ length: 128 }, (_, index) => index),
      ...Array.from({ length: 40 }, (_, index) => 1000 + index),
    ]);
    expect(tx.availableCount).toBe(0);
  });
});

describe("closing", () => {
  it("answers the guest's close with a reset, after everything was read", async () => {
    const connection = await accepted();
    guest.send({}, bytesOf("last words"));
    guest.send({ op: OP.shutdown, flags: SHUTDOWN_BOTH });
    expect(ops()).toEqual([OP.reset]);
    await connection.closed;
    expect(text(await connection.read())).toBe("last words");
    expect(await connection.read()).toBeUndefined();
    await expect(connection.write(bytesOf("x"))).rejects.toMatchObject({ code: "Vsock.Closed" });
    expect(device.stats.connections).toBe(0);
  });

  it("keeps one direction open after the other is shut down", async () => {
    const connection = await accepted();
    const reading = connection.read();
    guest.send({ op: OP.shutdown, flags: SHUTDOWN_SEND });
    expect(await reading).toBeUndefined();
    await connection.write(bytesOf("still here"));
    expect(text(guest.receive()[0]?.payload)).toBe("still here");
    guest.send({ op: OP.shutdown, flags: SHUTDOWN_RECEIVE });
    expect(ops()).toEqual([OP.reset]);
    await connection.closed;
  });

  it("fails writes when the guest receives no more, and goes on reading", async () => {
    const connection = await accepted(2);
    const writing = connection.write(bytesOf("abc"));
    guest.send({ op: OP.shutdown, flags: SHUTDOWN_RECEIVE });
    await expect(writing).rejects.toMatchObject({ code: "Vsock.Closed" });
    await expect(connection.write(bytesOf("x"))).rejects.toMatchObject({ code: "Vsock.Closed" });
    guest.send({}, bytesOf("more"));
    expect(text(await connection.read())).toBe("more");
  });

  it("shuts its own direction down after what was written", async () => {
    const connection = await accepted(3);
    const writing = connection.write(bytesOf("abcdef"));
    connection.closeWrite();
    expect(ops()).toEqual([OP.data, OP.creditRequest]);
    guest.send({ op: OP.creditUpdate, forwarded: 3 });
    expect(guest.receive()).toMatchObject([{ op: OP.data }, { op: OP.shutdown, flags: SHUTDOWN_SEND }]);
    await writing;
    await expect(connection.write(bytesOf("x"))).rejects.toMatchObject({ code: "Vsock.Closed" });
    guest.send({}, bytesOf("answer"));
    expect(text(await connection.read())).toBe("answer");
  });

  it("fails reads and writes on the guest's reset, after what had arrived was read", async () => {
    const connection = await accepted(1);
    const writing = connection.write(bytesOf("abc"));
    guest.send({ bufferAllocated: 1 }, bytesOf("before"));
    guest.receive();
    guest.send({ op: OP.reset, bufferAllocated: 1 });
    expect(guest.receive()).toEqual([]);
    await expect(writing).rejects.toMatchObject({ code: "Vsock.Reset" });
    expect(text(await connection.read())).toBe("before");
    await expect(connection.read()).rejects.toMatchObject({ code: "Vsock.Reset" });
    await connection.closed;
  });

  it("resets on the host's wish; later packets of the guest get a reset", async () => {
    const connection = await accepted();
    const reading = connection.read();
    connection.reset();
    expect(ops()).toEqual([OP.reset]);
    await expect(reading).rejects.toMatchObject({ code: "Vsock.Reset" });
    guest.send({}, bytesOf("late"));
    expect(ops()).toEqual([OP.reset]);
  });
});

describe("what a guest must not send", () => {
  const cases: [string, () => void, number[]][] = [
    ["nothing at all", () => guest.sendRaw(new Uint8Array(0)), []],
    ["half a header", () => guest.sendRaw(new Uint8Array(43)), []],
    ["someone else's address", () => guest.send({ sourceCid: 9 }), []],
    ["a packet for another host", () => guest.send({ destinationCid: 7 }), [OP.reset]],
    ["a packet of another type", () => guest.send({ type: 2 }), [OP.reset]],
    ["a reset of another type", () => guest.send({ type: 2, op: OP.reset }), []],
    ["data of no connection", () => guest.send({ sourcePort: 1 }, bytesOf("x")), [OP.reset]],
    ["a reset of no connection", () => guest.send({ sourcePort: 1, op: OP.reset }), []],
    ["a length beyond the packet", () => guest.send({ length: 5, sourcePort: 1 }, bytesOf("abcd")), [OP.reset]],
    ["a length of 4 GB", () => guest.send({ length: 0xffff_ffff, sourcePort: 1 }, bytesOf("x")), [OP.reset]],
  ];
  it.each(cases)("%s leaves other connections alone", async (_, send, answer) => {
    const connection = await accepted();
    send();
    expect(ops()).toEqual(answer);
    guest.send({}, bytesOf("fine"));
    expect(text(await connection.read())).toBe("fine");
  });

  it.each([
    ["an unknown op", () => guest.send({ op: 99 })],
    ["op 0", () => guest.send({ op: 0 })],
    ["an answer to nothing", () => guest.send({ op: OP.response })],
    ["a length beyond the packet", () => guest.send({ length: 10 }, bytesOf("abc"))],
  ])("%s on a connection resets that connection", async (_, send) => {
    const connection = await accepted();
    send();
    expect(ops()).toEqual([OP.reset]);
    await expect(connection.read()).rejects.toMatchObject({ code: "Vsock.Reset" });
    expect(device.stats.connections).toBe(0);
  });

  it("data after its own shutdown resets the connection", async () => {
    const connection = await accepted();
    guest.send({ op: OP.shutdown, flags: SHUTDOWN_SEND });
    guest.send({}, bytesOf("x"));
    expect(ops()).toEqual([OP.reset]);
    await connection.closed;
  });

  it("an answer other than RESPONSE to a request fails it", async () => {
    guest.start();
    const connecting = device.connect(PORT);
    const [request] = guest.receive();
    guest.send({ op: OP.data, sourcePort: PORT, destinationPort: request?.sourcePort ?? 0 }, bytesOf("x"));
    await expect(connecting).rejects.toMatchObject({ code: "Vsock.Reset" });
    expect(ops()).toEqual([OP.reset]);
  });

  it("ignores bytes after the payload", async () => {
    const connection = await accepted();
    guest.send({ length: 2 }, bytesOf("abcd"));
    expect(text(await connection.read())).toBe("ab");
  });
});

describe("the machine's life", () => {
  it("fails everything when the driver resets the device, and keeps the listeners", async () => {
    const connection = await accepted();
    const reading = connection.read();
    const connecting = device.connect(PORT);
    driver.reset();
    await expect(reading).rejects.toMatchObject({ code: "Vsock.Reset" });
    await expect(connecting).rejects.toMatchObject({ code: "Vsock.Reset" });
    guest.start();
    guest.send({ op: OP.request });
    expect(ops()).toEqual([OP.response]);
  });

  it("goes on after a save", async () => {
    const connection = await accepted();
    await device.drain();
    device.saveState();
    guest.send({}, bytesOf("on"));
    expect(text(await connection.read())).toBe("on");
  });

  it("tells a restored guest that its connections are gone (§5.10.6.7)", async () => {
    const connection = await accepted();
    driver.queue(2).post({ writableBytes: 4 });
    driver.notify(2);
    expect(driver.queue(2).takeUsed()).toEqual([]);
    const state = structuredClone(device.saveState());

    const nextBus = new FakeBus();
    const restored = new VirtioVsock({ createDevice: nextBus.createDevice, slot: SLOT });
    restored.restoreState(state);
    const event = nextBus.driver(SLOT).queue(2).takeUsed();
    expect(event.map(({ written }) => [...written])).toEqual([[0, 0, 0, 0]]);
    expect(nextBus.driver(SLOT).interrupts).toBe(1);
    const restoredGuest = new FakeVsockGuest(nextBus.driver(SLOT));
    restoredGuest.send({}, bytesOf("of an old connection"));
    expect(restoredGuest.receive()).toMatchObject([{ op: OP.reset }]);

    device.dispose();
    await connection.closed;
  });

  it("tells it as soon as it posts an event buffer, once", async () => {
    await accepted();
    const nextBus = new FakeBus();
    const restored = new VirtioVsock({ createDevice: nextBus.createDevice, slot: SLOT });
    restored.restoreState(device.saveState());
    const events = nextBus.driver(SLOT).queue(2);
    events.post({ writableBytes: 4 });
    events.post({ writableBytes: 4 });
    nextBus.driver(SLOT).notify(2);
    expect(events.takeUsed()).toHaveLength(1);
    nextBus.driver(SLOT).notify(2);
    expect(events.takeUsed()).toHaveLength(0);
  });

  it("sends no event to a guest whose driver was not up yet", () => {
    const nextBus = new FakeBus();
    const restored = new VirtioVsock({ createDevice: nextBus.createDevice, slot: SLOT });
    restored.restoreState(device.saveState());
    const nextDriver = nextBus.driver(SLOT);
    nextDriver.start();
    nextDriver.queue(2).post({ writableBytes: 4 });
    nextDriver.notify(2);
    expect(nextDriver.queue(2).takeUsed()).toEqual([]);
  });

  it.each([null, 5, {}, { version: 2 }])("refuses %j as a state", (state) => {
    expect(() => device.restoreState(state)).toThrowError(expect.objectContaining({ code: "MachineState.Mismatch" }));
  });

  it("fails everything when disposed of, and does nothing more", async () => {
    const connection = await accepted();
    const reading = connection.read();
    device.dispose();
    device.dispose();
    await expect(reading).rejects.toMatchObject({ code: "Vsock.Reset" });
    await expect(device.connect(PORT)).rejects.toMatchObject({ code: "Vsock.NotReady" });
    guest.send({}, bytesOf("x"));
    expect(guest.receive()).toEqual([]);
  });
});
