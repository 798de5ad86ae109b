import type { Random } from "../../base/random.ts";
import { isIcmpAnswer, isIcmpQuestion } from "../frames/icmp.ts";
import { IP_PROTOCOL } from "../frames/ipv4.ts";
import type { ParsedPacket } from "../frames/parse.ts";
import { TCP_FLAG } from "../frames/tcp.ts";

export interface NatEndpoint {
  readonly address: number;
  /** Of ICMP: the identifier. */
  readonly port: number;
}

/** Conversations of one gateway. EC2's has 55 000 with each destination; here a page has to hold them. */
const MAX_SESSIONS = 16_384;
/** Of one private address: the others keep three quarters, whatever it does. */
const MAX_SESSIONS_OF_ONE = MAX_SESSIONS / 4;
/** What is over is forgotten no more often than this, all at once. */
const SWEEP_MS = 10_000;
const FIRST_PORT = 1024;
const PORTS = 65536 - FIRST_PORT;

/** After how long without a packet a conversation is over. */
const TIMEOUT_MS = {
  /** Five minutes (RFC 4787 §4.3). */
  udp: 300_000,
  /** Two hours and four minutes (RFC 5382 §5). */
  established: 7_440_000,
  /** Four minutes, while it opens or closes (RFC 5382 §5). */
  transitory: 240_000,
  /** RFC 5508 §3.2. */
  icmp: 60_000,
};

interface Session {
  lastSeen: number;
  timeout: number;
}

/** A private endpoint and the public port that it has for everybody (RFC 4787 §4.1: endpoint-independent). */
interface Mapping {
  readonly privateKey: number;
  readonly publicKey: number;
  readonly private: NatEndpoint;
  readonly publicPort: number;
  /** By whom it talks with: nobody else gets in (RFC 4787 §5: address and port-dependent filtering). */
  readonly sessions: Map<number, Session>;
}

/** Who behind a NAT gateway talks with whom. Bounded; packets carry the time. */
export class NatTable {
  readonly #byPrivate = new Map<number, Mapping>();
  readonly #byPublic = new Map<number, Mapping>();
  readonly #sessionsOf = new Map<number, number>();
  readonly #random: Random;
  #sessions = 0;
  #lastSweep = Number.NEGATIVE_INFINITY;

  constructor(random: Random) {
    this.#random = random;
  }

  get sessions(): number {
    return this.#sessions;
  }

  /**
   * The public port of a packet's way out. "unsupported": its protocol has no ports; "no-connection": a TCP segment that
   * does not open one; "full": there is no room, for anybody or for its sender.
   */
  outbound(packet: ParsedPacket, now: number): number | "unsupported" | "no-connection" | "full" {
    const kind = kindOf(packet.protocol);
    if (kind === undefined || (kind === ICMP_KIND && !isIcmpQuestion(packet.icmpType))) return "unsupported";
    const port = kind === ICMP_KIND ? packet.icmpIdentifier : packet.sourcePort;
    const key = keyOf(kind, packet.source, port);
    const peer = peerKey(kind, packet.destination, packet.destinationPort);
    const mapping = this.#byPrivate.get(key);
    const session = mapping?.sessions.get(peer);
    if (mapping !== undefined && session !== undefined && !isOver(session, now)) {
      touch(session, packet, kind, now, false);
      return mapping.publicPort;
    }
    if (kind === TCP_KIND && (packet.tcpFlags & (TCP_FLAG.syn | TCP_FLAG.ack)) !== TCP_FLAG.syn) return "no-connection";
    this.#makeRoom(now);
    const sessionsOfOne = this.#sessionsOf.get(packet.source) ?? 0;
    if (this.#sessions >= MAX_SESSIONS || sessionsOfOne >= MAX_SESSIONS_OF_ONE) return "full";
    // The sweep may have taken it away.
    const open = this.#byPrivate.get(key) ?? this.#open(kind, key, { address: packet.source, port });
    if (open === undefined) return "full";
    if (!open.sessions.has(peer)) {
      this.#sessions++;
      this.#sessionsOf.set(packet.source, sessionsOfOne + 1);
    }
    open.sessions.set(peer, { lastSeen: now, timeout: firstTimeout(kind) });
    return open.publicPort;
  }

  /** Who a packet from outside is for: `peer` is its sender, `port` the public one. */
  inbound(packet: ParsedPacket, now: number): NatEndpoint | undefined {
    const kind = kindOf(packet.protocol);
    if (kind === undefined || (kind === ICMP_KIND && !isIcmpAnswer(packet.icmpType))) return undefined;
    const port = kind === ICMP_KIND ? packet.icmpIdentifier : packet.destinationPort;
    const mapping = this.#byPublic.get(keyOf(kind, 0, port));
    const session = mapping?.sessions.get(peerKey(kind, packet.source, packet.sourcePort));
    if (mapping === undefined || session === undefined || isOver(session, now)) return undefined;
    touch(session, packet, kind, now, true);
    return mapping.private;
  }

  /** Who had sent the packet that an ICMP error from outside quotes. */
  quoted(packet: ParsedPacket): NatEndpoint | undefined {
    const kind = kindOf(packet.protocol);
    if (kind === undefined) return undefined;
    const port = kind === ICMP_KIND ? packet.icmpIdentifier : packet.sourcePort;
    const mapping = this.#byPublic.get(keyOf(kind, 0, port));
    return mapping?.sessions.has(peerKey(kind, packet.destination, packet.destinationPort))
      ? mapping.private
      : undefined;
  }

  #open(kind: number, privateKey: number, endpoint: NatEndpoint): Mapping | undefined {
    const publicPort = this.#freePort(kind, endpoint.port);
    if (publicPort === undefined) return undefined;
    const publicKey = keyOf(kind, 0, publicPort);
    const mapping = { privateKey, publicKey, private: endpoint, publicPort, sessions: new Map() };
    this.#byPrivate.set(privateKey, mapping);
    this.#byPublic.set(publicKey, mapping);
    return mapping;
  }

  /** The same as the private one where it is free (RFC 4787 §4.2.1), else the next one after any (RFC 6056 §3.3.1). */
  #freePort(kind: number, wanted: number): number | undefined {
    const isFree = (port: number) => !this.#byPublic.has(keyOf(kind, 0, port));
    if (wanted >= FIRST_PORT && isFree(wanted)) return wanted;
    const [high = 0, low = 0] = this.#random.bytes(2);
    const start = high * 256 + low;
    for (let step = 0; step < PORTS; step++) {
      const port = FIRST_PORT + ((start + step) % PORTS);
      if (isFree(port)) return port;
    }
    return undefined;
  }

  #makeRoom(now: number): void {
    if (now - this.#lastSweep < SWEEP_MS) return;
    this.#lastSweep = now;
    for (const mapping of this.#byPrivate.values()) {
      for (const [peer, session] of mapping.sessions) if (isOver(session, now)) this.#end(mapping, peer);
      if (mapping.sessions.size > 0) continue;
      this.#byPrivate.delete(mapping.privateKey);
      this.#byPublic.delete(mapping.publicKey);
    }
  }

  #end(mapping: Mapping, peer: number): void {
    mapping.sessions.delete(peer);
    this.#sessions--;
    const { address } = mapping.private;
    const left = (this.#sessionsOf.get(address) ?? 1) - 1;
    if (left > 0) this.#sessionsOf.set(address, left);
    else this.#sessionsOf.delete(address);
  }
}

const TCP_KIND = 0;
const UDP_KIND = 1;
const ICMP_KIND = 2;

function kindOf(protocol: number): number | undefined {
  if (protocol === IP_PROTOCOL.tcp) return TCP_KIND;
  if (protocol === IP_PROTOCOL.udp) return UDP_KIND;
  return protocol === IP_PROTOCOL.icmp ? ICMP_KIND : undefined;
}

/** Fifty bits: exact in a number. */
const keyOf = (kind: number, address: number, port: number): number => kind * 2 ** 48 + address * 2 ** 16 + port;
const peerKey = (kind: number, address: number, port: number): number =>
  keyOf(0, address, kind === ICMP_KIND ? 0 : port);

const isOver = ({ lastSeen, timeout }: Session, now: number): boolean => now - lastSeen > timeout;

function firstTimeout(kind: number): number {
  if (kind === TCP_KIND) return TIMEOUT_MS.transitory;
  return kind === UDP_KIND ? TIMEOUT_MS.udp : TIMEOUT_MS.icmp;
}

/** TCP: an answer with ACK has opened it, FIN or RST of either side begins to close it. */
function touch(session: Session, { tcpFlags }: ParsedPacket, kind: number, now: number, isInbound: boolean): void {
  session.lastSeen = now;
  if (kind !== TCP_KIND) return;
  if ((tcpFlags & (TCP_FLAG.fin | TCP_FLAG.rst)) !== 0) session.timeout = CLOSING;
  else if ((tcpFlags & TCP_FLAG.syn) !== 0 && !isInbound) session.timeout = TIMEOUT_MS.transitory;
  else if (isInbound && (tcpFlags & TCP_FLAG.ack) !== 0 && session.timeout !== CLOSING)
    session.timeout = TIMEOUT_MS.established;
}

/** As long as what opens; one more, so that it is known by it. */
const CLOSING = TIMEOUT_MS.transitory + 1;
