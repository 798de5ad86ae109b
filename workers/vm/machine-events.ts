import { encodeError } from "../../src/protocol/error-codec.ts";
import type { BootPhase, VmEvent } from "../../src/protocol/vm-contract.ts";

/** A failing disk fails request after request; the page need not hear of each. */
const VOLUME_ERROR_INTERVAL_MS = 1000;

/** The page's ear for what happens to the machine. */
export class MachineEvents {
  readonly #port: MessagePort;
  #phases = new Set<BootPhase>();
  #volumeErrors = new Map<string, number>();

  constructor(port: MessagePort) {
    this.#port = port;
  }

  send(event: VmEvent): void {
    this.#port.postMessage(event);
  }

  /** A phase of the boot begins; told once a boot. */
  phase(phase: BootPhase): void {
    if (this.#phases.has(phase)) return;
    this.#phases.add(phase);
    this.send({ type: "phase", phase, atEpochMs: performance.timeOrigin + performance.now() });
  }

  /** Whether a phase of this boot has begun. */
  has(phase: BootPhase): boolean {
    return this.#phases.has(phase);
  }

  restarted(): void {
    this.#phases.clear();
    this.send({ type: "restarted" });
  }

  volumeError(volumeId: string, error: unknown): void {
    const now = performance.now();
    const last = this.#volumeErrors.get(volumeId);
    if (last !== undefined && now - last < VOLUME_ERROR_INTERVAL_MS) return;
    this.#volumeErrors.set(volumeId, now);
    this.send({ type: "volume-error", volumeId, error: encodeError(error) });
  }

  close(): void {
    this.#port.close();
  }
}
