import type { BootPhase, VmEvent } from "../protocol/vm-contract.ts";

/** How one boot went, or goes. */
export class BootLog {
  readonly #phases: { phase: BootPhase; startedAt: Date }[] = [];
  downloadedBytes = 0;
  downloadTotalBytes = 0;
  ready = false;

  /** Phases stand in the order in which they began. */
  get phases(): readonly { readonly phase: BootPhase; readonly startedAt: Date }[] {
    return this.#phases;
  }

  hear(event: VmEvent): void {
    if (event.type === "phase") this.#phases.push({ phase: event.phase, startedAt: new Date(event.atEpochMs) });
    else if (event.type === "ready") this.ready = true;
    else if (event.type === "download") {
      this.downloadedBytes = event.loadedBytes;
      this.downloadTotalBytes = event.totalBytes;
    }
  }
}
