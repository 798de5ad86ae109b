import type { Clock } from "../../base/clock.ts";
import type { Disposable } from "../../base/disposable.ts";
import type { Random } from "../../base/random.ts";
import type { Frame, Offload } from "../frames/frame.ts";
import type { ParsedPacket } from "../frames/parse.ts";
import type { Endpoint } from "../tcp/segment.ts";
import { type SynDecision, TcpStack } from "../tcp/stack.ts";

export interface GuestStacksOptions {
  readonly clock: Clock;
  readonly random: Random;
  send(frame: Frame): void;
  /** What becomes of a connection to somewhere in the world. */
  decide(to: Endpoint): SynDecision | Promise<SynDecision>;
}

/** Connections of one public address: a guest's, or those of all behind a NAT gateway. A browser has 256 in all. */
const MAX_CONNECTIONS = 512;
/** Of each direction: a guest answers within a millisecond or so, and what is behind a relay is slower than a hundred MB/s. */
const BUFFER_SIZE = 1 << 17;
/** As many may have nothing to do before these are looked for: they are small. */
const MAX_IDLE = 64;

/** The world's ends of guests' connections: one for each public address, so that nobody takes another's room. */
export class GuestStacks implements Disposable {
  readonly #options: GuestStacksOptions;
  readonly #stacks = new Map<number, TcpStack>();

  constructor(options: GuestStacksOptions) {
    this.#options = options;
  }

  receive(packet: ParsedPacket, offload: Offload | undefined): void {
    this.#stackOf(packet.source).receive(packet, offload);
  }

  /** Connections of all states. */
  get size(): number {
    return [...this.#stacks.values()].reduce((sum, { size }) => sum + size, 0);
  }

  dispose(): void {
    for (const stack of this.#stacks.values()) stack.dispose();
    this.#stacks.clear();
  }

  #stackOf(address: number): TcpStack {
    const known = this.#stacks.get(address);
    if (known !== undefined) return known;
    if (this.#stacks.size >= MAX_IDLE) this.#forgetIdle();
    const { clock, random, send, decide } = this.#options;
    const stack = new TcpStack({
      clock,
      random,
      send,
      maxConnections: MAX_CONNECTIONS,
      bufferSize: BUFFER_SIZE,
    });
    stack.listen({}, (_from, to) => decide(to));
    this.#stacks.set(address, stack);
    return stack;
  }

  /** A SYN that is being decided about is sent again by its guest. */
  #forgetIdle(): void {
    for (const [address, stack] of this.#stacks) {
      if (stack.size > 0) continue;
      stack.dispose();
      this.#stacks.delete(address);
    }
  }
}
