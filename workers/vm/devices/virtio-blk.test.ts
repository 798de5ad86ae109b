import { describe, expect, it } from "vitest";
import { seededRandom } from "../../../src/base/random.ts";
import type { BlockDevice } from "../../../src/blockstore/block-device.ts";
import { FakeBus, type UsedBuffer } from "../../../test/support/fake-virtio.ts";
import { VirtioBlk } from "./virtio-blk.ts";

const SLOT = 5;
const SECTORS = 256;
const T = { in: 0, out: 1, flush: 4, getId: 8, discard: 11, writeZeroes: 13 };
const OK = 0;
const IOERR = 1;
const UNSUPP = 2;

/** A disk in memory that can be made slow or broken. */
class TestDisk implements BlockDevice {
  readonly data: Uint8Array;
  readOnly = false;
  cached = true;
  error: Error | undefined;
  readonly log: string[] = [];
  readonly #held: (() => void)[] = [];
  holding = false;

  constructor(sectors = SECTORS) {
    this.data = Uint8Array.from({ length: sectors * 512 }, (_, index) => (index >> 9) & 0xff);
  }
  get sizeBytes() {
    return this.data.byteLength;
  }
  readCached(offset: number, length: number) {
    return this.cached ? this.#slice(offset, length) : undefined;
  }
  async read(offset: number, length: number) {
    await this.#wait();
    return this.#slice(offset, length);
  }
  write(offset: number, data: Uint8Array) {
    this.#check(offset, data.byteLength);
    this.log.push(`write ${offset} ${data.byteLength}`);
    this.data.set(data, offset);
    return this.holding || this.error !== undefined ? this.#wait() : undefined;
  }
  discard(offset: number, length: number) {
    this.#check(offset, length);
    this.log.push(`discard ${offset} ${length}`);
    this.data.fill(0, offset, offset + length);
    return this.error === undefined ? undefined : this.#wait();
  }
  async flush() {
    await this.#wait();
    this.log.push("flush");
  }
  close() {
    return Promise.resolve();
  }
  release(index = 0) {
    this.#held.splice(index, 1)[0]?.();
  }
  async #wait() {
    if (this.holding) await new Promise<void>((resolve) => this.#held.push(resolve));
    if (this.error !== undefined) throw this.error;
  }
  #slice(offset: number, length: number) {
    this.#check(offset, length);
    return this.data.slice(offset, offset + length);
  }
  #check(offset: number, length: number) {
    if (offset < 0 || offset % 512 || length <= 0 || length % 512 || offset + length > this.sizeBytes) {
      throw new Error(`the device let through ${length} bytes at ${offset}`);
    }
  }
}

function setUp(change: (disk: TestDisk) => void = () => {}) {
  const disk = new TestDisk();
  change(disk);
  const bus = new FakeBus();
  const errors: unknown[] = [];
  const device = new VirtioBlk({
    createDevice: bus.createDevice,
    slot: SLOT,
    device: "vda",
    serial: "vol-0123456789abcdef0",
    disk,
    onError: (error) => errors.push(error),
  });
  const driver = bus.driver(SLOT);
  driver.start();
  const queue = driver.queue(0);
  const post = (type: number, sector: number, data: Uint8Array | undefined, writableBytes: number) => {
    queue.post({ readable: request(type, sector, data), writableBytes });
    driver.notify(0);
  };
  return { disk, bus, driver, device, queue, post, errors };
}

function request(type: number, sector: number, data: Uint8Array = new Uint8Array(0)): Uint8Array {
  const bytes = new Uint8Array(16 + data.byteLength);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, type, true);
  view.setUint32(8, sector >>> 0, true);
  view.setUint32(12, Math.floor(sector / 2 ** 32), true);
  bytes.set(data, 16);
  return bytes;
}

function ranges(...list: [sector: number, sectors: number, flags?: number][]): Uint8Array {
  const bytes = new Uint8Array(16 * list.length);
  const view = new DataView(bytes.buffer);
  list.forEach(([sector, sectors, flags = 0], index) => {
    view.setUint32(16 * index, sector, true);
    view.setUint32(16 * index + 8, sectors, true);
    view.setUint32(16 * index + 12, flags, true);
  });
  return bytes;
}

const statusOf = (used: UsedBuffer | undefined) => used?.written.at(-1);
/** Lets pending promises of the device run. */
const settle = () => new Promise<void>((resolve) => setTimeout(resolve, 0));

describe("virtio-blk (virtio 1.2 §5.2)", () => {
  it("reads what is in memory at once", () => {
    const { queue, post, driver } = setUp();
    post(T.in, 3, undefined, 1024 + 1);
    const [used] = queue.takeUsed();
    expect(statusOf(used)).toBe(OK);
    expect([used?.written.byteLength, used?.written[0], used?.written[512]]).toEqual([1025, 3, 4]);
    expect(driver.interrupts).toBe(1);
  });

  it("answers in the order in which requests finish, not in which they came", async () => {
    const { queue, post, disk } = setUp((disk) => {
      disk.cached = false;
      disk.holding = true;
    });
    post(T.in, 1, undefined, 513);
    post(T.in, 2, undefined, 513);
    disk.release(1);
    await settle();
    const [first] = queue.takeUsed();
    expect([first?.id, first?.written[0], statusOf(first)]).toEqual([1, 2, OK]);
    disk.release(0);
    await settle();
    expect(queue.takeUsed()[0]?.id).toBe(0);
  });

  it("writes, flushes, and says so only when it is done", async () => {
    const { queue, post, disk } = setUp();
    post(T.out, 7, new Uint8Array(512).fill(0xaa), 1);
    expect(statusOf(queue.takeUsed()[0])).toBe(OK);
    expect(disk.data[7 * 512]).toBe(0xaa);
    disk.holding = true;
    post(T.flush, 0, undefined, 1);
    await settle();
    expect(queue.takeUsed()).toEqual([]);
    disk.release();
    await settle();
    expect(statusOf(queue.takeUsed()[0])).toBe(OK);
  });

  it("does not acknowledge a write that the disk has not accepted", async () => {
    const { queue, post, disk } = setUp((disk) => {
      disk.holding = true;
    });
    post(T.out, 0, new Uint8Array(512), 1);
    await settle();
    expect(queue.takeUsed()).toEqual([]);
    disk.release();
    await settle();
    expect(statusOf(queue.takeUsed()[0])).toBe(OK);
  });

  it("makes every write durable in write-through mode", async () => {
    const { queue, post, driver, disk } = setUp();
    driver.configField("writeback").write?.(0);
    post(T.out, 0, new Uint8Array(512), 1);
    await settle();
    expect(statusOf(queue.takeUsed()[0])).toBe(OK);
    expect(disk.log).toEqual(["write 0 512", "flush"]);
  });

  it("M13 makes every write durable for a driver that knows of no cache, as a BIOS is (virtio 1.2 §5.2.6.2)", async () => {
    const { queue, post, driver, disk } = setUp();
    driver.reset();
    driver.start([32]);
    post(T.out, 0, new Uint8Array(512), 1);
    await settle();
    expect(statusOf(queue.takeUsed()[0])).toBe(OK);
    expect(disk.log).toEqual(["write 0 512", "flush"]);
  });

  it("tells the volume's id", () => {
    const { queue, post } = setUp();
    post(T.getId, 0, undefined, 21);
    const [used] = queue.takeUsed();
    expect(new TextDecoder().decode(used?.written.subarray(0, 20))).toBe("vol-0123456789abcdef");
    expect(statusOf(used)).toBe(OK);
  });

  it("discards and zeroes ranges", () => {
    const { queue, post, disk } = setUp();
    post(T.discard, 0, ranges([8, 8], [64, 16]), 1);
    post(T.writeZeroes, 0, ranges([1, 1, 1]), 1);
    expect(queue.takeUsed().map(statusOf)).toEqual([OK, OK]);
    expect(disk.log).toEqual(["discard 4096 4096", "discard 32768 8192", "discard 512 512"]);
  });

  it("refuses discards with flags that mean something else", () => {
    const { queue, post, disk } = setUp();
    post(T.discard, 0, ranges([0, 8, 1]), 1);
    post(T.writeZeroes, 0, ranges([0, 8, 2]), 1);
    expect(queue.takeUsed().map(statusOf)).toEqual([UNSUPP, UNSUPP]);
    expect(disk.log).toEqual([]);
  });

  it("turns errors of the disk into I/O errors, with no data, and reports them", async () => {
    const { queue, post, disk, errors } = setUp((disk) => {
      disk.cached = false;
      disk.error = new Error("chunk missing");
    });
    post(T.in, 3, undefined, 513);
    post(T.out, 3, new Uint8Array(512), 1);
    post(T.flush, 0, undefined, 1);
    post(T.discard, 0, ranges([0, 8]), 1);
    await settle();
    const used = queue.takeUsed();
    expect(used.map(statusOf)).toEqual([IOERR, IOERR, IOERR, IOERR]);
    const read = used.find(({ id }) => id === 0);
    expect(read?.written.subarray(0, 512).every((byte) => byte === 0)).toBe(true);
    expect(errors).toEqual([disk.error, disk.error, disk.error, disk.error]);
  });

  it("refuses what is outside of the disk, or misaligned", () => {
    const { queue, post } = setUp();
    post(T.in, SECTORS, undefined, 513);
    post(T.in, SECTORS - 1, undefined, 1025);
    post(T.in, 2 ** 33, undefined, 513);
    post(T.in, 0, undefined, 512);
    post(T.in, 0, undefined, 1);
    post(T.out, SECTORS - 1, new Uint8Array(1024), 1);
    post(T.out, 0, new Uint8Array(100), 1);
    post(T.discard, 0, ranges([SECTORS - 1, 2]), 1);
    post(T.discard, 0, new Uint8Array(15), 1);
    expect(queue.takeUsed().map(statusOf)).toEqual(Array(9).fill(IOERR));
  });

  it("answers what it does not know with UNSUPP", () => {
    const { queue, post } = setUp();
    post(0x1234, 0, undefined, 1);
    expect(statusOf(queue.takeUsed()[0])).toBe(UNSUPP);
  });

  it("gives back a request that has no header, or no room for a status", () => {
    const { queue, driver } = setUp();
    queue.post({ readable: new Uint8Array(15), writableBytes: 1 });
    queue.post({ readable: request(T.in, 0) });
    driver.notify(0);
    const used = queue.takeUsed();
    expect(used.map(({ id }) => id)).toEqual([0, 1]);
    expect(used[1]?.written.byteLength).toBe(0);
  });

  it("offers a read-only disk as one, and writes nothing to it", () => {
    const { queue, post, driver, disk } = setUp((disk) => {
      disk.readOnly = true;
    });
    expect(driver.options.features).toContain(5);
    expect(driver.options.features).not.toContain(13);
    post(T.out, 0, new Uint8Array(512), 1);
    post(T.discard, 0, ranges([0, 8]), 1);
    expect(queue.takeUsed().map(statusOf)).toEqual([IOERR, UNSUPP]);
    expect(disk.log).toEqual([]);
  });

  it("describes the disk in its configuration space (§5.2.4)", () => {
    const { driver, device, disk } = setUp();
    const view = new DataView(driver.readConfig().buffer);
    expect(view.byteLength).toBe(60);
    expect([view.getUint32(0, true), view.getUint32(4, true), view.getUint32(20, true)]).toEqual([SECTORS, 0, 512]);
    expect([view.getUint8(32), view.getUint8(56)]).toEqual([1, 1]);
    Object.defineProperty(disk, "sizeBytes", { value: 2 ** 41 });
    device.capacityChanged();
    expect(driver.configChanges).toBe(1);
    expect(new DataView(driver.readConfig().buffer).getBigUint64(0, true)).toBe(2n ** 32n);
  });

  it("keeps a bounded number in flight and takes the rest as they finish", async () => {
    const { queue, driver, disk } = setUp((disk) => {
      disk.cached = false;
      disk.holding = true;
    });
    for (let index = 0; index < 100; index++) queue.post({ readable: request(T.in, index), writableBytes: 513 });
    driver.notify(0);
    expect(queue.inFlightCount).toBe(32);
    disk.holding = false;
    for (let index = 0; index < 32; index++) disk.release();
    await settle();
    expect(queue.takeUsed().map(({ written }) => written[0])).toEqual(Array.from({ length: 100 }, (_, index) => index));
  });

  it("drains: finishes what is in flight, leaves the rest in the ring until it goes on", async () => {
    const { queue, post, disk, device } = setUp((disk) => {
      disk.cached = false;
      disk.holding = true;
    });
    post(T.in, 1, undefined, 513);
    let drained = false;
    const draining = device.drain().then(() => {
      drained = true;
    });
    post(T.in, 2, undefined, 513);
    await settle();
    expect(drained).toBe(false);
    disk.release();
    await draining;
    expect(queue.takeUsed().map(({ id }) => id)).toEqual([0]);
    expect([queue.inFlightCount, queue.availableCount]).toEqual([0, 1]);
    disk.holding = false;
    device.resume();
    await settle();
    expect(queue.takeUsed().map(({ id }) => id)).toEqual([1]);
  });

  it("goes on from a saved state on another transport", async () => {
    const first = setUp((disk) => {
      disk.cached = false;
    });
    first.driver.configField("writeback").write?.(0);
    await first.device.drain();
    first.post(T.in, 9, undefined, 513);
    const state = structuredClone(first.device.saveState());

    const second = setUp();
    second.device.restoreState(state);
    second.device.resume();
    expect(second.queue.takeUsed().map(({ written }) => written[0])).toEqual([9]);
    expect(second.driver.configField("writeback").read()).toBe(0);
  });

  it("does not answer, after a reset, what was asked before it", async () => {
    const { queue, post, disk, driver } = setUp((disk) => {
      disk.cached = false;
      disk.holding = true;
    });
    post(T.in, 1, undefined, 513);
    driver.reset();
    driver.start();
    disk.release();
    await settle();
    expect(queue.takeUsed()).toEqual([]);
  });

  for (const seed of [1, 2, 3]) {
    it(`never leaves the disk nor throws, whatever the guest asks (seed ${seed})`, async () => {
      const random = seededRandom(seed);
      const { queue, driver, disk, device } = setUp((disk) => {
        disk.cached = seed !== 2;
      });
      const types = [...Object.values(T), 2, 3, 9, 0xffffffff];
      let asked = 0;
      let answered = 0;
      for (let round = 0; round < 300; round++) {
        if (random.int(40) === 0) {
          driver.reset();
          driver.start();
          asked = answered = 0;
        }
        disk.error = random.int(10) === 0 ? new Error("broken") : undefined;
        for (let count = random.int(8); count > 0 && queue.inFlightCount + queue.availableCount < 100; count--) {
          const header = request(
            types[random.int(types.length)] ?? 0,
            random.int(2) ? random.int(SECTORS + 4) : random.int(2 ** 32) * random.int(2 ** 20),
            random.bytes(random.int(3) ? 512 * random.int(6) : random.int(2000)),
          );
          const cut = random.int(20) === 0 ? random.int(header.byteLength) : header.byteLength;
          queue.post({
            readable: header.subarray(0, cut),
            writableBytes: random.int(3) ? 512 * random.int(6) + 1 : random.int(2000),
          });
          asked++;
        }
        driver.notify(0);
        if (random.int(3) === 0) await settle();
        answered += queue.takeUsed().length;
      }
      await device.drain();
      device.resume();
      await settle();
      await settle();
      answered += queue.takeUsed().length;
      expect(answered).toBe(asked);
    });
  }
});
