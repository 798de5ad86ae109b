import { beforeEach, describe, expect, it } from "vitest";
import { bytesOf, text, VsockLab } from "../../../test/support/vsock-lab.ts";
import type { VsockConnection } from "./virtio-vsock.ts";
import { OP, SHUTDOWN_BOTH, SHUTDOWN_RECEIVE, SHUTDOWN_SEND } from "./virtio-vsock-packet.ts";
import { MAX_CONNECTIONS } from "./virtio-vsock-table.ts";

const { PORT } = VsockLab;

let device: VsockLab["device"];
let driver: VsockLab["driver"];
let guest: VsockLab["guest"];
let ops: VsockLab["ops"];
let accepted: VsockLab["accepted"];

beforeEach(() => {
  ({ device, driver, guest, ops, accepted } = new VsockLab());
});

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

    const restored = new VsockLab();
    restored.device.restoreState(state);
    const event = restored.driver.queue(2).takeUsed();
    expect(event.map(({ written }) => [...written])).toEqual([[0, 0, 0, 0]]);
    expect(restored.driver.interrupts).toBe(1);
    restored.guest.send({}, bytesOf("of an old connection"));
    expect(restored.guest.receive()).toMatchObject([{ op: OP.reset }]);

    device.dispose();
    await connection.closed;
  });

  it("tells it as soon as it posts an event buffer, once", async () => {
    await accepted();
    const restored = new VsockLab();
    restored.device.restoreState(device.saveState());
    const events = restored.driver.queue(2);
    events.post({ writableBytes: 4 });
    events.post({ writableBytes: 4 });
    restored.driver.notify(2);
    expect(events.takeUsed()).toHaveLength(1);
    restored.driver.notify(2);
    expect(events.takeUsed()).toHaveLength(0);
  });

  it("sends no event to a guest whose driver was not up yet", () => {
    const restored = new VsockLab();
    restored.device.restoreState(device.saveState());
    restored.driver.start();
    restored.driver.queue(2).post({ writableBytes: 4 });
    restored.driver.notify(2);
    expect(restored.driver.queue(2).takeUsed()).toEqual([]);
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
