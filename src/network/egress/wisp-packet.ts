/** Packets of Wisp (github.com/MercuryWorkshop/wisp-protocol): type, stream, payload; numbers are little-endian. */
export const WISP = { connect: 1, data: 2, continue: 3, close: 4, info: 5 } as const;

export interface WispPacket {
  readonly type: number;
  readonly stream: number;
  readonly payload: Uint8Array;
}

const HEADER = 5;
const TCP_STREAM = 1;

/** Undefined: it is cut short. */
export function parseWisp(bytes: Uint8Array): WispPacket | undefined {
  if (bytes.length < HEADER) return undefined;
  const stream = new DataView(bytes.buffer, bytes.byteOffset).getUint32(1, true);
  return { type: bytes[0] as number, stream, payload: bytes.subarray(HEADER) };
}

export function wispPacket(type: number, stream: number, payload: Uint8Array): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(HEADER + payload.length);
  bytes[0] = type;
  new DataView(bytes.buffer).setUint32(1, stream, true);
  bytes.set(payload, HEADER);
  return bytes;
}

export function connectPayload(host: string, port: number): Uint8Array {
  const name = new TextEncoder().encode(host);
  const payload = new Uint8Array(3 + name.length);
  payload.set([TCP_STREAM, port & 255, port >>> 8]);
  payload.set(name, 3);
  return payload;
}

/** Version 2.0, without extensions. */
export const INFO_PAYLOAD = Uint8Array.of(2, 0);

/** The first number of a payload; 0 when there is none. */
export const numberIn = (payload: Uint8Array): number =>
  payload.length < 4 ? 0 : new DataView(payload.buffer, payload.byteOffset).getUint32(0, true);

const REASONS: Readonly<Record<number, string>> = {
  2: "it has been closed",
  3: "the network has failed",
  65: "the relay does not take the address",
  66: "the host cannot be reached",
  67: "the host does not answer",
  68: "the host refuses the connection",
  71: "the transfer has timed out",
  72: "the relay does not allow it",
  73: "the relay allows no more",
};

/** Why the relay has closed a stream, in words. 2 is how it tells that the other side has ended. */
export const closeReason = (code: number): string => REASONS[code] ?? "the relay does not say why";

export const CLOSE = { voluntary: 2, cannotReceive: 0x81 } as const;
