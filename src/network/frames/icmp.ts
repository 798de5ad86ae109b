import { put16 } from "./bytes.ts";
import { complement, sumOf } from "./checksum.ts";
import { IP_PROTOCOL, type Ipv4Fields, newIpv4Frame, SEGMENT_START } from "./ipv4.ts";

/** Type, code, checksum, four bytes more (RFC 792). */
export const ICMP_HEADER = 8;

export const ICMP = { echoReply: 0, unreachable: 3, echoRequest: 8, timeExceeded: 11, parameterProblem: 12 } as const;

/** Codes of "unreachable" (RFC 792, RFC 1812 §5.2.7.1). Of what is prohibited programs hear at once, and do not wait for long. */
export const UNREACHABLE = {
  network: 0,
  host: 1,
  protocol: 2,
  port: 3,
  fragmentationNeeded: 4,
  prohibited: 13,
} as const;

export interface IcmpFields extends Ipv4Fields {
  readonly type: number;
  readonly code: number;
  /** The last four bytes of the header, as two numbers: an echo's identifier and sequence, the MTU in the second. */
  readonly rest?: readonly [number, number];
}

/** A message in a frame, with its checksums. */
export function icmpFrame(fields: IcmpFields, payload: Uint8Array): Uint8Array<ArrayBuffer> {
  const bytes = newIpv4Frame({ fragment: 0, ...fields }, IP_PROTOCOL.icmp, ICMP_HEADER + payload.length);
  const [high, low] = fields.rest ?? [0, 0];
  bytes[SEGMENT_START] = fields.type;
  bytes[SEGMENT_START + 1] = fields.code;
  put16(bytes, SEGMENT_START + 4, high);
  put16(bytes, SEGMENT_START + 6, low);
  bytes.set(payload, SEGMENT_START + ICMP_HEADER);
  put16(bytes, SEGMENT_START + 2, complement(sumOf(bytes, SEGMENT_START, bytes.length)));
  return bytes;
}

/** Questions, and the answer to each (RFC 792: echo, timestamp, information; RFC 950: address mask). */
const ANSWERS = new Map<number, number>([
  [ICMP.echoRequest, ICMP.echoReply],
  [13, 14],
  [15, 16],
  [17, 18],
]);
const QUESTIONS = new Map([...ANSWERS].map(([question, answer]) => [answer, question]));

export const isIcmpQuestion = (type: number): boolean => ANSWERS.has(type);
export const isIcmpAnswer = (type: number): boolean => QUESTIONS.has(type);
/** The type of the question that `type` answers; undefined: it answers none. */
export const icmpQuestionOf = (type: number): number | undefined => QUESTIONS.get(type);

/** Those that quote a packet: unreachable, source quench, redirect, time exceeded, parameter problem. */
export const isIcmpError = (type: number): boolean =>
  (type >= 3 && type <= 5) || type === ICMP.timeExceeded || type === ICMP.parameterProblem;
