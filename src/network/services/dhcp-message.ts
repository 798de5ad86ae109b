import { put16, put32, u8, u16, u32 } from "../frames/bytes.ts";
import { macAt, putMac } from "../frames/ethernet.ts";

/** Message types (RFC 2132 §9.6). */
export const DHCP = {
  discover: 1,
  offer: 2,
  request: 3,
  decline: 4,
  ack: 5,
  nak: 6,
  release: 7,
  inform: 8,
} as const;

/** Options (RFC 2132). */
export const DHCP_OPTION = {
  subnetMask: 1,
  router: 3,
  dnsServer: 6,
  hostName: 12,
  domainName: 15,
  interfaceMtu: 26,
  ntpServer: 42,
  requestedAddress: 50,
  leaseTime: 51,
  messageType: 53,
  serverId: 54,
  parameterList: 55,
  renewalTime: 58,
  rebindingTime: 59,
  clientId: 61,
} as const;

export const DHCP_PORT = { server: 67, client: 68 } as const;

/** What a client asks (RFC 2131 §2). */
export interface DhcpRequest {
  readonly type: number;
  readonly transaction: number;
  readonly seconds: number;
  readonly flags: number;
  /** The address that it has already. */
  readonly clientAddress: number;
  readonly relayAddress: number;
  readonly clientMac: number;
  readonly requestedAddress: number | undefined;
  readonly serverId: number | undefined;
  /** As it says it, to be said again (RFC 6842 §3). */
  readonly clientId: Uint8Array | undefined;
}

const OP = { request: 1, reply: 2 } as const;
const ETHERNET = 1;
const MAC_BYTES = 6;
const MAGIC = 0x63825363;
const OPTIONS_AT = 240;
const PAD = 0;
const END = 255;

/** Undefined: it is none that Ethernet and DHCP know (BOOTP without a type is none). */
export function parseDhcp(bytes: Uint8Array): DhcpRequest | undefined {
  if (bytes.length < OPTIONS_AT || u32(bytes, 236) !== MAGIC) return undefined;
  if (u8(bytes, 0) !== OP.request || u8(bytes, 1) !== ETHERNET || u8(bytes, 2) !== MAC_BYTES) return undefined;
  const options = optionsOf(bytes);
  const address = (option: number) => {
    const value = options.get(option);
    return value?.length === 4 ? u32(value, 0) : undefined;
  };
  const type = options.get(DHCP_OPTION.messageType);
  if (type?.length !== 1) return undefined;
  return {
    type: u8(type, 0),
    transaction: u32(bytes, 4),
    seconds: u16(bytes, 8),
    flags: u16(bytes, 10),
    clientAddress: u32(bytes, 12),
    relayAddress: u32(bytes, 24),
    clientMac: macAt(bytes, 28),
    requestedAddress: address(DHCP_OPTION.requestedAddress),
    serverId: address(DHCP_OPTION.serverId),
    clientId: options.get(DHCP_OPTION.clientId),
  };
}

/** Up to where they are whole. An option that comes twice is one that goes on (RFC 3396); none that we read is so long. */
function optionsOf(bytes: Uint8Array): Map<number, Uint8Array> {
  const options = new Map<number, Uint8Array>();
  for (let at = OPTIONS_AT; at < bytes.length; ) {
    const option = u8(bytes, at);
    if (option === END) break;
    if (option === PAD) {
      at += 1;
      continue;
    }
    if (at + 1 >= bytes.length) break;
    const length = u8(bytes, at + 1);
    if (at + 2 + length > bytes.length) break;
    if (!options.has(option)) options.set(option, bytes.subarray(at + 2, at + 2 + length));
    at += 2 + length;
  }
  return options;
}

export interface DhcpReply {
  readonly request: DhcpRequest;
  /** 0: none is given (NAK, the answer to INFORM). */
  readonly yourAddress: number;
  readonly options: readonly (readonly [number, Uint8Array])[];
}

/** The shortest message that all clients take (RFC 1542 §2.1). */
const LEAST_BYTES = 300;

export function dhcpReply({ request, yourAddress, options }: DhcpReply): Uint8Array {
  const length = options.reduce((sum, [, value]) => sum + 2 + value.length, OPTIONS_AT + 1);
  const bytes = new Uint8Array(Math.max(length, LEAST_BYTES));
  bytes.set([OP.reply, ETHERNET, MAC_BYTES]);
  put32(bytes, 4, request.transaction);
  put16(bytes, 10, request.flags);
  put32(bytes, 12, request.clientAddress);
  put32(bytes, 16, yourAddress);
  putMac(bytes, 28, request.clientMac);
  put32(bytes, 236, MAGIC);
  let at = OPTIONS_AT;
  for (const [option, value] of options) {
    bytes.set([option, value.length], at);
    bytes.set(value, at + 2);
    at += 2 + value.length;
  }
  bytes[at] = END;
  return bytes;
}

/** Values of options. */
export const word8 = (value: number): Uint8Array => Uint8Array.of(value);

export function word16(value: number): Uint8Array {
  const bytes = new Uint8Array(2);
  put16(bytes, 0, value);
  return bytes;
}

export function word32(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  put32(bytes, 0, value);
  return bytes;
}
