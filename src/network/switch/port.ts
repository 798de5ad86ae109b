import type { Frame, FramePort } from "../frames/frame.ts";
import { type DropReason, IncidentLog, type SwitchCounters } from "./counters.ts";
import { Reassembler } from "./fragments.ts";
import type { Interface } from "./topology.ts";

/**
 * Frames of one card that wait for their turn. The device's window keeps a card below it; what is beyond is dropped, so that
 * no card takes the memory of all. Frames have a bound of their own, since small ones cost more than their bytes.
 */
const MAX_WAITING_BYTES = 4 << 20;
const MAX_WAITING_FRAMES = 16_384;

/** What has been taken is let go of after so many, or when all is. */
const COMPACT_FRAMES = 1024;

/** Sees frames as they come from a card and go to it. It copies what it wants to keep. */
export type Tap = (direction: "in" | "out", frame: Frame) => void;

/** What passes at one interface: it stays the same when the network is configured anew. */
export class Port {
  readonly id: string;
  /** Undefined: the network knows no such interface now. */
  interface: Interface | undefined;
  #reassembler = new Reassembler();
  /** Questions to the world's DNS that are under way. */
  readonly pendingNames = { count: 0 };
  readonly taps = new Set<Tap>();
  readonly incidents: IncidentLog;
  #card: FramePort | undefined;
  #waiting: Frame[] = [];
  #next = 0;
  #waitingBytes = 0;
  #consumed = 0;
  readonly #counters = { framesIn: 0, bytesIn: 0, framesOut: 0, bytesOut: 0 };
  readonly #droppedIn = new Map<DropReason, number>();
  readonly #droppedOut = new Map<DropReason, number>();

  constructor(id: string) {
    this.id = id;
    this.incidents = new IncidentLog(id);
  }

  get reassembler(): Reassembler {
    return this.#reassembler;
  }

  get card(): FramePort | undefined {
    return this.#card;
  }

  /** What waits of another card is forgotten. */
  set card(card: FramePort | undefined) {
    this.#card = card;
    this.#reassembler = new Reassembler();
    this.#waiting = [];
    this.#next = 0;
    this.#waitingBytes = 0;
    this.#consumed = 0;
  }

  get isWaiting(): boolean {
    return this.#next < this.#waiting.length;
  }

  get counters(): SwitchCounters {
    return {
      ...this.#counters,
      droppedIn: Object.fromEntries(this.#droppedIn),
      droppedOut: Object.fromEntries(this.#droppedOut),
    };
  }

  put(frame: Frame): void {
    this.#count(frame.bytes.length);
    const isFull =
      this.#waiting.length - this.#next >= MAX_WAITING_FRAMES ||
      this.#waitingBytes + frame.bytes.length > MAX_WAITING_BYTES;
    if (isFull) {
      this.drop("in", "queue-full");
      this.#consumed++;
      return;
    }
    this.#waitingBytes += frame.bytes.length;
    this.#waiting.push(frame);
  }

  /** What the card has sent is no frame. */
  refuse(bytes: number): void {
    this.#count(bytes);
    this.drop("in", "packet-header");
  }

  take(): Frame | undefined {
    const frame = this.#waiting[this.#next];
    if (frame === undefined) return undefined;
    this.#next++;
    this.#waitingBytes -= frame.bytes.length;
    this.#consumed++;
    if (this.#next >= COMPACT_FRAMES || this.#next === this.#waiting.length) {
      this.#waiting = this.#waiting.slice(this.#next);
      this.#next = 0;
    }
    return frame;
  }

  /** Tells the card what it may use again. */
  tellConsumed(): void {
    const consumed = this.#consumed;
    this.#consumed = 0;
    if (consumed > 0) this.#card?.consumed?.(consumed);
  }

  /** Gives a frame to the card. */
  deliver(frame: Frame): void {
    if (this.taps.size > 0) for (const tap of this.taps) tap("out", frame);
    if (this.#card === undefined) this.drop("out", "no-card");
    else if (this.#card.deliver(frame)) {
      this.#counters.framesOut++;
      this.#counters.bytesOut += frame.bytes.length;
    } else this.drop("out", "no-room");
  }

  drop(direction: "in" | "out", reason: DropReason): void {
    const dropped = direction === "in" ? this.#droppedIn : this.#droppedOut;
    dropped.set(reason, (dropped.get(reason) ?? 0) + 1);
  }

  #count(bytes: number): void {
    this.#counters.framesIn++;
    this.#counters.bytesIn += bytes;
  }
}
