import type { Decision, Direction } from "../filter/verdict.ts";

/**
 * A record of the flow log, with the fields of EC2's version 2 (VPC User Guide, "Flow log records") and what it does not
 * tell: which rule or entry has decided, and for which direction of the interface. Safe for threads and JSON.
 */
export interface FlowRecord {
  /** Of this flow in this window: a later record with the same id is the same one, grown. */
  readonly id: number;
  readonly interfaceId: string;
  readonly logStatus: "OK";
  readonly direction: Direction;
  /**
   * As EC2 shows them: on the interface's side it is always the interface's primary address; see `packetSource` and
   * `packetDestination`.
   */
  readonly sourceAddress: string;
  readonly destinationAddress: string;
  /** What the packets have in their header (EC2's pkt-srcaddr and pkt-dstaddr). */
  readonly packetSource: string;
  readonly packetDestination: string;
  /** 0 for what has no ports. */
  readonly sourcePort: number;
  readonly destinationPort: number;
  /** IANA's number. */
  readonly protocol: number;
  /** Frames as the machines gave them: several TCP segments that came as one are one. */
  readonly packets: number;
  /** Of IP packets, headers included. */
  readonly bytes: number;
  /** When the first and the last packet passed: milliseconds since the epoch. */
  readonly start: number;
  readonly end: number;
  readonly action: "ACCEPT" | "REJECT";
  readonly decision: Decision;
  /** The window has not ended: there may be more. */
  readonly open: boolean;
}

/** A record that tells of a time, not of a flow: nothing passed (NODATA), or more flows than are kept (SKIPDATA). */
export interface FlowGap {
  readonly id: number;
  readonly interfaceId: string;
  readonly logStatus: "NODATA" | "SKIPDATA";
  readonly start: number;
  readonly end: number;
}

export type FlowLogRecord = FlowRecord | FlowGap;

/** EC2's default format; the names are those of its fields. */
export const FLOW_LOG_FORMAT =
  "version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end action log-status";

const VERSION = 2;

/** The record as EC2 writes it in its default format; times are in whole seconds. */
export function formatFlowLogRecord(record: FlowLogRecord, accountId: string): string {
  const [start, end] = [record.start, record.end].map((time) => Math.floor(time / 1000));
  const beginning = `${VERSION} ${accountId} ${record.interfaceId}`;
  if (record.logStatus !== "OK") return `${beginning} - - - - - - - ${start} ${end} - ${record.logStatus}`;
  const { sourceAddress, destinationAddress, sourcePort, destinationPort, protocol, packets, bytes, action } = record;
  const flow = [sourceAddress, destinationAddress, sourcePort, destinationPort, protocol, packets, bytes].join(" ");
  return `${beginning} ${flow} ${start} ${end} ${action} OK`;
}
