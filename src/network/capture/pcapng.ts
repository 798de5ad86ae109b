/**
 * Blocks of a pcapng file (IETF draft-ietf-opsawg-pcapng, as Wireshark, tshark and tcpdump read them): little-endian, each
 * block padded to 4 bytes, its length at both ends.
 */
const BLOCK = { section: 0x0a0d0d0a, interface: 1, statistics: 5, packet: 6 } as const;

/** §4.1: tells which way round the numbers are. */
const BYTE_ORDER = 0x1a2b3c4d;
const LINKTYPE_ETHERNET = 1;
/** The exponent of the unit of time stamps: microseconds. */
const MICROSECONDS = 6;

const OPTION = { end: 0, comment: 1 } as const;
const SECTION_OPTION = { application: 4 } as const;
const INTERFACE_OPTION = { name: 2, description: 3, timeResolution: 9 } as const;
const PACKET_OPTION = { flags: 2 } as const;
const STATISTICS_OPTION = { received: 4, dropped: 5 } as const;

/** Bits of the packet's flags word (§4.3.1): which way it went past the interface. */
const DIRECTION_FLAGS = { inbound: 1, outbound: 2 } as const;

type Option = readonly [code: number, value: Uint8Array];

/** The beginning of a file. */
export const sectionHeader = (application: string): Uint8Array<ArrayBuffer> => {
  const body = new Uint8Array(16);
  const view = new DataView(body.buffer);
  view.setUint32(0, BYTE_ORDER, true);
  view.setUint16(4, 1, true);
  // The section's length is not known beforehand.
  view.setBigInt64(8, -1n, true);
  return block(BLOCK.section, body, [[SECTION_OPTION.application, text(application)]]);
};

export interface CapturedInterface {
  readonly name: string;
  readonly description: string;
  /** Bytes of each frame that are kept. */
  readonly snapLength: number;
}

/** Says what interface number 0, the only one, is. */
export const interfaceDescription = ({ name, description, snapLength }: CapturedInterface): Uint8Array<ArrayBuffer> => {
  const body = new Uint8Array(8);
  const view = new DataView(body.buffer);
  view.setUint16(0, LINKTYPE_ETHERNET, true);
  view.setUint32(4, snapLength, true);
  return block(BLOCK.interface, body, [
    [INTERFACE_OPTION.name, text(name)],
    [INTERFACE_OPTION.description, text(description)],
    [INTERFACE_OPTION.timeResolution, Uint8Array.of(MICROSECONDS)],
  ]);
};

export interface CapturedPacket {
  /** Milliseconds since the epoch, fractions included. */
  readonly time: number;
  /** As the machine sees it: "inbound" is for it. */
  readonly direction: keyof typeof DIRECTION_FLAGS;
  /** What is kept of the frame, and its whole length in bytes. */
  readonly bytes: Uint8Array;
  readonly length: number;
  readonly comment?: string;
}

export function enhancedPacket({ time, direction, bytes, length, comment }: CapturedPacket): Uint8Array<ArrayBuffer> {
  const body = new Uint8Array(20 + padded(bytes.length));
  const view = new DataView(body.buffer);
  putTime(view, 4, time);
  view.setUint32(12, bytes.length, true);
  view.setUint32(16, length, true);
  body.set(bytes, 20);
  const options: Option[] = [[PACKET_OPTION.flags, uint32(DIRECTION_FLAGS[direction])]];
  if (comment !== undefined) options.push([OPTION.comment, text(comment)]);
  return block(BLOCK.packet, body, options);
}

/** How many frames have passed and how many of them are not in the file. */
export function interfaceStatistics(time: number, received: number, dropped: number): Uint8Array<ArrayBuffer> {
  const body = new Uint8Array(12);
  putTime(new DataView(body.buffer), 4, time);
  return block(BLOCK.statistics, body, [
    [STATISTICS_OPTION.received, uint64(received)],
    [STATISTICS_OPTION.dropped, uint64(dropped)],
  ]);
}

/** Type, length, body, options, length once more (§3.1, §3.5). */
function block(type: number, body: Uint8Array, options: readonly Option[]): Uint8Array<ArrayBuffer> {
  const optionBytes = options.reduce((sum, [, value]) => sum + 4 + padded(value.length), 4);
  const length = 12 + body.length + optionBytes;
  const bytes = new Uint8Array(length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, type, true);
  view.setUint32(4, length, true);
  bytes.set(body, 8);
  let at = 8 + body.length;
  for (const [code, value] of options) {
    view.setUint16(at, code, true);
    view.setUint16(at + 2, value.length, true);
    bytes.set(value, at + 4);
    at += 4 + padded(value.length);
  }
  // The end of options is four zeros, which are there.
  view.setUint32(length - 4, length, true);
  return bytes;
}

const padded = (length: number): number => Math.ceil(length / 4) * 4;

/** A time stamp: the upper half of the number comes first, whatever the byte order (§4.3). */
function putTime(view: DataView, at: number, milliseconds: number): void {
  const microseconds = BigInt(Math.round(milliseconds * 1000));
  view.setUint32(at, Number(microseconds >> 32n), true);
  view.setUint32(at + 4, Number(microseconds & 0xffffffffn), true);
}

const MAX_TEXT = 4096;

/** UTF-8, not ended by zero; a length is 16 bits. */
const text = (value: string): Uint8Array => new TextEncoder().encode(value.slice(0, MAX_TEXT));

function uint32(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value, true);
  return bytes;
}

function uint64(value: number): Uint8Array {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(value), true);
  return bytes;
}
