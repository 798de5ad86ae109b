import type { Machine } from "./machine.ts";
import type { Reason } from "./reasons.ts";
import { Signal } from "./signal.ts";

/** One period from power-on to power-off. */
export interface Session {
  readonly abort: AbortController;
  machine: Machine | undefined;
  diskError: Reason | null;
  /** The image is known to have an agent, which tells when the guest is up. */
  hasAgent: boolean;
  /** It was begun by itself, after a failure. */
  readonly recovers: boolean;
  /** Resolves when the machine is gone, whatever the cause. */
  readonly down: Signal;
  readonly restarted: Signal;
}

export const newSession = (recovers: boolean): Session => ({
  abort: new AbortController(),
  machine: undefined,
  diskError: null,
  hasAgent: true,
  recovers,
  down: new Signal(),
  restarted: new Signal(),
});
