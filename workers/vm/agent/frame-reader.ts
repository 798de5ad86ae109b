import { concat } from "../../../src/base/bytes.ts";
import { CloudError } from "../../../src/base/errors.ts";
import { FRAME, FRAME_HEADER_BYTES, MAX_DATA_BYTES, viewOf } from "./frames.ts";

/** A frame, or a piece of one that carries a stream: its payload is a view that must not be kept for long. */
export interface Frame {
  readonly type: number;
  readonly payload: Uint8Array;
}

/** Frames that are handed on as they come, in pieces: where they end does not matter. */
const STREAMED = new Set<number>([FRAME.data, FRAME.stdout, FRAME.stderr]);

/** Cuts a byte stream into frames. Copies only what is cut by the stream's own chunks. */
export class FrameReader {
  readonly #read: () => Promise<Uint8Array | undefined>;
  #chunk = new Uint8Array(0) as Uint8Array;
  #streamType = 0;
  #streamLeft = 0;

  constructor(read: () => Promise<Uint8Array | undefined>) {
    this.#read = read;
  }

  /** The next frame; `undefined` at the end of the stream. Rejects with `Agent.Protocol` for what is no frame. */
  async next(): Promise<Frame | undefined> {
    if (this.#streamLeft > 0) return await this.#nextPiece();
    if (!(await this.#fill(FRAME_HEADER_BYTES))) return undefined;
    const view = viewOf(this.#chunk);
    const type = view.getUint8(0);
    const length = view.getUint32(4, true);
    // The first four bytes: type, flags, reserved (A8).
    if (view.getUint32(0, true) !== type || length > MAX_DATA_BYTES) {
      throw new CloudError("Agent.Protocol", "The guest agent sent something that is no frame.", { type, length });
    }
    this.#chunk = this.#chunk.subarray(FRAME_HEADER_BYTES);
    if (STREAMED.has(type)) {
      this.#streamType = type;
      this.#streamLeft = length;
      return length === 0 ? await this.next() : await this.#nextPiece();
    }
    if (!(await this.#fill(length))) return undefined;
    const payload = this.#chunk.subarray(0, length);
    this.#chunk = this.#chunk.subarray(length);
    return { type, payload };
  }

  async #nextPiece(): Promise<Frame | undefined> {
    if (!(await this.#fill(1))) return undefined;
    const payload = this.#chunk.subarray(0, this.#streamLeft);
    this.#chunk = this.#chunk.subarray(payload.byteLength);
    this.#streamLeft -= payload.byteLength;
    return { type: this.#streamType, payload };
  }

  /** Sees to it that `#chunk` has `length` bytes; false at the end of the stream. */
  async #fill(length: number): Promise<boolean> {
    while (this.#chunk.byteLength < length) {
      const more = await this.#read();
      if (more === undefined) return false;
      this.#chunk = this.#chunk.byteLength === 0 ? more : concat([this.#chunk, more]);
    }
    return true;
  }
}
