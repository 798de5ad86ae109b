/** One that nobody comes to is given up: the one who waits there looks for another owner long before. */
const EMPTY_AFTER_MS = 30_000;

/**
 * Brings message ports from one tab to another, which browsers let tabs do only through a worker that both have. The
 * first one in says one thing, ports with it; the second one gets it, and answers when it has.
 */
export class MeetingPlace {
  readonly #close: () => void;
  #first: MessagePort | undefined;
  #second: MessagePort | undefined;
  #said: MessageEvent | undefined;

  constructor(close: () => void, emptyAfterMs = EMPTY_AFTER_MS) {
    this.#close = close;
    setTimeout(close, emptyAfterMs);
  }

  /** A third one is not let in. */
  enter(port: MessagePort): void {
    if (this.#first === undefined) {
      this.#first = port;
      port.onmessage = (event) => {
        this.#said ??= event;
        this.#passOn();
      };
    } else if (this.#second === undefined) {
      this.#second = port;
      // It has what it came for.
      port.onmessage = () => this.#close();
      this.#passOn();
    }
  }

  #passOn(): void {
    if (this.#said === undefined || this.#second === undefined) return;
    this.#second.postMessage(this.#said.data, [...this.#said.ports]);
  }
}
