import { PcapngCounter } from "./pcapng-counter.ts";

type Bytes = Uint8Array<ArrayBuffer>;

/** A capture on its way into a file: counted as it passes, and a whole file whenever it is stopped. */
export class CaptureSession {
  readonly #counter = new PcapngCounter();
  #tellStopped: () => void = () => {};
  readonly #stopped = new Promise<null>((resolve) => {
    this.#tellStopped = () => resolve(null);
  });

  get counts(): { readonly packets: number; readonly bytes: number } {
    return { packets: this.#counter.packets, bytes: this.#counter.bytes };
  }

  /** No more packets: what has come is the file. */
  stop(): void {
    this.#tellStopped();
  }

  /** What is captured, until it is stopped or its end comes. */
  through(captured: ReadableStream<Bytes>): ReadableStream<Bytes> {
    const reader = captured.getReader();
    const stopped = this.#stopped;
    return new ReadableStream({
      pull: async (controller) => {
        const next = await Promise.race([reader.read(), stopped]);
        if (next === null || next.done) {
          await reader.cancel();
          controller.close();
          return;
        }
        this.#counter.add(next.value);
        controller.enqueue(next.value);
      },
      cancel: (reason) => reader.cancel(reason),
    });
  }
}
