import { describe, expect, it } from "vitest";
import type { AttachedPort, Frame, Offload } from "../frames/frame.ts";
import { BatchWriter, costOf, MAX_PACKET_BYTES, readBatch } from "./batch.ts";
import { MessageFramePort } from "./message-frame-port.ts";
import { type CardOffloads, PacketChannel, WINDOW_BYTES } from "./packet-channel.ts";
import { PACKET_HEADER_BYTES, readPacketHeader, writePacketHeader } from "./packet-header.ts";

const SEGMENTS: Offload = {
  needsChecksum: true,
  csumStart: 34,
  csumOffset: 16,
  gsoType: "tcpv4",
  gsoSize: 1448,
  headerBytes: 66,
};

/** A port with a network that keeps what it is handed, and its machine's end. */
function lab() {
  const { port1, port2 } = new MessageChannel();
  const received: Frame[] = [];
  const packets: Uint8Array[] = [];
  const errors: unknown[] = [];
  let credits = 0;
  const port = new MessageFramePort(port1, (error) => errors.push(error));
  const refused: number[] = [];
  const attached: AttachedPort = {
    receive: (frame) => received.push(frame),
    refuse: (bytes) => refused.push(bytes),
    dispose: () => {},
  };
  port.attached = attached;
  const machine = new PacketChannel(port2, {
    onPackets: (all) => packets.push(...all),
    onCredit: () => credits++,
    onInvalid: (error) => errors.push(error),
  });
  const until = async (condition: () => boolean) => {
    while (!condition()) await new Promise((resolve) => setTimeout(resolve, 0));
  };
  const close = () => {
    port.dispose();
    machine.dispose();
  };
  const sendFromMachine = (frameBytes: number, offload?: Offload) => {
    const packet = machine.add(PACKET_HEADER_BYTES + frameBytes);
    packet.fill(5);
    writePacketHeader(packet, offload);
  };
  const tell = async (offloads: CardOffloads) => {
    machine.tellOffloads(offloads);
    sendFromMachine(60);
    machine.flush();
    await until(() => received.length > 0);
    received.length = 0;
    port.consumed(1);
  };
  return {
    port,
    port2,
    machine,
    received,
    refused,
    packets,
    errors,
    credits: () => credits,
    until,
    close,
    sendFromMachine,
    tell,
  };
}

const frame = (length: number, offload?: Offload): Frame =>
  offload === undefined
    ? { bytes: new Uint8Array(length).fill(3) }
    : { bytes: new Uint8Array(length).fill(3), offload };

describe("P1 batches", () => {
  it("hold packets of every length, in their order", () => {
    const writer = new BatchWriter();
    const lengths = [26, 1526, MAX_PACKET_BYTES, 27];
    for (const [index, length] of lengths.entries()) writer.add(length).fill(index + 1);
    const batch = writer.take();
    if (batch === undefined) throw new Error("no batch");
    expect(readBatch(batch).map((packet) => [packet.byteLength, packet[0], packet.at(-1)])).toEqual(
      lengths.map((length, index) => [length, index + 1, index + 1]),
    );
    expect(writer.take()).toBeUndefined();
  });

  it("that are cut off, or say what is not so, are refused", () => {
    const good = new Uint8Array(4 + 60);
    new DataView(good.buffer).setUint32(0, 60, true);
    expect(readBatch({ packets: good.buffer, bytes: 64 })).toHaveLength(1);
    const bad = [
      { packets: good.buffer, bytes: 63 },
      { packets: good.buffer, bytes: 65 },
      { packets: good.buffer, bytes: 3 },
      { packets: good.buffer, bytes: 1.5 },
      { packets: new ArrayBuffer(64), bytes: 64 },
    ];
    for (const batch of bad) expect(() => readBatch(batch)).toThrowError(/batch of packets/);
  });
});

describe("P2 headers (virtio 1.2 §5.1.6)", () => {
  it("say what is left to be done, there and back", () => {
    const packet = new Uint8Array(PACKET_HEADER_BYTES + 2000);
    for (const offload of [undefined, SEGMENTS, { ...SEGMENTS, gsoType: "none" as const, gsoSize: 0 }]) {
      packet.fill(0xff);
      writePacketHeader(packet, offload);
      expect(readPacketHeader(packet)).toEqual(offload);
      // Little-endian, as the standard has it, and nothing of the frame.
      expect(new DataView(packet.buffer).getUint16(4, true)).toBe(offload?.gsoSize ?? 0);
      expect(packet.subarray(PACKET_HEADER_BYTES).every((byte) => byte === 0xff)).toBe(true);
    }
  });

  it("from a guest that lies are refused: a checksum outside of the frame, segments of nothing, kinds not offered", () => {
    const header = (change: (view: DataView) => void) => {
      const packet = new Uint8Array(PACKET_HEADER_BYTES + 100);
      writePacketHeader(packet, SEGMENTS);
      change(new DataView(packet.buffer));
      return readPacketHeader(packet);
    };
    expect(header(() => {})).toEqual(SEGMENTS);
    expect(header((view) => view.setUint16(6, 82, true))).toMatchObject({ csumStart: 82 });
    expect(header((view) => view.setUint16(6, 83, true))).toBe("malformed");
    expect(header((view) => view.setUint16(8, 0xffff, true))).toBe("malformed");
    expect(header((view) => view.setUint16(4, 0, true))).toBe("malformed");
    expect(header((view) => view.setUint8(1, 3))).toBe("malformed");
    expect(header((view) => view.setUint8(0, 0))).toBe("malformed");
  });
});

describe("P3 an interface's port", () => {
  it("hands the network what the machine sends, and grants its cost when it is dealt with", async () => {
    const { received, until, sendFromMachine, machine, close } = lab();
    sendFromMachine(60);
    sendFromMachine(9000, SEGMENTS);
    machine.flush();
    await until(() => received.length === 2);
    expect(received[0]).toMatchObject({ bytes: new Uint8Array(60).fill(5) });
    expect(received[0]?.offload).toBeUndefined();
    expect(received[1]?.offload).toEqual(SEGMENTS);
    close();
  });

  it("holds a machine back that sends more than the network deals with", async () => {
    const { port, received, until, machine, sendFromMachine, credits, close } = lab();
    while (machine.hasCredit) sendFromMachine(1500);
    machine.flush();
    const sent = Math.ceil(WINDOW_BYTES / costOf(1512));
    await until(() => received.length === sent);
    expect(credits()).toBe(0);
    port.consumed(sent);
    await until(() => machine.hasCredit);
    expect(credits()).toBeGreaterThan(0);
    close();
  });

  it("does not take what a machine that takes nothing is sent beyond its window", async () => {
    const { port, packets, machine, until, close } = lab();
    let delivered = 0;
    while (port.deliver(frame(1500))) delivered++;
    expect(delivered).toBe(Math.ceil(WINDOW_BYTES / costOf(1512)));
    await until(() => packets.length === delivered);
    machine.grant(2 * costOf(1512));
    await until(() => port.deliver(frame(1500)));
    close();
  });

  it("finishes what the guest cannot take as it is", async () => {
    const { port, packets, until, tell, close } = lab();
    await tell({ checksum: true, tcpv4: true });
    port.deliver(frame(5000, SEGMENTS));
    await until(() => packets.length === 1);
    const whole = packets[0];
    if (whole === undefined) throw new Error("no packet");
    expect(readPacketHeader(whole)).toEqual(SEGMENTS);
    await tell({ checksum: false, tcpv4: false });
    port.deliver(frame(5000, { ...SEGMENTS, gsoType: "none", gsoSize: 0 }));
    await until(() => packets.length === 2);
    const done = packets[1];
    if (done === undefined) throw new Error("no packet");
    expect(readPacketHeader(done)).toBeUndefined();
    close();
  });

  it("tells the network of what a guest's header lies about, and grants it", async () => {
    const { received, refused, until, machine, sendFromMachine, credits, close } = lab();
    while (machine.hasCredit) sendFromMachine(60, { ...SEGMENTS, csumStart: 100 });
    machine.flush();
    await until(() => credits() > 0);
    expect(new Set(refused)).toEqual(new Set([60]));
    const before = refused.length;
    sendFromMachine(60, { ...SEGMENTS, csumStart: 100 });
    sendFromMachine(60);
    machine.flush();
    await until(() => received.length === 1);
    expect(refused).toHaveLength(before + 1);
    close();
  });

  it("is closed by what is none of its messages, and says so", async () => {
    const { port2, errors, until, close } = lab();
    port2.postMessage({ packets: new ArrayBuffer(2), bytes: 2 });
    await until(() => errors.length > 0);
    expect(errors).toMatchObject([{ code: "Protocol.Invalid" }]);
    close();
  });
});
