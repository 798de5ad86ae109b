/** What a chain of layers stands on: read-only bytes that may have to be fetched. */
export interface BaseDisk {
  /** Identity of the content: the same for equal bytes only. */
  readonly fingerprint: string;
  readonly sizeBytes: number;
  /** Says whether the range is known to be zeros without reading it. Beyond the end it is. */
  isZero(offset: number, length: number): boolean;
  /** Says whether `copy` would find the range in memory. */
  has(offset: number, length: number): boolean;
  /** Copies the range into `target` when it is in memory; zeros beyond the end. */
  copy(offset: number, target: Uint8Array): boolean;
  /** Copies the range into `target`; zeros beyond the end. Rejects when the bytes cannot be had, never makes them up. */
  read(offset: number, target: Uint8Array): Promise<void>;
}
