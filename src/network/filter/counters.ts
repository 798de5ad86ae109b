import type { Decision, Direction, Verdict } from "./verdict.ts";

/** What has passed an interface in one direction, in frames and in bytes of IP packets. */
export interface DirectionCounters {
  readonly acceptedPackets: number;
  readonly acceptedBytes: number;
  readonly droppedPackets: number;
  readonly droppedBytes: number;
  /** Dropped packets, by what has decided. */
  readonly droppedBy: Readonly<Partial<Record<Decision["kind"], number>>>;
}

/** Since the interface is there. */
export interface FilterCounters {
  readonly ingress: DirectionCounters;
  readonly egress: DirectionCounters;
  /** Connections that are tracked at the moment, and how many may be. */
  readonly trackedConnections: number;
  readonly maxTrackedConnections: number;
  /** Flows that are known and not tracked: they need no place. */
  readonly untrackedFlows: number;
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

export class PacketCounter {
  readonly #counters: Readonly<Record<Direction, Mutable<DirectionCounters>>> = { ingress: zero(), egress: zero() };

  count(direction: Direction, { accept, by }: Verdict, bytes: number): void {
    const counters = this.#counters[direction];
    if (accept) {
      counters.acceptedPackets++;
      counters.acceptedBytes += bytes;
      return;
    }
    counters.droppedPackets++;
    counters.droppedBytes += bytes;
    const droppedBy: Mutable<DirectionCounters["droppedBy"]> = counters.droppedBy;
    droppedBy[by.kind] = (droppedBy[by.kind] ?? 0) + 1;
  }

  read(direction: Direction): DirectionCounters {
    const counters = this.#counters[direction];
    return { ...counters, droppedBy: { ...counters.droppedBy } };
  }
}

const zero = (): Mutable<DirectionCounters> => ({
  acceptedPackets: 0,
  acceptedBytes: 0,
  droppedPackets: 0,
  droppedBytes: 0,
  droppedBy: {},
});
