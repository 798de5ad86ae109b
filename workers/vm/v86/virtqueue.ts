import type { BufferChain, VirtQueue } from "../devices/virtio-types.ts";
import type { GuestMemory } from "./guest-memory.ts";
import type { V86Queue } from "./types.ts";

// virtio 1.2 §2.7.5 (descriptors), §2.7.6 (available ring), §2.7.8 (used ring).
const DESCRIPTOR_BYTES = 16;
const RING_HEADER_BYTES = 4;
const AVAILABLE_ENTRY_BYTES = 2;
const USED_ENTRY_BYTES = 8;
const F_NEXT = 1;
const F_WRITE = 2;
const F_INDIRECT = 4;
const AVAILABLE_F_NO_INTERRUPT = 1;

interface Segment {
  readonly address: number;
  readonly length: number;
}

/** What the queue needs of its device. */
export interface QueueOwner {
  readonly driverOk: boolean;
  /** The driver broke the rules: the device stops until it is reset (virtio 1.2 §2.1.1, DEVICE_NEEDS_RESET). */
  broken(): void;
  interrupt(): void;
}

/** Plain state, as saved. */
export interface QueueState {
  size: number;
  enabled: boolean;
  descriptors: number;
  available: number;
  used: number;
  lastAvailable: number;
}

/**
 * A split virtqueue over v86's record of how the driver configured it. v86's own walk of the descriptors trusts the
 * guest: it ignores the high half of addresses, takes lengths as signed and reads outside of the memory. Ours
 * validates every descriptor before anything is read; a malformed chain breaks the device, never the emulator.
 */
export class SplitQueue implements VirtQueue {
  readonly #queue: V86Queue;
  readonly #memory: GuestMemory;
  readonly #owner: QueueOwner;
  #lastAvailable = 0;
  #staged = 0;
  #interruptOwed = false;
  /** The next chain, parsed by `hasRequest` and taken by `pop`. */
  #next: Chain | undefined;
  /** Chains of before a reset must not come back into the ring. */
  #generation = 0;

  constructor(queue: V86Queue, memory: GuestMemory, owner: QueueOwner) {
    this.#queue = queue;
    this.#memory = memory;
    this.#owner = owner;
  }

  get enabled(): boolean {
    return this.#owner.driverOk && this.#queue.enabled && this.#queue.size > 0;
  }

  get size(): number {
    return this.#queue.size;
  }

  hasRequest(): boolean {
    if (!this.enabled) return false;
    if (this.#next !== undefined) return true;
    if (!this.#ringsInMemory()) return this.#break();
    const pending = (this.#memory.read16(this.#available + 2) - this.#lastAvailable) & 0xffff;
    if (pending === 0) return false;
    if (pending > this.#queue.size) return this.#break();
    const slot = this.#lastAvailable & (this.#queue.size - 1);
    const head = this.#memory.read16(this.#available + RING_HEADER_BYTES + AVAILABLE_ENTRY_BYTES * slot);
    const chain = this.#parse(head);
    if (chain === undefined) return this.#break();
    this.#next = chain;
    return true;
  }

  pop(): BufferChain {
    const chain = this.#next;
    if (chain === undefined) throw new Error("pop without a request");
    this.#next = undefined;
    this.#lastAvailable = (this.#lastAvailable + 1) & 0xffff;
    return chain;
  }

  putBack(count: number): void {
    this.#lastAvailable = (this.#lastAvailable - count) & 0xffff;
    this.#next = undefined;
  }

  push(chain: BufferChain): void {
    if (!(chain instanceof Chain)) throw new Error("not a chain of this transport");
    if (chain.generation !== this.#generation || !this.enabled || !this.#ringsInMemory()) return;
    const index = (this.#memory.read16(this.#used + 2) + this.#staged) & (this.#queue.size - 1);
    const entry = this.#used + RING_HEADER_BYTES + USED_ENTRY_BYTES * index;
    this.#memory.write32(entry, chain.head);
    this.#memory.write32(entry + 4, chain.written);
    this.#staged++;
  }

  flush(): void {
    this.publish();
    this.interrupt();
  }

  publish(): void {
    if (this.#staged === 0 || !this.enabled || !this.#ringsInMemory()) return;
    this.#memory.write16(this.#used + 2, (this.#memory.read16(this.#used + 2) + this.#staged) & 0xffff);
    this.#staged = 0;
    this.#interruptOwed = true;
  }

  interrupt(): void {
    if (!this.#interruptOwed || !this.enabled || !this.#ringsInMemory()) return;
    this.#interruptOwed = false;
    if ((this.#memory.read16(this.#available) & AVAILABLE_F_NO_INTERRUPT) === 0) this.#owner.interrupt();
  }

  reset(): void {
    this.#lastAvailable = 0;
    this.#staged = 0;
    this.#interruptOwed = false;
    this.#next = undefined;
    this.#generation++;
  }

  saveState(): QueueState {
    return {
      size: this.#queue.size,
      enabled: this.#queue.enabled,
      descriptors: this.#descriptors,
      available: this.#available,
      used: this.#used,
      lastAvailable: this.#lastAvailable,
    };
  }

  restoreState(state: QueueState): void {
    this.reset();
    this.#queue.set_size(state.size);
    this.#queue.enabled = state.enabled;
    this.#queue.desc_addr = state.descriptors;
    this.#queue.avail_addr = state.available;
    this.#queue.used_addr = state.used;
    this.#lastAvailable = state.lastAvailable;
  }

  get #descriptors(): number {
    return this.#queue.desc_addr >>> 0;
  }

  get #available(): number {
    return this.#queue.avail_addr >>> 0;
  }

  get #used(): number {
    return this.#queue.used_addr >>> 0;
  }

  #ringsInMemory(): boolean {
    const { size } = this.#queue;
    return (
      this.#memory.contains(this.#descriptors, DESCRIPTOR_BYTES * size) &&
      this.#memory.contains(this.#available, RING_HEADER_BYTES + AVAILABLE_ENTRY_BYTES * size) &&
      this.#memory.contains(this.#used, RING_HEADER_BYTES + USED_ENTRY_BYTES * size)
    );
  }

  #break(): false {
    this.#owner.broken();
    return false;
  }

  /** Walks the chain at `head`; `undefined` when it breaks a rule of virtio 1.2 §2.7.4–2.7.5. */
  #parse(head: number): Chain | undefined {
    const readable: Segment[] = [];
    const writable: Segment[] = [];
    let table = this.#descriptors;
    let tableSize = this.#queue.size;
    let index = head;
    let indirect = false;
    // §2.7.5.3.1: a chain, with its indirect table, is no longer than the queue; this also ends cycles.
    for (let steps = 0; steps <= this.#queue.size; steps++) {
      if (index >= tableSize) return undefined;
      const at = table + DESCRIPTOR_BYTES * index;
      const address = this.#memory.read32(at);
      const addressHigh = this.#memory.read32(at + 4);
      const length = this.#memory.read32(at + 8);
      const flags = this.#memory.read16(at + 12);
      if (addressHigh !== 0 || !this.#memory.contains(address, length)) return undefined;
      if (flags & F_INDIRECT) {
        if (indirect || flags & F_NEXT || length === 0 || length % DESCRIPTOR_BYTES !== 0) return undefined;
        indirect = true;
        table = address;
        tableSize = length / DESCRIPTOR_BYTES;
        index = 0;
        continue;
      }
      if (flags & F_WRITE) writable.push({ address, length });
      else if (writable.length > 0) return undefined;
      else readable.push({ address, length });
      if ((flags & F_NEXT) === 0) return new Chain(this.#memory, head, this.#generation, readable, writable);
      index = this.#memory.read16(at + 14);
    }
    return undefined;
  }
}

class Chain implements BufferChain {
  readonly head: number;
  readonly generation: number;
  readonly #memory: GuestMemory;
  readonly #readable: Cursor;
  readonly #writable: Cursor;
  written = 0;

  constructor(memory: GuestMemory, head: number, generation: number, readable: Segment[], writable: Segment[]) {
    this.#memory = memory;
    this.head = head;
    this.generation = generation;
    this.#readable = new Cursor(readable);
    this.#writable = new Cursor(writable);
  }

  get readableBytes(): number {
    return this.#readable.remaining;
  }

  get writableBytes(): number {
    return this.#writable.remaining;
  }

  read(into: Uint8Array): number {
    return this.#readable.advance(into.byteLength, (address, offset, length) => {
      into.set(this.#memory.view(address, length), offset);
    });
  }

  write(from: Uint8Array): number {
    const count = this.#writable.advance(from.byteLength, (address, offset, length) => {
      this.#memory.write(address, from.subarray(offset, offset + length));
    });
    this.written += count;
    return count;
  }
}

/** A position in a list of segments. */
class Cursor {
  readonly #segments: Segment[];
  #index = 0;
  #offset = 0;
  remaining: number;

  constructor(segments: Segment[]) {
    this.#segments = segments;
    this.remaining = segments.reduce((sum, segment) => sum + segment.length, 0);
  }

  /** Visits the next `count` bytes piece by piece; gives how many there were. */
  advance(count: number, visit: (address: number, offset: number, length: number) => void): number {
    let done = 0;
    while (done < count) {
      const segment = this.#segments[this.#index];
      if (segment === undefined) break;
      const length = Math.min(segment.length - this.#offset, count - done);
      visit(segment.address + this.#offset, done, length);
      done += length;
      this.#offset += length;
      if (this.#offset === segment.length) {
        this.#index++;
        this.#offset = 0;
      }
    }
    this.remaining -= done;
    return done;
  }
}
