import type { Decision, Direction } from "../filter/verdict.ts";

/** A line of the flow log that is still written to: one flow of an interface, in one direction, decided in one way. */
export interface Flow {
  readonly id: number;
  readonly interfaceId: string;
  readonly direction: Direction;
  readonly source: number;
  readonly destination: number;
  readonly sourcePort: number;
  readonly destinationPort: number;
  readonly protocol: number;
  readonly accept: boolean;
  readonly decision: Decision;
  packets: number;
  bytes: number;
  /** When its first and its last packet passed, in milliseconds since the epoch. */
  readonly start: number;
  end: number;
  /** Its window has not ended: packets may still be added. */
  open: boolean;
  /** Whoever watches live has not seen it as it is now. */
  changed: boolean;
}
