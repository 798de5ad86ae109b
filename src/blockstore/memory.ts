/**
 * What blocks pass through is hundreds of MiB a second, and an engine's collector of garbage begins when there is as much
 * of it: whoever reads or writes a disk from end to end says what is not needed any more.
 */

/** Gives memory back at once (ECMA-262 §25.1.6.7). Where a browser cannot, its collector does. */
export function free(buffer: ArrayBuffer & { transfer?(bytes: number): ArrayBuffer }): void {
  buffer.transfer?.(0);
}

/** More than an engine lets pass without weighing what its heap holds (V8: steps of 32 MiB). Never touched, it takes no memory. */
const WEIGHED_BYTES = 64 << 20;

/**
 * Has the engine look now whether there is garbage to be collected. In Chromium a request of IndexedDB keeps what it has
 * read until a collection of the whole heap, and nothing else ends that.
 */
export function askCollector(): void {
  try {
    free(new ArrayBuffer(WEIGHED_BYTES));
  } catch {
    // It has collected what there was before it said that it has not so much.
  }
}
