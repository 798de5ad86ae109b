import { concat } from "../../base/bytes.ts";
import { CloudError } from "../../base/errors.ts";
import type { ByteReader } from "../http/byte-reader.ts";

/** RFC 6455 §5.2. */
export const OPCODE = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const;
export type Opcode = (typeof OPCODE)[keyof typeof OPCODE];
const OPCODES: ReadonlySet<number> = new Set(Object.values(OPCODE));

/** RFC 6455 §7.4.1, as far as an end point finds something wrong. */
export const CLOSE_CODE = { protocol: 1002, noStatus: 1005, lost: 1006, notText: 1007, tooBig: 1009 } as const;

export interface WebSocketFrame {
  readonly isFinal: boolean;
  readonly opcode: Opcode;
  readonly payload: Uint8Array<ArrayBuffer>;
}

/** What a server says against the protocol; `closeCode` is what it is told. */
export class WebSocketError extends CloudError {
  readonly closeCode: number;

  constructor(closeCode: number, message: string) {
    super("Network.WebSocketFailed", message, { closeCode });
    this.closeCode = closeCode;
  }
}

/** Of the frames that are about the connection (RFC 6455 §5.5). */
export const MAX_CONTROL = 125;
const FINAL = 0x80;
const MASKED = 0x80;
const RESERVED = 0x70;
const LENGTH_16 = 126;
const LENGTH_64 = 127;

/** A whole message, or one about the connection, as a client sends it: masked by four random bytes (§5.3). */
export function clientFrame(opcode: Opcode, payload: Uint8Array, mask: Uint8Array): Uint8Array<ArrayBuffer> {
  const { length } = payload;
  const extended = length < LENGTH_16 ? 0 : length < 1 << 16 ? 2 : 8;
  const frame = new Uint8Array(2 + extended + mask.length + length);
  const view = new DataView(frame.buffer);
  frame[0] = FINAL | opcode;
  if (extended === 0) frame[1] = MASKED | length;
  else if (extended === 2) {
    frame[1] = MASKED | LENGTH_16;
    view.setUint16(2, length);
  } else {
    frame[1] = MASKED | LENGTH_64;
    view.setBigUint64(2, BigInt(length));
  }
  frame.set(mask, 2 + extended);
  const start = 2 + extended + mask.length;
  for (let at = 0; at < length; at++) frame[start + at] = (payload[at] as number) ^ (mask[at & 3] as number);
  return frame;
}

/**
 * The next frame of a server, whose payload has `limit` bytes at most. Rejects with `WebSocketError` for what is none.
 * Undefined: the connection has ended between two.
 */
export async function readServerFrame(reader: ByteReader, limit: number): Promise<WebSocketFrame | undefined> {
  const first = await reader.some(1);
  if (first === undefined) return undefined;
  const [start = 0] = first;
  const [second = 0] = await exactly(reader, 1);
  const opcode = start & 15;
  const isFinal = (start & FINAL) !== 0;
  if ((start & RESERVED) !== 0) throw wrong("a frame has bits of an extension that nobody has asked for");
  if (!isOpcode(opcode)) throw wrong(`a frame has the opcode ${opcode}, which is none`);
  if ((second & MASKED) !== 0) throw wrong("a frame is masked, which is for clients");
  const short = second & 0x7f;
  const isControl = opcode >= OPCODE.close;
  if (isControl && (!isFinal || short > MAX_CONTROL)) throw wrong("a control frame is in pieces, or too long");
  const length = short < LENGTH_16 ? short : await longLength(reader, short);
  if (length > limit) throw new WebSocketError(CLOSE_CODE.tooBig, `A message is longer than ${limit} bytes.`);
  return { isFinal, opcode, payload: await exactly(reader, length) };
}

async function longLength(reader: ByteReader, kind: number): Promise<number> {
  const bytes = await exactly(reader, kind === LENGTH_16 ? 2 : 8);
  return bytes.reduce((length, byte) => length * 256 + byte, 0);
}

async function exactly(reader: ByteReader, length: number): Promise<Uint8Array<ArrayBuffer>> {
  const pieces: Uint8Array[] = [];
  for (let left = length; left > 0; ) {
    const piece = await reader.some(left);
    if (piece === undefined) throw new CloudError("Network.ConnectionReset", "The connection ended within a message.");
    left -= piece.length;
    pieces.push(piece);
  }
  return concat(pieces);
}

const isOpcode = (opcode: number): opcode is Opcode => OPCODES.has(opcode);

const wrong = (what: string) =>
  new WebSocketError(CLOSE_CODE.protocol, `The server breaks WebSocket's rules: ${what}.`);
