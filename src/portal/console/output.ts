/** The part of a terminal that output goes to. */
export interface OutputSink {
  /** Calls back when `text` has been taken in. */
  write(text: string, onWritten?: () => void): void;
}

/**
 * xterm looks at the clock only between the pieces it was given, and yields to the page after 12 ms of them; it takes
 * about a millisecond for one of these.
 */
const SLICE_CHARACTERS = 16 * 1024;

/** Gives `text` to the terminal in slices; resolves when it has taken in all of it. */
export function writeInSlices(sink: OutputSink, text: string): Promise<void> {
  if (text === "") return Promise.resolve();
  return new Promise((resolve) => {
    for (let start = 0; start < text.length; start += SLICE_CHARACTERS) {
      const end = start + SLICE_CHARACTERS;
      sink.write(text.slice(start, end), end >= text.length ? resolve : undefined);
    }
  });
}
