import type { Disposable } from "../base/disposable.ts";
import type { ConsoleListener } from "../lifecycle/console-buffer.ts";
import type { InstanceActor } from "../lifecycle/instance-actor.ts";

/** One call moves at most so much to the worker, so that a huge paste stays interruptible. */
const WRITE_CHUNK_BYTES = 4096;

/** The instance's console, as the public API shows it. */
export class InstanceConsole {
  readonly #actor: InstanceActor;
  #lastWrite: Promise<void> = Promise.resolve();

  constructor(actor: InstanceActor) {
    this.#actor = actor;
  }

  /** Output as text, from now on. A returned promise holds the guest's output back until it resolves. */
  onData(listener: ConsoleListener): Disposable {
    return this.#actor.console.onData(listener);
  }

  /** Types into the console, in the order of the calls; resolves when the guest has taken it all. */
  async write(data: string | Uint8Array): Promise<void> {
    const bytes = typeof data === "string" ? new TextEncoder().encode(data) : data.slice();
    const client = this.#actor.client;
    const written = this.#lastWrite.then(async () => {
      for (let offset = 0; offset < bytes.byteLength; offset += WRITE_CHUNK_BYTES) {
        await client.consoleWrite(bytes.slice(offset, offset + WRITE_CHUNK_BYTES));
      }
    });
    // The next write goes ahead even when this one failed; its caller hears of that.
    this.#lastWrite = written.catch(() => {});
    await written;
  }

  /** Tells the guest the terminal's size in characters. */
  async resize(columns: number, rows: number): Promise<void> {
    await this.#actor.client.consoleResize(columns, rows);
  }

  /** The last 64 KiB of output; kept after the instance has stopped. */
  history(): string {
    return this.#actor.console.history();
  }
}
