import { describe, expect, it } from "vitest";
import { seededRandom } from "../../../src/base/random.ts";
import { FakeBus } from "../../../test/support/fake-virtio.ts";
import { FakeVsockGuest, packetBytes, type ReceivedPacket } from "../../../test/support/fake-vsock-guest.ts";
import { VirtioVsock, type VsockConnection } from "./virtio-vsock.ts";
import { RECEIVE_BUFFER_BYTES } from "./virtio-vsock-credit.ts";
import { OP, SHUTDOWN_SEND } from "./virtio-vsock-packet.ts";
import { MAX_CONNECTIONS } from "./virtio-vsock-table.ts";

type Rng = ReturnType<typeof seededRandom>;
const SLOT = 6;
const PORT = 77;

/** Byte `index` of stream `name`: cheap, and different at every lost or doubled chunk. */
const patternAt = (name: number, index: number) => (index * 31 + (index >>> 8) * 7 + name) & 0xff;
const pattern = (name: number, from: number, length: number) =>
  Uint8Array.from({ length }, (_, offset) => patternAt(name, from + offset));

/** A guest's end of one stream that obeys §5.10.6.3, at its own pace. */
class ModelStream {
  readonly port: number;
  readonly bufferBytes: number;
  /** How much goes each way: many windows, but not 100 000 of three bytes. */
  readonly total: number;
  sent = 0;
  received = 0;
  forwarded = 0;
  hostAllocated = 0;
  hostForwarded = 0;
  ended = false;
  hostEnded = false;

  constructor(port: number, bufferBytes: number) {
    this.port = port;
    this.bufferBytes = bufferBytes;
    this.total = Math.min(300_000, bufferBytes * 1000);
  }

  get header() {
    return {
      sourcePort: this.port,
      destinationPort: PORT,
      bufferAllocated: this.bufferBytes,
      forwarded: this.forwarded,
    };
  }

  /** As Linux: the smaller of both buffers. */
  get credit(): number {
    return Math.min(this.hostAllocated, this.bufferBytes) - (this.sent - this.hostForwarded);
  }

  onPacket(packet: ReceivedPacket): void {
    expect(packet.op).not.toBe(OP.reset);
    this.hostAllocated = packet.bufferAllocated;
    this.hostForwarded = packet.forwarded;
    expect(packet.bufferAllocated).toBe(RECEIVE_BUFFER_BYTES);
    if (packet.op === OP.shutdown) this.hostEnded = true;
    if (packet.op !== OP.data) return;
    for (let index = 0; index < packet.length; index++) {
      if (packet.payload[index] !== patternAt(this.port + 1, this.received + index)) {
        throw new Error(`byte ${this.received + index} of stream ${this.port} is wrong`);
      }
    }
    this.received += packet.length;
    // The host must never be more than our buffer ahead of what we said that we have read.
    expect(this.received - this.forwarded).toBeLessThanOrEqual(this.bufferBytes);
  }
}

/** The host's end: writes its pattern, checks the guest's. */
async function runHost(connection: VsockConnection, total: number, rng: Rng): Promise<number> {
  const writing = (async () => {
    for (let sent = 0; sent < total; ) {
      const length = Math.min(1 + rng.int(rng.int(4) === 0 ? 100_000 : 500), total - sent);
      await connection.write(pattern(connection.peerPort + 1, sent, length));
      sent += length;
    }
    connection.closeWrite();
  })();
  let received = 0;
  for (let bytes = await connection.read(); bytes !== undefined; bytes = await connection.read()) {
    for (const byte of bytes) {
      if (byte !== patternAt(connection.peerPort, received++)) throw new Error(`byte ${received - 1} came wrong`);
    }
    for (let pause = rng.int(5); pause > 0; pause--) await Promise.resolve();
  }
  await writing;
  return received;
}

const settle = async () => {
  for (let turn = 0; turn < 20; turn++) await Promise.resolve();
};

describe("streams of a guest that obeys", () => {
  it.each([1, 2, 3, 4, 5, 6, 7, 8])("arrive whole both ways, within the credit (seed %i)", async (seed) => {
    const rng = seededRandom(seed);
    const bus = new FakeBus();
    const device = new VirtioVsock({ createDevice: bus.createDevice, slot: SLOT });
    const guest = new FakeVsockGuest(bus.driver(SLOT), 45 + rng.int(5000));
    guest.driver.start();
    const hosts: Promise<number>[] = [];
    const streams = [1000, 2000, 3000].map((port) => new ModelStream(port, 1 + rng.int(512 << rng.int(11))));
    const totals = streams.map(({ total }) => total);
    device.listen(PORT, (connection) => {
      const stream = streams.find(({ port }) => port === connection.peerPort);
      hosts.push(runHost(connection, stream?.total ?? 0, rng));
    });
    for (const stream of streams) guest.send({ ...stream.header, op: OP.request });

    const take = () => {
      for (const packet of guest.receive()) {
        streams.find(({ port }) => port === packet.destinationPort)?.onPacket(packet);
      }
    };
    const step = (stream: ModelStream) => {
      const action = rng.int(4);
      if (action === 0) guest.fill(rng.int(guest.driver.queue(0).size + 1));
      else if (action === 1 && stream.credit > 0 && !stream.ended) {
        const length = Math.min(1 + rng.int(65_536), stream.credit, stream.total - stream.sent);
        const payload = pattern(stream.port, stream.sent, length);
        stream.sent += length;
        guest.send({ ...stream.header, op: OP.data }, payload);
        stream.ended = stream.sent === stream.total;
        if (stream.ended) guest.send({ ...stream.header, op: OP.shutdown, flags: SHUTDOWN_SEND });
      } else if (action === 2 && stream.received > stream.forwarded) {
        stream.forwarded += 1 + rng.int(stream.received - stream.forwarded);
        guest.send({ ...stream.header, op: OP.creditUpdate });
      } else if (action === 3) guest.send({ ...stream.header, op: OP.creditRequest });
    };
    const finished = () => streams.every((stream) => stream.ended && stream.hostEnded);
    // A small buffer takes some 10 000 steps; a stall would never end, so the bound is generous.
    for (let steps = 0; !finished(); steps++) {
      if (steps > 300_000) throw new Error(`stalled: ${JSON.stringify(streams)}`);
      step(streams[rng.int(streams.length)] as ModelStream);
      await settle();
      take();
    }
    expect(await Promise.all(hosts)).toEqual(totals);
    expect(streams.map(({ received }) => received)).toEqual(totals);
    expect(device.stats.malformed).toBe(0);
  });
});

describe("any packets at all", () => {
  const seeds = Array.from({ length: 20 }, (_, index) => 100 + index);
  it.each(seeds)("do no harm (seed %i)", async (seed) => {
    const rng = seededRandom(seed);
    const bus = new FakeBus();
    const device = new VirtioVsock({ createDevice: bus.createDevice, slot: SLOT });
    const guest = new FakeVsockGuest(bus.driver(SLOT), 44 + rng.int(200));
    const open: VsockConnection[] = [];
    const own = (connection: VsockConnection) => {
      open.push(connection);
      void (async () => {
        while ((await connection.read()) !== undefined);
      })().catch(() => {});
    };
    device.listen(PORT, own);
    guest.driver.start();

    const oneOf = <T>(...values: T[]) => values[rng.int(values.length)] as T;
    const any32 = () => Math.floor(rng.next() * 2 ** 32);
    for (let steps = 0; steps < 2000; steps++) {
      const action = rng.int(20);
      if (action === 0) guest.fill(rng.int(30));
      else if (action === 1) guest.receive();
      else if (action === 2) device.connect(oneOf(PORT, rng.int(5)), AbortSignal.abort()).catch(() => {});
      else if (action === 3) device.connect(rng.int(5)).then(own, () => {});
      else if (action === 4) open[rng.int(open.length)]?.write(rng.bytes(rng.int(500))).catch(() => {});
      else if (action === 5) oneOf(...open)?.[oneOf("reset" as const, "closeWrite" as const)]();
      else if (action === 6 && rng.int(20) === 0) {
        guest.driver.reset();
        guest.driver.start();
      } else {
        const payload = rng.bytes(rng.int(4) === 0 ? rng.int(3000) : rng.int(20));
        const bytes = packetBytes(
          {
            sourceCid: oneOf(3, 3, 3, 3, 3, 2, any32()),
            destinationCid: oneOf(2, 2, 2, 2, 2, 3, any32()),
            sourcePort: rng.int(5),
            destinationPort: oneOf(PORT, PORT, 49_152 + rng.int(30), any32()),
            length: oneOf(payload.byteLength, payload.byteLength, payload.byteLength, rng.int(4000), any32()),
            type: oneOf(1, 1, 1, 1, 1, 1, 2, rng.int(65_536)),
            op: oneOf(1, 2, 3, 4, 5, 5, 5, 5, 6, 7, rng.int(65_536)),
            flags: oneOf(0, 1, 2, 3, any32()),
            bufferAllocated: oneOf(0, 10, 1 << 18, any32()),
            forwarded: oneOf(0, rng.int(1000), any32()),
          },
          payload,
        );
        const tx = guest.driver.queue(1);
        if (tx.availableCount < tx.size) tx.post({ readable: bytes.slice(0, oneOf(1e6, 1e6, 1e6, rng.int(60))) });
        if (rng.int(3) > 0) guest.driver.notify(1);
        tx.takeUsed();
      }
      if (rng.int(3) === 0) await settle();
      expect(device.stats.connections).toBeLessThanOrEqual(MAX_CONNECTIONS);
    }

    // Whatever came before: a new guest is served.
    guest.driver.reset();
    const fresh = new FakeVsockGuest(guest.driver);
    fresh.start();
    const before = open.length;
    fresh.send({ op: OP.request, sourcePort: 9999, destinationPort: PORT });
    await settle();
    expect(fresh.receive()).toMatchObject([{ op: OP.response }]);
    await open[before]?.write(new Uint8Array([42]));
    expect([...(fresh.receive()[0]?.payload ?? [])]).toEqual([42]);
    device.dispose();
  });
});
