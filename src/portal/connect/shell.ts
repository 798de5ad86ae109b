/** What a shell is opened with. */
export interface ShellRequest {
  /** The terminal's size in characters. */
  readonly columns: number;
  readonly rows: number;
  /** Called with output, piece after piece; until its promise resolves the guest waits with more than a window of it. */
  readonly onOutput: (bytes: Uint8Array) => Promise<void>;
}

/** A shell in a guest with a terminal of its own, however it was reached. */
export interface Shell {
  /** Types; resolves when there is room for more. */
  write(bytes: Uint8Array): Promise<void>;
  /** The terminal's size has changed. */
  resize(columns: number, rows: number): Promise<void>;
  /** Resolves when it has ended and its output was taken in, with a sentence that says why. */
  readonly ended: Promise<string>;
  /** Ends it. */
  close(): void;
}
