import type { Disposable } from "../base/disposable.ts";
import type { Client } from "../protocol/contract.ts";
import type { AttachResult, MachineInterface, MachineSpec, VmContract, VmEvent } from "../protocol/vm-contract.ts";

/** A machine that runs, as its instance's actor sees it: the worker behind it is one way to have one. */
export interface Machine extends Disposable {
  readonly client: Client<VmContract>;
  readonly interfaces: MachineCards;
  /** The console's bytes; the machine is paused while nobody reads. */
  readonly consoleOut: ReadableStream<Uint8Array<ArrayBuffer>>;
}

/** The network cards of a machine that runs; `vmContract` says what may come of it. */
export interface MachineCards {
  attach(spec: MachineInterface): Promise<AttachResult>;
  detach(interfaceId: string, force?: boolean): Promise<void>;
}

/** Where machines' interfaces are plugged in. */
export interface MachineNetwork {
  /**
   * Plugs an interface in until it is disposed of. `give` is handed the machine's end of its way to the network: at once,
   * and another one whenever the network has to begin anew.
   */
  plug(interfaceId: string, give: (port: MessagePort) => void): Disposable;
}

/** Makes machines. */
export interface MachineFactory {
  /**
   * Rejects when the machine cannot be had; `signal` gives it up on the way.
   * `onEvent` hears from the first moment on, before `start` resolves, and until the machine is disposed of.
   */
  start(spec: MachineSpec, onEvent: (event: VmEvent) => void, signal: AbortSignal): Promise<Machine>;
}
