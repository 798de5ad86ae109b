import {
  Z_BUF_ERROR,
  Z_NO_FLUSH,
  Z_OK,
  Z_STREAM_END,
  ZStream,
  zlibInflate,
  zlibInflateInit2,
  zlibInflateReset,
} from "pako";
import { malformed, truncated } from "./errors.ts";

// DecompressionStream does not say where deflate data ends, and takes what follows for an error. A qcow2 cluster has
// the rest of a sector behind it, and a gzip file may have another member: so zlib's own calls are used, as pako has them.

/** zlib manual, inflateInit2: deflate data without zlib's or gzip's head, windows of up to 32 KiB. */
const RAW = -15;

const NOTHING = new Uint8Array(0);

/** What it waits for: more input, room in the output (see `clear`), or nothing any more. */
export type InflateStop = "input" | "output" | "end";

/** Unpacks one stream of deflate data, as far as input and output go. Throws `Image.Malformed`, `Image.Truncated`. */
export class Inflater {
  output: Uint8Array<ArrayBuffer>;
  /** Where in the output the next byte goes. */
  position = 0;
  readonly #stream = new ZStream();
  #final = false;
  #ended = false;

  constructor(output: Uint8Array<ArrayBuffer>) {
    this.output = output;
    zlibInflateInit2(this.#stream, RAW);
  }

  /** Starts a new stream. Input that is left over is dropped. */
  reset(output = this.output): void {
    this.output = output;
    this.position = 0;
    this.#final = false;
    this.#ended = false;
    zlibInflateReset(this.#stream);
    this.#setInput(NOTHING);
  }

  /** Adds input, which must stay as it is until more is asked for. `final`: there is no more. */
  push(bytes: Uint8Array, final: boolean): void {
    const left = this.leftOver();
    const input = left.byteLength === 0 ? bytes : new Uint8Array(left.byteLength + bytes.byteLength);
    if (input !== bytes) {
      input.set(left);
      input.set(bytes, left.byteLength);
    }
    this.#setInput(input);
    this.#final = final;
  }

  /** The input that is not used up; at "end" it is what follows the stream. */
  leftOver(): Uint8Array {
    const { input, next_in: from, avail_in: count } = this.#stream;
    const rest = count === 0 ? NOTHING : input.slice(from, from + count);
    this.#setInput(NOTHING);
    return rest;
  }

  /** Makes room: what was before `position` must have been taken. */
  clear(): void {
    this.position = 0;
  }

  run(): InflateStop {
    if (this.#ended) return "end";
    const stream = this.#stream;
    stream.output = this.output;
    stream.next_out = this.position;
    stream.avail_out = this.output.byteLength - this.position;
    if (stream.avail_out === 0) return "output";
    const status = zlibInflate(stream, Z_NO_FLUSH);
    this.position = stream.next_out;
    this.#ended = status === Z_STREAM_END;
    if (this.#ended) return "end";
    // No progress without more of either is no error.
    if (status !== Z_OK && status !== Z_BUF_ERROR) throw malformed(`its deflate data is damaged (${stream.msg})`);
    if (stream.avail_out === 0) return "output";
    if (this.#final) throw truncated("its deflate data is cut off");
    return "input";
  }

  #setInput(input: Uint8Array): void {
    this.#stream.input = input;
    this.#stream.next_in = 0;
    this.#stream.avail_in = input.byteLength;
  }
}

/** Unpacks clusters of qcow2 images: as many bytes as a cluster has, whatever is behind them (I8). */
export class ClusterInflater {
  readonly #inflater = new Inflater(NOTHING);

  /** The first `length` bytes of deflate data. Throws `Image.Malformed`, `Image.Truncated`. */
  unpack(packed: Uint8Array, length: number): Uint8Array<ArrayBuffer> {
    const output = new Uint8Array(length);
    this.#inflater.reset(output);
    this.#inflater.push(packed, true);
    if (this.#inflater.run() === "end" && this.#inflater.position < length) {
      throw malformed(`a packed cluster has less than ${length} bytes`, { bytes: this.#inflater.position, length });
    }
    return output;
  }
}
