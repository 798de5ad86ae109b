import { icmpQuestionOf } from "../frames/icmp.ts";
import { IP_PROTOCOL } from "../frames/ipv4.ts";
import type { ParsedPacket } from "../frames/parse.ts";
import type { Direction } from "./verdict.ts";

/** Who talks with whom, seen from an interface; the same for both directions. Addresses and ports are numbers. */
export interface FlowKey {
  protocol: number;
  local: number;
  localPort: number;
  remote: number;
  remotePort: number;
}

export const newFlowKey = (): FlowKey => ({ protocol: 0, local: 0, localPort: 0, remote: 0, remotePort: 0 });

/**
 * Fills in the key of the flow that a packet belongs to. An ICMP question and its answer are one flow, by identifier and by
 * who asks; other messages of ICMP have a key that no flow has.
 */
export function readFlowKey(key: FlowKey, packet: ParsedPacket, direction: Direction): FlowKey {
  const inbound = direction === "ingress";
  key.protocol = packet.protocol;
  key.local = inbound ? packet.destination : packet.source;
  key.remote = inbound ? packet.source : packet.destination;
  if (packet.protocol === IP_PROTOCOL.icmp) {
    const question = icmpQuestionOf(packet.icmpType);
    const asksHere = (question === undefined) !== inbound;
    key.localPort = packet.icmpIdentifier;
    key.remotePort = (question ?? packet.icmpType) * 2 + (asksHere ? 1 : 0);
  } else {
    key.localPort = inbound ? packet.destinationPort : packet.sourcePort;
    key.remotePort = inbound ? packet.sourcePort : packet.destinationPort;
  }
  return key;
}

/** What security group rules and network ACLs take for the port: see `RuleTable`. */
export const rulePort = (packet: ParsedPacket): number =>
  packet.protocol === IP_PROTOCOL.icmp ? packet.icmpType * 256 + packet.icmpCode : packet.destinationPort;
