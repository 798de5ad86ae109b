import type { Clock } from "../base/clock.ts";
import type { MachineSpec } from "../protocol/vm-contract.ts";
import type { MachineFactory } from "./machine.ts";
import type { Reason } from "./reasons.ts";
import type { InstanceState, RootDeviceType, ShutdownBehavior } from "./states.ts";

/** What the registry keeps of an actor. */
export interface ActorState {
  readonly state: InstanceState;
  readonly stateReason: Reason | null;
  /** EC2's StateTransitionReason; empty while the instance comes up or runs. */
  readonly transitionReason: string;
}

/** What comes of a failure: whether the instance starts again by itself, and the reason of the state in which it is then. */
export interface Recovery {
  readonly startsAgain: boolean;
  readonly reason: Reason;
}

export interface ActorOptions {
  readonly id: string;
  readonly initial: ActorState;
  readonly machines: MachineFactory;
  readonly clock: Clock;
  readonly graceMs?: number;
  /** "ebs" by default. */
  readonly rootDeviceType?: RootDeviceType;
  /** How often its machine and guest are asked whether they are there; never, when absent. */
  readonly checkEveryMs?: number | undefined;
  /** What a guest that powers itself off does to its instance (F21); "stop" when absent. */
  shutdownBehavior?(): ShutdownBehavior;
  /** What comes of a failure of what it ran in; undefined, or absent: it stays stopped, for that reason. */
  recover?(failure: Reason): Recovery | undefined;
  /** Throws when the instance may not start now (limits, capacity). */
  admit(): void;
  /** The machine to build at the next start. */
  spec(): Promise<MachineSpec>;
  /** Stores a state. Calls come one after the other, in order. */
  persist(state: ActorState): Promise<void>;
  /** Deletes what goes with the instance; before it is "terminated". */
  release(): Promise<void>;
  /** What the guest calls its disks since it came up, e.g. "vdb", by volume. */
  onDisks?(names: Readonly<Record<string, string>>): void;
}
