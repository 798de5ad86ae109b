import { describe, expect, it } from "vitest";
import { FakeClock, settle } from "../../../test/support/fake-clock.ts";
import { FakeBus, type UsedBuffer } from "../../../test/support/fake-virtio.ts";
import { InstanceStoreDisk } from "./instance-store.ts";
import { VirtioBlk, type VirtioBlkOptions } from "./virtio-blk.ts";

const SLOT = 6;
const T = { in: 0, out: 1, flush: 4 };
const OK = 0;
const IOERR = 1;

/** A disk whose reads can be held up. */
class SlowDisk extends InstanceStoreDisk {
  readonly held: (() => void)[] = [];
  holding = false;

  override readCached(offset: number, length: number): Uint8Array | undefined {
    return this.holding ? undefined : super.readCached(offset, length);
  }

  override async read(offset: number, length: number): Promise<Uint8Array> {
    await new Promise<void>((resolve) => this.held.push(resolve));
    return await super.read(offset, length);
  }
}

function setUp(options: Partial<VirtioBlkOptions> = {}) {
  const disk = new SlowDisk(1 << 20);
  const bus = new FakeBus();
  const clock = new FakeClock();
  const errors: unknown[] = [];
  const plug = (onto: FakeBus) =>
    new VirtioBlk({
      createDevice: onto.createDevice,
      slot: SLOT,
      device: "vdb",
      serial: "vol-1",
      disk,
      clock,
      onError: (error) => errors.push(error),
      ...options,
    });
  const device = plug(bus);
  const driver = bus.driver(SLOT);
  driver.start();
  const queue = driver.queue(0);
  const post = (type: number, bytes: number) => {
    const readable = new Uint8Array(16 + (type === T.out ? bytes : 0));
    new DataView(readable.buffer).setUint32(0, type, true);
    queue.post({ readable, writableBytes: type === T.in ? bytes + 1 : 1 });
    driver.notify(0);
  };
  return { bus, clock, device, disk, driver, errors, plug, post, queue };
}

const statuses = (used: UsedBuffer[]) => used.map(({ written }) => written.at(-1));

describe("M10 F39 F47 a disk with limits", () => {
  it("keeps requests waiting in the guest's ring, fails none, and interrupts when they are done", async () => {
    const { queue, post, clock, driver } = setUp({ limits: { iops: 20, bytesPerSecond: null } });
    for (let count = 0; count < 10; count++) post(T.in, 4096);
    expect(queue.takeUsed()).toHaveLength(2);
    expect([queue.inFlightCount, queue.availableCount]).toEqual([0, 8]);
    const interrupts = driver.interrupts;
    await clock.advance(100);
    expect(statuses(queue.takeUsed())).toEqual([OK, OK]);
    expect(driver.interrupts).toBeGreaterThan(interrupts);
    await clock.advance(10_000);
    expect(statuses(queue.takeUsed())).toEqual([OK, OK, OK, OK, OK, OK]);
    expect(clock.pendingTimers).toBe(0);
  });

  it("does not count flushes, which keep their place behind what waits", async () => {
    const { queue, post, clock } = setUp({ limits: { iops: null, bytesPerSecond: 40_960 } });
    for (let count = 0; count < 50; count++) post(T.flush, 0);
    await settle();
    expect(queue.takeUsed()).toHaveLength(50);
    post(T.out, 8192);
    expect(statuses(queue.takeUsed())).toEqual([OK]);
    post(T.flush, 0);
    expect(queue.availableCount).toBe(1);
    await clock.advance(1000);
    expect(statuses(queue.takeUsed())).toEqual([OK]);
  });

  it("is saved while requests wait, and serves them where it is restored", async () => {
    const first = setUp({ limits: { iops: 1, bytesPerSecond: null } });
    first.post(T.in, 512);
    first.post(T.in, 512);
    expect(first.queue.takeUsed()).toHaveLength(1);
    await first.device.drain();
    const saved = first.device.saveState();
    const bus = new FakeBus();
    const again = first.plug(bus);
    again.restoreState(saved);
    again.resume();
    expect(statuses(bus.driver(SLOT).queue(0).takeUsed())).toEqual([OK]);
  });

  it("takes new limits at once", async () => {
    const { queue, post, device, clock } = setUp({ limits: { iops: 1, bytesPerSecond: null } });
    for (let count = 0; count < 5; count++) post(T.in, 512);
    expect(queue.takeUsed()).toHaveLength(1);
    device.setLimits({ iops: null, bytesPerSecond: null });
    expect(queue.takeUsed()).toHaveLength(4);
    expect(clock.pendingTimers).toBe(0);
  });
});

describe("M5 F41 a disk that is taken away", () => {
  it("by force: finishes what is in flight, then answers everything with an I/O error", async () => {
    const { queue, post, device, disk, errors } = setUp({ limits: { iops: 1, bytesPerSecond: null } });
    disk.holding = true;
    post(T.in, 512);
    post(T.in, 512);
    let gone = false;
    const disconnecting = device.disconnect().then(() => {
      gone = true;
    });
    expect(statuses(queue.takeUsed())).toEqual([IOERR]);
    await settle();
    expect(gone).toBe(false);
    disk.held.shift()?.();
    await disconnecting;
    expect(statuses(queue.takeUsed())).toEqual([OK]);
    disk.holding = false;
    post(T.in, 512);
    post(T.out, 512);
    post(T.flush, 0);
    expect(statuses(queue.takeUsed())).toEqual([IOERR, IOERR, IOERR]);
    // The user asked for it: no fault of the disk.
    expect(errors).toEqual([]);
  });

  it("leaves the bus, and wakes up no more", async () => {
    const { bus, post, device, clock } = setUp({ limits: { iops: 1, bytesPerSecond: null } });
    post(T.in, 512);
    post(T.in, 512);
    expect(device.inUse).toBe(true);
    await device.drain();
    device.dispose();
    expect(bus.hasDevice(SLOT)).toBe(false);
    expect(clock.pendingTimers).toBe(0);
  });
});
