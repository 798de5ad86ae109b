import { beforeEach, describe, expect, it } from "vitest";
import { FakeVsockGuest, packetBytes } from "../../../test/support/fake-vsock-guest.ts";
import { bytesOf, text, VsockLab } from "../../../test/support/vsock-lab.ts";
import { MAX_STRAY_RESETS, type VsockConnection } from "./virtio-vsock.ts";
import { MAX_QUEUED_BYTES } from "./virtio-vsock-connection.ts";
import { RECEIVE_BUFFER_BYTES } from "./virtio-vsock-credit.ts";
import { OP, SHUTDOWN_SEND } from "./virtio-vsock-packet.ts";

const { PORT } = VsockLab;

let device: VsockLab["device"];
let driver: VsockLab["driver"];
let guest: VsockLab["guest"];
let ops: VsockLab["ops"];
let accepted: VsockLab["accepted"];

beforeEach(() => {
  ({ device, driver, guest, ops, accepted } = new VsockLab());
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
