import type { Frame } from "../frames/frame.ts";
import type { Port } from "./port.ts";

/** What a card may have dealt with before others have their turn: a TCP segment of the greatest length. */
const QUANTUM_BYTES = 64 << 10;
/** What a frame counts at least, since its work is not in its bytes. */
const LEAST_BYTES = 512;
/** After so much (about a millisecond) whatever else the thread has to do comes first: messages with frames of others. */
const SLICE_BYTES = 1 << 20;

/** Cards with frames to be dealt with, each in its turn (deficit round robin, Shreedhar and Varghese 1995). */
export class Turns {
  readonly #queue: Port[] = [];
  readonly #queued = new Set<Port>();

  get isEmpty(): boolean {
    return this.#queue.length === 0;
  }

  add(port: Port): void {
    if (this.#queued.has(port)) return;
    this.#queued.add(port);
    this.#queue.push(port);
  }

  /** Works for one slice, or until nothing waits. */
  work(deal: (port: Port, frame: Frame) => void): void {
    for (let done = 0; done < SLICE_BYTES; ) {
      const port = this.#queue.shift();
      if (port === undefined) return;
      try {
        done += turn(port, deal);
      } finally {
        if (port.isWaiting) this.#queue.push(port);
        else this.#queued.delete(port);
      }
    }
  }
}

function turn(port: Port, deal: (port: Port, frame: Frame) => void): number {
  let done = 0;
  while (done < QUANTUM_BYTES) {
    const frame = port.take();
    if (frame === undefined) break;
    done += Math.max(frame.bytes.length, LEAST_BYTES);
    deal(port, frame);
  }
  port.tellConsumed();
  return done;
}
