import type { Clock } from "../../src/base/clock.ts";
import { seededRandom } from "../../src/base/random.ts";
import { parseAddress } from "../../src/network/addresses.ts";
import { finish } from "../../src/network/frames/finish.ts";
import type { Frame } from "../../src/network/frames/frame.ts";
import { parsePacket } from "../../src/network/frames/parse.ts";
import type { TcpSocket } from "../../src/network/tcp/socket.ts";
import { TcpStack, type TcpStackOptions } from "../../src/network/tcp/stack.ts";

/** Time that passes when nothing is left to do: what a minute of it holds takes as long as the work in it. */
export class SimulatedTime implements Clock {
  #now = Date.UTC(2026, 0, 1);
  /** In order; equal times in the order of their making. */
  #queue: { readonly at: number; callback: (() => void) | undefined }[] = [];

  now(): number {
    return Math.floor(this.#now);
  }

  setTimer(ms: number, callback: () => void): () => void {
    const entry = { at: this.#now + Math.max(0, ms), callback: callback as (() => void) | undefined };
    let [low, high] = [0, this.#queue.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#queue[middle]?.at as number) <= entry.at) low = middle + 1;
      else high = middle;
    }
    this.#queue.splice(low, 0, entry);
    return () => {
      entry.callback = undefined;
    };
  }

  get pendingTimers(): number {
    return this.#queue.filter(({ callback }) => callback !== undefined).length;
  }

  /** Lets so much time pass. */
  async pass(ms: number): Promise<void> {
    const end = this.#now + ms;
    await settle();
    while ((this.#queue[0]?.at ?? Number.POSITIVE_INFINITY) <= end) await this.#step();
    this.#now = end;
  }

  /** Lets time pass until the promise has settled; fails when nothing is left that could settle it. */
  async until<T>(promise: Promise<T>): Promise<T> {
    let done = false;
    const settled = () => {
      done = true;
    };
    promise.then(settled, settled);
    await settle();
    while (!done) {
      if (this.#queue.length === 0) throw new Error("nothing is left to happen, and it has not settled");
      await this.#step();
    }
    return await promise;
  }

  async #step(): Promise<void> {
    const next = this.#queue.shift();
    if (next?.callback === undefined) return;
    this.#now = Math.max(this.#now, next.at);
    next.callback();
    await settle();
  }
}

/** Promises and streams go on. */
const settle = () => new Promise<void>((resolve) => setImmediate(resolve));

export interface LinkFaults {
  readonly delayMs: number;
  /** On top, at random: frames overtake each other. */
  readonly jitterMs?: number;
  /** Parts of 1. */
  readonly loss?: number;
  readonly duplicates?: number;
  /** Which part of the large frames somebody on the way cuts into segments; half of them, unless said. */
  readonly cut?: number;
}

export const LEFT = parseAddress("10.0.0.1") as number;
export const RIGHT = parseAddress("10.0.0.2") as number;

/** Two stacks and a link between them; what is under way is scribbled over once it has been delivered. */
export class TcpLab {
  readonly time = new SimulatedTime();
  readonly left: TcpStack;
  readonly right: TcpStack;
  readonly #random;
  #faults: LinkFaults;
  framesSent = 0;
  readonly #hops = new Map<number, Set<number>>();

  constructor(seed: number, faults: LinkFaults = { delayMs: 1 }, options: Partial<TcpStackOptions> = {}) {
    this.#random = seededRandom(seed);
    this.#faults = faults;
    const common = { clock: this.time, random: this.#random, ...options };
    this.left = new TcpStack({ ...common, send: (frame) => this.#carry(frame, () => this.right) });
    this.right = new TcpStack({ ...common, send: (frame) => this.#carry(frame, () => this.left) });
  }

  setFaults(faults: LinkFaults): void {
    this.#faults = faults;
  }

  /** For how many hops packets of an address were to live. */
  hopsFrom(address: number): number[] {
    return [...(this.#hops.get(address) ?? [])];
  }

  /** A connection from left to right. */
  async connect(port = 80): Promise<[TcpSocket, TcpSocket]> {
    let theirs!: (socket: TcpSocket) => void;
    const accepted = new Promise<TcpSocket>((resolve) => {
      theirs = resolve;
    });
    const listening = this.right.listen({ port }, () => ({ onConnection: theirs }));
    const connected = this.left.connect({ from: LEFT, to: { address: RIGHT, port } });
    const pair = await this.time.until(Promise.all([connected, accepted]));
    listening.dispose();
    return pair;
  }

  #carry(frame: Frame, to: () => TcpStack): void {
    this.framesSent += 1;
    const { delayMs, jitterMs = 0, loss = 0, duplicates = 0, cut = 0.5 } = this.#faults;
    // A large frame that somebody had to cut arrives as many, each of which may be lost.
    const frames: Frame[] = this.#random.next() < cut ? finish(frame).map((bytes) => ({ bytes })) : [frame];
    for (const one of frames) {
      if (this.#random.next() < loss) continue;
      const copies = this.#random.next() < duplicates ? 2 : 1;
      for (let copy = 0; copy < copies; copy++) {
        const carried = { ...one, bytes: one.bytes.slice() };
        this.time.setTimer(delayMs + this.#random.next() * jitterMs, () => {
          const packet = parsePacket(carried);
          if (packet.malformed !== undefined)
            throw new Error(`a stack has sent what is no packet: ${packet.malformed}`);
          this.#hops.set(packet.source, (this.#hops.get(packet.source) ?? new Set()).add(packet.ttl));
          to().receive(packet, carried.offload);
          carried.bytes.fill(0xee);
        });
      }
    }
  }
}

/** A byte of a long pattern that has no short period. */
export const patternAt = (place: number): number => (Math.imul(place, 2654435761) >>> 13) & 255;

/** Writes so many bytes of the pattern, in chunks of random sizes, and ends. */
export async function writePattern(socket: TcpSocket, total: number, seed = 1): Promise<void> {
  const random = seededRandom(seed);
  const writer = socket.writable.getWriter();
  for (let place = 0; place < total; ) {
    const chunk = new Uint8Array(Math.min(total - place, 1 + random.int(200_000)));
    for (let i = 0; i < chunk.length; i++) chunk[i] = patternAt(place + i);
    await writer.write(chunk);
    place += chunk.length;
  }
  await writer.close();
}

/** Reads to the end; gives how many bytes of the pattern there were, throws at the first that is not of it. */
export async function readPattern(socket: TcpSocket): Promise<number> {
  let place = 0;
  for await (const chunk of socket.readable) {
    for (const byte of chunk) {
      if (byte !== patternAt(place)) throw new Error(`byte ${place} is ${byte} and not ${patternAt(place)}`);
      place += 1;
    }
  }
  return place;
}
