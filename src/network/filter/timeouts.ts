import type { ConnectionTrackingModel } from "../model.ts";

/**
 * What a tracked connection is in, in the order in which those that matter least come first. TCP's are RFC 793's (§3.2) as
 * far as someone between the two can know them.
 */
export const CONNECTION_STATES = [
  /** TCP: reset. */
  "closed",
  /** TCP: both sides have finished. */
  "time-wait",
  /** TCP: asked for. */
  "syn-sent",
  /** UDP: nothing has come back. */
  "udp-unanswered",
  /** An ICMP query, answered or not. */
  "icmp",
  /** TCP: answered, not yet confirmed. */
  "syn-received",
  /** UDP: answered once. */
  "udp-answered",
  /** UDP: more than one question and answer. */
  "udp-stream",
  /** TCP: one side has finished. */
  "fin-wait",
  "established",
  /** Of another protocol, by addresses alone. */
  "other",
  /** A flow that is allowed for everyone both ways: known, so that who has begun it is, but not tracked. */
  "untracked",
] as const;
export type ConnectionState = (typeof CONNECTION_STATES)[number];

/** Those that give way to a new connection when there is no room, the oldest first: nobody depends on them. */
export const EXPENDABLE: readonly ConnectionState[] = ["closed", "time-wait", "syn-sent", "udp-unanswered", "icmp"];

const SECOND = 1000;

/**
 * How long a connection is remembered after its last packet, in milliseconds. EC2's own, where it tells them (User Guide,
 * "Security group connection tracking"): 432 000 s for established TCP, which is the default of all types but those of Nitro
 * v6 (350 s); UDP 30 s, and 180 s for streams; other protocols 600 s. The others are Linux's (nf_conntrack-sysctl.rst).
 */
export const DEFAULT_TIMEOUTS: Readonly<Record<ConnectionState, number>> = {
  closed: 10 * SECOND,
  "time-wait": 120 * SECOND,
  "syn-sent": 120 * SECOND,
  "udp-unanswered": 30 * SECOND,
  icmp: 30 * SECOND,
  "syn-received": 60 * SECOND,
  "udp-answered": 30 * SECOND,
  "udp-stream": 180 * SECOND,
  "fin-wait": 120 * SECOND,
  established: 432_000 * SECOND,
  other: 600 * SECOND,
  untracked: 600 * SECOND,
};

/** With what an interface has otherwise (EC2's ConnectionTrackingSpecification). */
export function timeoutsOf(model: ConnectionTrackingModel = {}): Readonly<Record<ConnectionState, number>> {
  const { tcpEstablishedTimeout, udpTimeout, udpStreamTimeout } = model;
  const udp =
    udpTimeout === undefined ? {} : { "udp-unanswered": udpTimeout * SECOND, "udp-answered": udpTimeout * SECOND };
  return {
    ...DEFAULT_TIMEOUTS,
    ...(tcpEstablishedTimeout !== undefined && { established: tcpEstablishedTimeout * SECOND }),
    ...udp,
    ...(udpStreamTimeout !== undefined && { "udp-stream": udpStreamTimeout * SECOND }),
  };
}
