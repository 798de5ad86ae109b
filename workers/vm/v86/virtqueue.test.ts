import { describe, expect, it } from "vitest";
import { seededRandom } from "../../../src/base/random.ts";
import { GuestMemory } from "./guest-memory.ts";
import type { V86Cpu, V86Queue } from "./types.ts";
import { SplitQueue } from "./virtqueue.ts";

const MEMORY_BYTES = 1 << 16;
const SIZE = 8;
const DESCRIPTORS = 0x1000;
const AVAILABLE = 0x2000;
const USED = 0x3000;
const BUFFERS = 0x4000;
const NEXT = 1;
const WRITE = 2;
const INDIRECT = 4;

interface Descriptor {
  address: number;
  length: number;
  flags?: number;
  next?: number;
  high?: number;
}

function setUp() {
  const buffer = new ArrayBuffer(MEMORY_BYTES);
  const dirty: [number, number][] = [];
  const cpu = {
    mem8: { byteOffset: 0, length: MEMORY_BYTES },
    wasm_memory: { buffer },
    jit_dirty_cache: (from: number, to: number) => dirty.push([from, to]),
  } as unknown as V86Cpu;
  const view = new DataView(buffer);
  const record = {
    size: SIZE,
    enabled: true,
    desc_addr: DESCRIPTORS,
    avail_addr: AVAILABLE,
    used_addr: USED,
    set_size(size: number) {
      record.size = size;
    },
  } satisfies V86Queue;
  const seen = { broken: 0, interrupts: 0 };
  const owner = {
    driverOk: true,
    broken() {
      seen.broken++;
      owner.driverOk = false;
    },
    interrupt() {
      seen.interrupts++;
    },
  };
  const queue = new SplitQueue(record, new GuestMemory(cpu), owner);
  const describeAt = (table: number, index: number, { address, length, flags = 0, next = 0, high = 0 }: Descriptor) => {
    const at = table + 16 * index;
    view.setUint32(at, address, true);
    view.setUint32(at + 4, high, true);
    view.setUint32(at + 8, length, true);
    view.setUint16(at + 12, flags, true);
    view.setUint16(at + 14, next, true);
  };
  const offer = (head: number) => {
    const index = view.getUint16(AVAILABLE + 2, true);
    view.setUint16(AVAILABLE + 4 + 2 * (index % SIZE), head, true);
    view.setUint16(AVAILABLE + 2, index + 1, true);
  };
  return { view, bytes: new Uint8Array(buffer), record, owner, queue, seen, dirty, describeAt, offer };
}

describe("SplitQueue", () => {
  it("reads, writes and gives back a chain across its descriptors", () => {
    const { queue, describeAt, offer, bytes, view, seen, dirty } = setUp();
    bytes.set([1, 2, 3, 4, 5], BUFFERS);
    describeAt(DESCRIPTORS, 2, { address: BUFFERS, length: 3, flags: NEXT, next: 5 });
    describeAt(DESCRIPTORS, 5, { address: BUFFERS + 3, length: 2, flags: NEXT, next: 1 });
    describeAt(DESCRIPTORS, 1, { address: BUFFERS + 0x100, length: 2, flags: NEXT | WRITE, next: 0 });
    describeAt(DESCRIPTORS, 0, { address: BUFFERS + 0x200, length: 4, flags: WRITE });
    offer(2);

    expect(queue.hasRequest()).toBe(true);
    const chain = queue.pop();
    expect([chain.readableBytes, chain.writableBytes]).toEqual([5, 6]);
    const data = new Uint8Array(8);
    expect(chain.read(data)).toBe(5);
    expect([...data.subarray(0, 5)]).toEqual([1, 2, 3, 4, 5]);
    expect(chain.write(Uint8Array.of(9, 8, 7))).toBe(3);
    expect(chain.writableBytes).toBe(3);
    queue.push(chain);
    expect(view.getUint16(USED + 2, true)).toBe(0);
    queue.flush();

    expect(view.getUint16(USED + 2, true)).toBe(1);
    expect([view.getUint32(USED + 4, true), view.getUint32(USED + 8, true)]).toEqual([2, 3]);
    expect([bytes[BUFFERS + 0x100], bytes[BUFFERS + 0x101], bytes[BUFFERS + 0x200]]).toEqual([9, 8, 7]);
    expect(seen).toEqual({ broken: 0, interrupts: 1 });
    // Code compiled from the written memory is dropped.
    expect(dirty).toEqual([
      [BUFFERS + 0x100, BUFFERS + 0x102],
      [BUFFERS + 0x200, BUFFERS + 0x201],
    ]);
    expect(queue.hasRequest()).toBe(false);
  });

  it("gives requests that were put back again, in their order, across the counters' end", () => {
    const { queue, describeAt, offer, view } = setUp();
    for (let head = 0; head < SIZE; head++) describeAt(DESCRIPTORS, head, { address: BUFFERS, length: head + 1 });
    const counters = 0xfffe;
    view.setUint16(AVAILABLE + 2, counters, true);
    queue.restoreState({ ...queue.saveState(), lastAvailable: counters });
    for (const head of [3, 1, 2]) offer(head);
    const lengths = () => {
      const found: number[] = [];
      while (queue.hasRequest()) found.push(queue.pop().readableBytes);
      return found;
    };
    expect(lengths()).toEqual([4, 2, 3]);
    queue.putBack(2);
    expect(queue.hasRequest()).toBe(true);
    expect(lengths()).toEqual([2, 3]);
    queue.putBack(0);
    expect(lengths()).toEqual([]);
  });

  it("follows an indirect table", () => {
    const { queue, describeAt, offer, bytes } = setUp();
    bytes.set([42], BUFFERS);
    describeAt(DESCRIPTORS, 0, { address: 0x5000, length: 32, flags: INDIRECT });
    describeAt(0x5000, 0, { address: BUFFERS, length: 1, flags: NEXT, next: 1 });
    describeAt(0x5000, 1, { address: BUFFERS + 16, length: 7, flags: WRITE });
    offer(0);
    expect(queue.hasRequest()).toBe(true);
    const chain = queue.pop();
    expect([chain.readableBytes, chain.writableBytes]).toEqual([1, 7]);
  });

  it("does not interrupt a driver that asked not to be", () => {
    const { queue, describeAt, offer, view, seen } = setUp();
    describeAt(DESCRIPTORS, 0, { address: BUFFERS, length: 1 });
    offer(0);
    view.setUint16(AVAILABLE, 1, true);
    queue.hasRequest();
    queue.push(queue.pop());
    queue.flush();
    expect(seen.interrupts).toBe(0);
  });

  it("drops a chain that comes back after a reset", () => {
    const { queue, describeAt, offer, view } = setUp();
    describeAt(DESCRIPTORS, 0, { address: BUFFERS, length: 1 });
    offer(0);
    queue.hasRequest();
    const chain = queue.pop();
    queue.reset();
    queue.push(chain);
    queue.flush();
    expect(view.getUint16(USED + 2, true)).toBe(0);
  });

  it("keeps its place in a saved state", () => {
    const first = setUp();
    first.describeAt(DESCRIPTORS, 0, { address: BUFFERS, length: 1 });
    first.offer(0);
    first.queue.hasRequest();
    first.queue.push(first.queue.pop());
    first.queue.flush();
    const state = structuredClone(first.queue.saveState());

    const second = setUp();
    second.bytes.set(first.bytes);
    Object.assign(second.record, { enabled: false, desc_addr: 0, avail_addr: 0, used_addr: 0 });
    second.queue.restoreState(state);
    expect(second.queue.hasRequest()).toBe(false);
    second.offer(0);
    expect(second.queue.hasRequest()).toBe(true);
  });

  const MALFORMED: Record<string, (at: (index: number, descriptor: Descriptor) => void, view: DataView) => void> = {
    "an address beyond the memory": (at) => at(0, { address: MEMORY_BYTES - 1, length: 2 }),
    "a length that a signed reading would take for negative": (at) => at(0, { address: BUFFERS, length: 0xffffffff }),
    "an address above 4 GiB": (at) => at(0, { address: BUFFERS, length: 1, high: 1 }),
    "a next beyond the table": (at) => at(0, { address: BUFFERS, length: 1, flags: NEXT, next: SIZE }),
    "a cycle": (at) => at(0, { address: BUFFERS, length: 1, flags: NEXT, next: 0 }),
    "a readable part after a writable one": (at) => {
      at(0, { address: BUFFERS, length: 1, flags: WRITE | NEXT, next: 1 });
      at(1, { address: BUFFERS, length: 1 });
    },
    "an indirect table of half a descriptor": (at) => at(0, { address: BUFFERS, length: 24, flags: INDIRECT }),
    "an empty indirect table": (at) => at(0, { address: BUFFERS, length: 0, flags: INDIRECT }),
    "an indirect table with a next": (at) => at(0, { address: BUFFERS, length: 16, flags: INDIRECT | NEXT }),
    "an indirect table within another": (at) => {
      at(0, { address: DESCRIPTORS + 16, length: 16, flags: INDIRECT });
      at(1, { address: DESCRIPTORS + 16, length: 16, flags: INDIRECT });
    },
    "more offered than the queue holds": (_, view) => view.setUint16(AVAILABLE + 2, SIZE + 1, true),
  };

  for (const [what, build] of Object.entries(MALFORMED)) {
    it(`breaks the device on ${what}, and does not touch the ring`, () => {
      const { queue, describeAt, offer, view, seen } = setUp();
      offer(0);
      build((index, descriptor) => describeAt(DESCRIPTORS, index, descriptor), view);
      expect(queue.hasRequest()).toBe(false);
      expect(seen.broken).toBe(1);
      expect(view.getUint32(USED, true)).toBe(0);
    });
  }

  it("breaks the device when its rings lie outside of the memory", () => {
    for (const name of ["desc_addr", "avail_addr", "used_addr"] as const) {
      const { queue, record, seen } = setUp();
      record[name] = -16;
      expect(queue.hasRequest()).toBe(false);
      expect(seen.broken).toBe(1);
    }
  });

  it("survives whatever is in the guest's memory (seed 20241)", () => {
    const random = seededRandom(20241);
    for (let round = 0; round < 400; round++) {
      const { queue, bytes, record, dirty } = setUp();
      const holes = [0, 0, 0, 0xff, 1, 2, 4, 0x10, 0x40];
      for (let at = 0; at < 0x6000; at++) bytes[at] = holes[random.int(holes.length)] ?? 0;
      if (random.int(4) === 0) record.avail_addr = random.int(2 ** 32) | 0;
      if (random.int(4) === 0) record.used_addr = random.int(2 ** 32) | 0;
      for (let step = 0; step < 20 && queue.hasRequest(); step++) {
        const chain = queue.pop();
        chain.read(new Uint8Array(random.int(5000)));
        chain.write(new Uint8Array(random.int(5000)));
        queue.push(chain);
        queue.flush();
      }
      expect(dirty.filter(([from, to]) => from < 0 || to > MEMORY_BYTES)).toEqual([]);
    }
  });
});
