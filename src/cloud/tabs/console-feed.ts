import type { Clock } from "../../base/clock.ts";
import { type Disposable, DisposableStore } from "../../base/disposable.ts";
import { PortWriter } from "../../protocol/port-stream.ts";
import type { TabUpdate } from "../../protocol/tab-contract.ts";
import type { LocalBackend } from "./local-backend.ts";

/** A tab that takes nothing for so long is frozen, or stands in a debugger: the guests must not stand still with it. */
const STALLED_MS = 10_000;

/**
 * Streams the consoles of all instances to one follower. Its back-pressure holds a guest as that of a listener here
 * does, up to `STALLED_MS`: then the follower is let go of.
 */
export class ConsoleFeed implements Disposable {
  readonly #backend: LocalBackend;
  readonly #clock: Clock;
  readonly #onStalled: () => void;
  readonly #open = new Map<string, DisposableStore>();

  constructor(backend: LocalBackend, clock: Clock, onStalled: () => void) {
    this.#backend = backend;
    this.#clock = clock;
    this.#onStalled = onStalled;
  }

  /** Of these instances, the consoles that the follower does not have yet; those of instances that are gone end. */
  follow(instanceIds: readonly string[]): TabUpdate["consoles"] {
    for (const [id, open] of this.#open) {
      if (instanceIds.includes(id)) continue;
      open.dispose();
      this.#open.delete(id);
    }
    return instanceIds.filter((id) => !this.#open.has(id)).flatMap((id) => this.#stream(id));
  }

  dispose(): void {
    for (const open of this.#open.values()) open.dispose();
    this.#open.clear();
  }

  #stream(instanceId: string): TabUpdate["consoles"] {
    const instance = this.#backend.instance(instanceId);
    if (instance === undefined) return [];
    const { port1, port2 } = new MessageChannel();
    const writer = new PortWriter(port1);
    const owned = new DisposableStore();
    const encoder = new TextEncoder();
    owned.defer(() => port1.close());
    // In one breath with the subscription: nothing is missing or twice.
    const history = encoder.encode(instance.console.history());
    owned.add(instance.console.onData((text) => this.#write(writer, encoder.encode(text))));
    this.#open.set(instanceId, owned);
    return [{ instanceId, history, output: port2 }];
  }

  async #write(writer: PortWriter, bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    const cancel = this.#clock.setTimer(STALLED_MS, this.#onStalled);
    try {
      await writer.write(bytes);
    } finally {
      cancel();
    }
  }
}
