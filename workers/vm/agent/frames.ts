import { concat } from "../../../src/base/bytes.ts";
import { CloudError } from "../../../src/base/errors.ts";

/** The frames of images/agent/PROTOCOL.md. Rules are cited as A1, A2, … */

export const PROTOCOL_VERSION = 1;
/** Where the agent listens in the guest (A1). */
export const AGENT_PORT = 1000;
/** Where we listen for the agent (A2). */
export const CONTROL_PORT = 1024;
/** Ports below are root's in the guest (Linux, `LAST_RESERVED_PORT` of af_vsock.c): only they can be the agent's. */
export const FIRST_UNPRIVILEGED_PORT = 1024;
export const FRAME_HEADER_BYTES = 8;
/** A8. */
export const MAX_REQUEST_BYTES = 262_144;
export const MAX_DATA_BYTES = 65_536;
/** A12. */
export const STDIN_WINDOW_BYTES = 262_144;

export const FRAME = {
  hello: 0x01,
  error: 0x02,
  ok: 0x03,
  ready: 0x04,
  exec: 0x10,
  readFile: 0x11,
  writeFile: 0x12,
  power: 0x13,
  setClock: 0x14,
  ping: 0x15,
  info: 0x16,
  data: 0x20,
  end: 0x21,
  stdout: 0x22,
  stderr: 0x23,
  grant: 0x24,
  signal: 0x25,
  stdinClosed: 0x26,
  started: 0x27,
  exit: 0x28,
  file: 0x29,
  pong: 0x2a,
  infoReply: 0x2b,
} as const;

/** The kinds of ERROR. */
export const ERROR_KIND = {
  version: 1,
  protocol: 2,
  busy: 3,
  user: 4,
  directory: 5,
  start: 6,
  file: 7,
  power: 8,
  clock: 9,
  internal: 10,
} as const;

const HELLO_MAGIC = 0x47_41_56_54;
const NOTHING = new Uint8Array(0);

/** One frame: header and a copy of the payload. */
export function frame(type: number, payload: Uint8Array = NOTHING): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(FRAME_HEADER_BYTES + payload.byteLength);
  bytes[0] = type;
  viewOf(bytes).setUint32(4, payload.byteLength, true);
  bytes.set(payload, FRAME_HEADER_BYTES);
  return bytes;
}

/** A frame whose payload is 32-bit numbers. */
export function numbersFrame(type: number, ...values: number[]): Uint8Array<ArrayBuffer> {
  const payload = new Uint8Array(4 * values.length);
  values.forEach((value, index) => {
    viewOf(payload).setUint32(4 * index, value, true);
  });
  return frame(type, payload);
}

export function helloFrame(version = PROTOCOL_VERSION): Uint8Array<ArrayBuffer> {
  return numbersFrame(FRAME.hello, HELLO_MAGIC, version);
}

/** The version that a HELLO says; `undefined` when it is none. */
export function helloVersion(payload: Uint8Array): number | undefined {
  if (payload.byteLength !== 8 || viewOf(payload).getUint32(0, true) !== HELLO_MAGIC) return undefined;
  return viewOf(payload).getUint16(4, true);
}

export function errorFrame(kind: number, message: string): Uint8Array<ArrayBuffer> {
  return frame(FRAME.error, concat([numbers16(kind, 0), text(message)]));
}

/** Strings as the protocol has them: UTF-8 and a NUL. Throws `InvalidParameterValue` when one has a NUL in it. */
export function text(...strings: string[]): Uint8Array<ArrayBuffer> {
  for (const string of strings) {
    if (string.includes("\0")) {
      throw new CloudError("InvalidParameterValue", "A path, argument or variable must not contain a NUL character.", {
        value: string,
      });
    }
  }
  return new TextEncoder().encode(strings.map((string) => `${string}\0`).join(""));
}

export function numbers16(...values: number[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(2 * values.length);
  values.forEach((value, index) => {
    viewOf(bytes).setUint16(2 * index, value, true);
  });
  return bytes;
}

export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** Reads a payload's fields in order. What is missing is a broken protocol: `Agent.Protocol`. */
export class PayloadReader {
  readonly #view: DataView;
  #offset = 0;

  constructor(payload: Uint8Array) {
    this.#view = viewOf(payload);
  }

  u16(): number {
    return this.#take(2, (offset) => this.#view.getUint16(offset, true));
  }

  u32(): number {
    return this.#take(4, (offset) => this.#view.getUint32(offset, true));
  }

  u64(): number {
    return this.#take(8, (offset) => Number(this.#view.getBigUint64(offset, true)));
  }

  i64(): number {
    return this.#take(8, (offset) => Number(this.#view.getBigInt64(offset, true)));
  }

  string(): string {
    const bytes = new Uint8Array(this.#view.buffer, this.#view.byteOffset, this.#view.byteLength);
    const end = bytes.indexOf(0, this.#offset);
    if (end === -1) throw tooShort();
    const string = new TextDecoder().decode(bytes.subarray(this.#offset, end));
    this.#offset = end + 1;
    return string;
  }

  #take<T>(length: number, read: (offset: number) => T): T {
    if (this.#offset + length > this.#view.byteLength) throw tooShort();
    const value = read(this.#offset);
    this.#offset += length;
    return value;
  }
}

function tooShort(): CloudError {
  return new CloudError("Agent.Protocol", "The guest agent sent a frame that is shorter than its kind asks for.");
}
