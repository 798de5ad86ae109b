import { concat } from "../../base/bytes.ts";
import { HttpError } from "./message.ts";

const LF = 10;
const CR = 13;

/** Takes a stream of bytes apart, and gives back what follows. */
export class ByteReader {
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  #rest: Uint8Array = NOTHING;
  /** Asked for before somebody wanted it. */
  #next: Promise<ReadableStreamReadResult<Uint8Array>> | undefined;
  #received = 0;

  constructor(readable: ReadableStream<Uint8Array>) {
    this.#reader = readable.getReader();
  }

  /**
   * The lines of a message's head, without what ends them; empty ones before it are passed over (RFC 9112 §2.2). Undefined:
   * the stream has ended before it. Bytes are characters, as in the HTTP standard. `limit`: bytes.
   */
  async head(limit: number): Promise<string[] | undefined> {
    const lines: string[] = [];
    for (let left = limit; ; ) {
      const line = await this.#line(left);
      if (line === undefined) {
        if (lines.length > 0) throw new HttpError(400, "The connection ended within the head of a message.");
        return undefined;
      }
      left -= line.length + 1;
      if (line !== "") lines.push(line);
      else if (lines.length > 0) return lines;
    }
  }

  /** A line of something that goes on after it. */
  async line(limit: number): Promise<string> {
    const line = await this.#line(limit);
    if (line === undefined) throw new HttpError(400, "The connection ended within a message.");
    return line;
  }

  /** Some bytes, `most` at most; undefined at the end. */
  async some(most: number): Promise<Uint8Array | undefined> {
    if (this.#rest.length === 0 && !(await this.#more())) return undefined;
    const bytes = this.#rest.subarray(0, most);
    this.#rest = this.#rest.subarray(bytes.length);
    return bytes;
  }

  /** Bytes that have come so far. */
  get received(): number {
    return this.#received;
  }

  /** Nothing has come that has not been read. */
  get isEmpty(): boolean {
    return this.#rest.length === 0;
  }

  /** Resolves when something has come that has not been read, or the end has, however; takes none of it. */
  async arrival(): Promise<void> {
    if (!this.isEmpty) return;
    this.#next ??= this.#reader.read();
    // Whoever reads next is told of it.
    await this.#next.catch(() => undefined);
  }

  /** All that follows, as a stream. */
  remainder(): ReadableStream<Uint8Array> {
    return streamOf(
      () => this.some(Number.POSITIVE_INFINITY),
      (reason) => this.cancel(reason),
    );
  }

  async cancel(reason?: unknown): Promise<void> {
    await this.#reader.cancel(reason);
  }

  /** Without what ends it: CR LF, or LF alone (RFC 9112 §2.2). */
  async #line(limit: number): Promise<string | undefined> {
    let searched = 0;
    for (;;) {
      const end = this.#rest.indexOf(LF, searched);
      if (end > limit || (end < 0 && this.#rest.length > limit)) {
        throw new HttpError(431, `A message's head is longer than ${limit} bytes.`);
      }
      if (end >= 0) {
        const length = this.#rest[end - 1] === CR ? end - 1 : end;
        const line = characters(this.#rest.subarray(0, Math.max(0, length)));
        this.#rest = this.#rest.subarray(end + 1);
        return line;
      }
      searched = this.#rest.length;
      const before = this.#rest;
      if (!(await this.#more())) {
        if (before.length > 0) throw new HttpError(400, "The connection ended within a line.");
        return undefined;
      }
    }
  }

  /** Adds to what is there; false: nothing follows. */
  async #more(): Promise<boolean> {
    const reading = this.#next ?? this.#reader.read();
    this.#next = undefined;
    const { done, value } = await reading;
    if (done) return false;
    this.#received += value.length;
    this.#rest = this.#rest.length === 0 ? value : concat([this.#rest, value]);
    return value.length > 0 || (await this.#more());
  }
}

/** A stream that asks for its next piece only when somebody wants it. */
export function streamOf(
  next: () => Promise<Uint8Array | undefined>,
  cancel: (reason: unknown) => Promise<void> | void,
): ReadableStream<Uint8Array> {
  return new ReadableStream(
    {
      pull: async (controller) => {
        const bytes = await next();
        if (bytes === undefined) controller.close();
        else controller.enqueue(bytes);
      },
      cancel,
    },
    { highWaterMark: 0 },
  );
}

function characters(bytes: Uint8Array): string {
  let text = "";
  for (let at = 0; at < bytes.length; at += 4096) text += String.fromCharCode(...bytes.subarray(at, at + 4096));
  return text;
}

const NOTHING = new Uint8Array(0);
