/**
 * A disk as the machine sees it. Offsets and lengths are bytes, multiples of 512, within `sizeBytes`.
 *
 * It behaves as a drive with a volatile write cache: a write is acknowledged once it is in the cache; after
 * `flush` resolves, everything acknowledged before it is durable. Errors are `CloudError`s: a failed read gives
 * no data, a failed write or flush is never acknowledged.
 */
export interface BlockDevice {
  readonly sizeBytes: number;
  readonly readOnly: boolean;
  /** The bytes when all are in memory, else `undefined`: then use `read`. The result is the caller's own copy. */
  readCached(offset: number, length: number): Uint8Array | undefined;
  read(offset: number, length: number): Promise<Uint8Array>;
  /** Copies `data` before it returns. A promise means: not accepted until it resolves (back-pressure, or a block to load). */
  write(offset: number, data: Uint8Array): Promise<void> | undefined;
  /** The range reads as zeros afterwards and takes no space where whole blocks are covered. */
  discard(offset: number, length: number): Promise<void> | undefined;
  flush(): Promise<void>;
  /** Flushes and lets go of the store. */
  close(): Promise<void>;
}
