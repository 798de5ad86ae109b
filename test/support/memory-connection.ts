import { CloudError } from "../../src/base/errors.ts";
import type { AgentConnection } from "../../workers/vm/agent/agent-session.ts";

/** One end of a byte stream within the process; see `connectedPair`. */
export class MemoryConnection implements AgentConnection {
  #peer: MemoryConnection | undefined;
  #chunks: Uint8Array[] = [];
  #ended = false;
  #error: CloudError | undefined;
  #wake: () => void = () => {};

  static pair(): [MemoryConnection, MemoryConnection] {
    const ends: [MemoryConnection, MemoryConnection] = [new MemoryConnection(), new MemoryConnection()];
    ends[0].#peer = ends[1];
    ends[1].#peer = ends[0];
    return ends;
  }

  /** Was dropped, from either side. */
  get isOver(): boolean {
    return this.#ended;
  }

  async read(): Promise<Uint8Array | undefined> {
    for (;;) {
      const chunk = this.#chunks.shift();
      if (chunk !== undefined) return chunk;
      if (this.#error !== undefined) throw this.#error;
      if (this.#ended) return undefined;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  async write(bytes: Uint8Array): Promise<void> {
    if (this.#ended) throw this.#error ?? new CloudError("Vsock.Closed", "closed");
    const peer = this.#peer;
    if (peer === undefined) return;
    peer.#chunks.push(bytes.slice());
    peer.#wake();
  }

  /** Drops both ends: this one's reads fail, the other's come to the end. */
  reset(): void {
    if (this.#ended) return;
    this.#error = new CloudError("Vsock.Reset", "reset");
    this.#end();
    const peer = this.#peer;
    if (peer !== undefined) peer.#end();
  }

  #end(): void {
    this.#ended = true;
    this.#wake();
  }
}
