import type { Disposable } from "../base/disposable.ts";
import type { Client } from "../protocol/contract.ts";
import type { MachineSpec, VmContract, VmEvent } from "../protocol/vm-contract.ts";

/** A machine that runs, as its instance's actor sees it: the worker behind it is one way to have one. */
export interface Machine extends Disposable {
  readonly client: Client<VmContract>;
  /** The console's bytes; the machine is paused while nobody reads. */
  readonly consoleOut: ReadableStream<Uint8Array<ArrayBuffer>>;
}

/** Makes machines. */
export interface MachineFactory {
  /**
   * Rejects when the machine cannot be had; `signal` gives it up on the way.
   * `onEvent` hears from the first moment on, before `start` resolves, and until the machine is disposed of.
   */
  start(spec: MachineSpec, onEvent: (event: VmEvent) => void, signal: AbortSignal): Promise<Machine>;
}
