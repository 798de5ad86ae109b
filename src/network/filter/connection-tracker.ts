import { isIcmpError, isIcmpQuestion } from "../frames/icmp.ts";
import { quotedIn } from "../frames/icmp-errors.ts";
import { IP_PROTOCOL } from "../frames/ipv4.ts";
import type { ParsedPacket } from "../frames/parse.ts";
import type { Connection, Opening } from "./connection.ts";
import { ConnectionTable } from "./connection-table.ts";
import { type FlowKey, newFlowKey, readFlowKey, rulePort } from "./flow-key.ts";
import type { InterfaceRules } from "./interface-rules.ts";
import { isOver, nextTcpState, opensTcp } from "./tcp-state.ts";
import { type ConnectionState, EXPENDABLE } from "./timeouts.ts";
import { type Direction, reverseOf, type Verdict } from "./verdict.ts";

/**
 * Tracked connections of an interface. EC2's number depends on the type and is not told; ours is more than a guest has ports
 * for connections of its own (Linux: 28 232), and takes some 8 MB when all are there.
 */
export const MAX_TRACKED = 32_768;

/** Flows that are known and not tracked. The oldest is forgotten for a new one: it goes on, by the rules. */
export const MAX_UNTRACKED = 8192;

/** How often those whose time is over are looked for; one that is asked for is never too old. */
const EXPIRE_EVERY_MS = 1000;

const NO_CONNECTION: Verdict = { accept: false, by: { kind: "no-connection" } };
const CONNECTION_LIMIT: Verdict = { accept: false, by: { kind: "connection-limit" } };

/** The rules of an interface's security groups, and the connections that they have allowed (F54). */
export class ConnectionTracker {
  readonly #table: ConnectionTable;
  readonly #key = newFlowKey();
  #rules: InterfaceRules;
  #noRule: Verdict;
  /** Counts changes of what the rules say: what was asked before is asked again. */
  #generation = 0;
  #expiredAt = 0;
  /** What the last packet belongs to. */
  last: Connection | undefined;

  constructor(seed: number, timeouts: Readonly<Record<ConnectionState, number>>, rules: InterfaceRules) {
    this.#table = new ConnectionTable(seed, timeouts);
    this.#rules = rules;
    this.#noRule = noRule(rules);
  }

  get tracked(): number {
    return this.#table.tracked;
  }

  get untracked(): number {
    return this.#table.untracked;
  }

  set timeouts(timeouts: Readonly<Record<ConnectionState, number>>) {
    this.#table.timeouts = timeouts;
  }

  /**
   * Other rules, or other members of the groups that they name, from now on. Tracked connections stay. What everyone may now
   * do both ways is tracked no longer, so that it ends with that rule: EC2's way to cut off connections that are tracked
   * (Security Incident Response Guide, "Source containment").
   */
  setRules(rules: InterfaceRules, time: number): void {
    this.#generation++;
    const isSameForEveryone = rules.hasGroups(this.#rules.groups);
    this.#rules = rules;
    this.#noRule = noRule(rules);
    // What everyone may do does not depend on who is a member of what: a launch goes through nobody's connections.
    if (isSameForEveryone) return;
    for (const state of ["established", "fin-wait", "udp-answered", "udp-stream"] as const) {
      for (const connection of this.#table.in(state)) {
        const rule = rules.matchUntrackedFlow(connection.opener, connection);
        if (rule === undefined) continue;
        this.#table.remove(connection);
        this.#add(
          connection,
          this.#opening(connection.opener, "untracked", { accept: true, by: rule, tracking: "untracked" }),
          time,
        );
      }
    }
  }

  /** Decides about a packet at `time`, which never goes back, and remembers what it belongs to. */
  check(packet: ParsedPacket, direction: Direction, time: number): Verdict {
    if (time - this.#expiredAt >= EXPIRE_EVERY_MS) {
      this.#expiredAt = time;
      this.#table.expire(time);
    }
    this.last = undefined;
    if (packet.protocol === IP_PROTOCOL.icmp && isIcmpError(packet.icmpType))
      return this.#checkError(packet, direction, time);
    const key = readFlowKey(this.#key, packet, direction);
    const known = this.#known(key, packet, direction, time);
    if (known === undefined) return this.#checkNew(key, packet, direction, time);
    this.#table.touch(known, nextState(known, packet, direction), time);
    this.last = known;
    return known.accepted;
  }

  /** The connection of a packet, if the packet goes on with it. */
  #known(key: FlowKey, packet: ParsedPacket, direction: Direction, time: number): Connection | undefined {
    const connection = this.#table.find(key, time);
    if (connection === undefined) return undefined;
    if (
      connection.protocol === IP_PROTOCOL.tcp &&
      opensTcp(packet.tcpFlags) &&
      this.#beginsAnew(connection, direction)
    ) {
      this.#table.remove(connection);
      return undefined;
    }
    return connection.tracked || !this.#isOutdated(connection) ? connection : this.#askAgain(connection, time);
  }

  /** Whether the rules of now count for a segment that asks for this connection: its ports are used again, or nobody has answered. */
  #beginsAnew(connection: Connection, direction: Direction): boolean {
    const { state, opener } = connection;
    if (state === "syn-sent") return direction === opener && this.#isOutdated(connection);
    return state === "untracked" || isOver(state);
  }

  #isOutdated({ generation }: Connection): boolean {
    return generation !== this.#generation;
  }

  /** A flow that was not tracked, after a change of the rules: not tracked, tracked from now on, or over. */
  #askAgain(connection: Connection, time: number): Connection | undefined {
    const { opener } = connection;
    this.#table.remove(connection);
    const untracked = this.#rules.matchUntrackedFlow(opener, connection);
    if (untracked !== undefined) {
      return this.#add(
        connection,
        this.#opening(opener, "untracked", { accept: true, by: untracked, tracking: "untracked" }),
        time,
      );
    }
    const rule = this.#rules.matchFlow(opener, connection);
    if (rule === undefined || !this.#makeRoom()) return undefined;
    const state = connection.protocol === IP_PROTOCOL.tcp ? "established" : "udp-answered";
    return this.#add(connection, this.#opening(opener, state, { accept: true, by: rule, tracking: "tracked" }), time);
  }

  #checkNew(key: FlowKey, packet: ParsedPacket, direction: Direction, time: number): Verdict {
    const { protocol } = packet;
    if (protocol === IP_PROTOCOL.tcp && !opensTcp(packet.tcpFlags))
      return this.#checkMidstream(key, packet, direction, time);
    const port = rulePort(packet);
    if (protocol === IP_PROTOCOL.tcp || protocol === IP_PROTOCOL.udp) {
      const rule = this.#rules.matchUntracked(direction, protocol, port);
      if (rule !== undefined)
        return this.#acceptUntracked(key, direction, { accept: true, by: rule, tracking: "untracked" }, time);
    }
    const rule = this.#rules.match(direction, protocol, port, key.remote);
    if (rule === undefined) return this.#noRule;
    if (protocol === IP_PROTOCOL.icmp && !isIcmpQuestion(packet.icmpType)) {
      return { accept: true, by: rule, tracking: "untracked" };
    }
    if (!this.#makeRoom()) return CONNECTION_LIMIT;
    const opening = this.#opening(direction, firstState(protocol), { accept: true, by: rule, tracking: "tracked" });
    this.last = this.#add(key, opening, time);
    return { accept: true, by: rule, tracking: "opens" };
  }

  /**
   * A TCP segment that asks for no connection and belongs to none that is known. It passes only as part of a flow that is not
   * tracked, begun on either side: a connection whose rule is gone must not come back with the next segment of the other
   * direction (User Guide: "your existing SSH connections to the instance are immediately dropped").
   */
  #checkMidstream(key: FlowKey, packet: ParsedPacket, direction: Direction, time: number): Verdict {
    const { sourcePort, destinationPort, protocol } = packet;
    const back = reverseOf(direction);
    const asked = this.#rules.matchUntracked(direction, protocol, destinationPort);
    const answered = this.#rules.matchUntracked(back, protocol, sourcePort);
    // Where both could be, the lower port is the server's.
    const opener = asked !== undefined && (answered === undefined || destinationPort <= sourcePort) ? direction : back;
    const by = opener === direction ? asked : answered;
    if (by !== undefined) return this.#acceptUntracked(key, opener, { accept: true, by, tracking: "untracked" }, time);
    return this.#rules.match(direction, protocol, destinationPort, key.remote) === undefined
      ? this.#noRule
      : NO_CONNECTION;
  }

  #acceptUntracked(key: FlowKey, opener: Direction, accepted: Verdict, time: number): Verdict {
    this.last = this.#add(key, this.#opening(opener, "untracked", accepted), time);
    return accepted;
  }

  /** An ICMP error passes if it is about a packet of a flow that is known and went the other way; else by the rules. */
  #checkError(packet: ParsedPacket, direction: Direction, time: number): Verdict {
    const quoted = quotedIn(packet);
    if (quoted.malformed === undefined && quoted.source === packet.destination) {
      const about = this.#table.find(readFlowKey(this.#key, quoted, reverseOf(direction)), time);
      if (about !== undefined && (about.tracked || !this.#isOutdated(about))) {
        return { accept: true, by: about.accepted.by, tracking: "related" };
      }
    }
    const peer = direction === "ingress" ? packet.source : packet.destination;
    const rule = this.#rules.match(direction, packet.protocol, rulePort(packet), peer);
    return rule === undefined ? this.#noRule : { accept: true, by: rule, tracking: "untracked" };
  }

  #opening(opener: Direction, state: ConnectionState, accepted: Verdict): Opening {
    return { opener, state, accepted, generation: this.#generation };
  }

  #add(key: FlowKey, opening: Opening, time: number): Connection {
    if (opening.state === "untracked" && this.#table.untracked >= MAX_UNTRACKED) this.#forget("untracked");
    return this.#table.add(key, opening, time);
  }

  /** Whether one more connection may be tracked. */
  #makeRoom(): boolean {
    return this.#table.tracked < MAX_TRACKED || EXPENDABLE.some((state) => this.#forget(state));
  }

  #forget(state: ConnectionState): boolean {
    const oldest = this.#table.oldest(state);
    if (oldest !== undefined) this.#table.remove(oldest);
    return oldest !== undefined;
  }
}

const noRule = ({ groups }: InterfaceRules): Verdict => ({
  accept: false,
  by: { kind: "no-rule", groupIds: groups.map(({ id }) => id) },
});

function firstState(protocol: number): ConnectionState {
  if (protocol === IP_PROTOCOL.tcp) return "syn-sent";
  if (protocol === IP_PROTOCOL.udp) return "udp-unanswered";
  return protocol === IP_PROTOCOL.icmp ? "icmp" : "other";
}

function nextState(connection: Connection, packet: ParsedPacket, direction: Direction): ConnectionState {
  const { state } = connection;
  if (connection.protocol === IP_PROTOCOL.tcp) return nextTcpState(connection, packet.tcpFlags, direction);
  if (state === "udp-unanswered") return direction === connection.opener ? state : "udp-answered";
  // Asked again after an answer: "more than one request-response transaction" (EC2 API, UdpStreamTimeout).
  if (state === "udp-answered") return direction === connection.opener ? "udp-stream" : state;
  return state;
}
