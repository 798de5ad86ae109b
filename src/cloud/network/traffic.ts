import { IP_PROTOCOL } from "../../network/frames/ipv4.ts";
import { ALL_PROTOCOLS } from "./default-network.ts";
import { invalidValue } from "./network-errors.ts";

/** Which packets a rule is about, as it is asked for. */
export interface TrafficRequest {
  /** "tcp", "udp", "icmp", "icmpv6", "all", or IP's number of a protocol; -1 is all. */
  readonly protocol: string | number;
  /** Of TCP and UDP: the first port. Of ICMP: its type, -1 is all. */
  readonly fromPort?: number;
  /** Of TCP and UDP: the last port. Of ICMP: its code, -1 is all. */
  readonly toPort?: number;
}

export interface Traffic {
  readonly protocol: number;
  readonly fromPort: number | null;
  readonly toPort: number | null;
}

/** IANA, "Assigned Internet Protocol Numbers". */
export const ICMP = IP_PROTOCOL.icmp;
const { tcp: TCP, udp: UDP } = IP_PROTOCOL;
const ICMP_V6 = 58;
const NAMES: Readonly<Record<string, number>> = { icmp: ICMP, tcp: TCP, udp: UDP, icmpv6: ICMP_V6, all: ALL_PROTOCOLS };
const MAX_PROTOCOL = 255;
const MAX_PORT = 65_535;
/** ICMP's types and codes have eight bits. */
const MAX_TYPE = 255;

/** The name that EC2 has for it, where it has one. */
export const protocolName = (protocol: number): string =>
  Object.entries(NAMES).find(([name, number]) => number === protocol && name !== "all")?.[0] ?? String(protocol);

/** Throws `InvalidParameterValue` for what there is not. */
export function checkTraffic(request: TrafficRequest): Traffic {
  const protocol = checkProtocol(request.protocol);
  const { fromPort, toPort } = request;
  if (protocol === TCP || protocol === UDP) return { protocol, ...checkPorts(fromPort, toPort) };
  if (protocol === ICMP || protocol === ICMP_V6) return { protocol, ...checkType(fromPort ?? -1, toPort ?? -1) };
  return { protocol, fromPort: null, toPort: null };
}

function checkProtocol(given: unknown): number {
  const text = String(given).toLowerCase();
  const number = Object.hasOwn(NAMES, text) ? NAMES[text] : /^(?:-1|\d{1,3})$/.test(text) ? Number(text) : undefined;
  if (number !== undefined && number <= MAX_PROTOCOL) return number;
  throw invalidValue(`Invalid value '${text.slice(0, 32)}' for IP protocol. Unknown protocol.`, { protocol: text });
}

function checkPorts(fromPort: number | undefined, toPort: number | undefined) {
  if (fromPort === undefined || toPort === undefined) {
    throw invalidValue("Invalid value for portRange. Must specify both from and to ports with TCP/UDP.");
  }
  for (const port of [fromPort, toPort]) {
    if (Number.isSafeInteger(port) && port >= 0 && port <= MAX_PORT) continue;
    throw invalidValue(`Invalid value '${port}' for portRange. Ports are 0 to ${MAX_PORT}.`, { port });
  }
  if (fromPort <= toPort) return { fromPort, toPort };
  throw invalidValue(`Invalid TCP/UDP port range (${fromPort}:${toPort})`, { fromPort, toPort });
}

function checkType(type: number, code: number) {
  for (const one of [type, code]) {
    if (Number.isSafeInteger(one) && one >= -1 && one <= MAX_TYPE) continue;
    throw invalidValue(`ICMP code (${one}) out of range`, { type, code });
  }
  if (type >= 0 || code < 0) return { fromPort: type, toPort: code };
  throw invalidValue("ICMP type (-1) goes with the code -1 only: all types have all codes.", { type, code });
}
