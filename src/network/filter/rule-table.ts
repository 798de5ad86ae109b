import { rangeOf } from "../addresses.ts";
import { IP_PROTOCOL } from "../frames/ipv4.ts";
import type { SecurityGroupRuleModel, TrafficModel } from "../model.ts";
import { type PortPrefix, portMask, portPrefixes } from "./port-prefixes.ts";

/** `protocol` of rules about all protocols. */
const ALL_PROTOCOLS = -1;

/** Rules whose peers are CIDR blocks of one length and whose ports are prefixes of one length, by both. */
interface BlockTuple {
  /** The bits of an address that count; 0 is 0.0.0.0/0. */
  readonly addressMask: number;
  readonly portMask: number;
  readonly rules: Map<number, SecurityGroupRuleModel>;
}

/** Rules whose peers are groups and whose ports are prefixes of one length: by group, then by prefix. */
interface GroupTuple {
  readonly portMask: number;
  readonly rules: Map<string, Map<number, SecurityGroupRuleModel>>;
}

interface ProtocolRules {
  /** Narrow ones first, so that what is named as deciding is what says most. */
  readonly blocks: BlockTuple[];
  readonly groups: GroupTuple[];
}

const blockKey = (address: number, port: number): number => address * 0x10000 + port;

/**
 * Rules of one direction, so that looking for one costs the same whatever their number: as tuple space search has it
 * (Srinivasan, Suri, Varghese: "Packet Classification using Tuple Space Search", 1999), with one hash table for each pair of
 * lengths of address and port prefix that occurs. Rules that people write have few such pairs (addresses or networks of one
 * or two sizes or all; one port or all).
 *
 * A "port" is a number of 16 bits: TCP's and UDP's destination port; of ICMP type × 256 + code; 0 for other protocols.
 */
export class RuleTable {
  readonly #protocols = new Map<number, ProtocolRules>();

  constructor(rules: Iterable<SecurityGroupRuleModel>) {
    for (const rule of rules) this.#add(rule);
    for (const { blocks, groups } of this.#protocols.values()) {
      blocks.sort((a, b) => b.addressMask - a.addressMask || b.portMask - a.portMask);
      groups.sort((a, b) => b.portMask - a.portMask);
    }
  }

  /** The rule that is about packets between here and `peer`, which is in the groups `peerGroups`. */
  match(
    protocol: number,
    port: number,
    peer: number,
    peerGroups: readonly string[] | undefined,
  ): SecurityGroupRuleModel | undefined {
    return this.#matchIn(protocol, port, peer, peerGroups) ?? this.#matchIn(ALL_PROTOCOLS, 0, peer, peerGroups);
  }

  /** The rule that is about this port for the whole world (0.0.0.0/0). */
  matchWorld(protocol: number, port: number): SecurityGroupRuleModel | undefined {
    return this.#worldIn(protocol, port) ?? this.#worldIn(ALL_PROTOCOLS, 0);
  }

  /** Whether one rule is about all ports for the whole world. */
  isOpen(protocol: number): boolean {
    const everything = ({ addressMask, portMask }: BlockTuple) => addressMask === 0 && portMask === 0;
    return [protocol, ALL_PROTOCOLS].some((of) => this.#protocols.get(of)?.blocks.some(everything) === true);
  }

  #matchIn(protocol: number, port: number, peer: number, peerGroups: readonly string[] | undefined) {
    const rules = this.#protocols.get(protocol);
    if (rules === undefined) return undefined;
    for (const { addressMask, portMask, rules: byKey } of rules.blocks) {
      const rule = byKey.get(blockKey((peer & addressMask) >>> 0, port & portMask));
      if (rule !== undefined) return rule;
    }
    if (peerGroups === undefined) return undefined;
    for (const { portMask, rules: byGroup } of rules.groups) {
      for (const groupId of peerGroups) {
        const rule = byGroup.get(groupId)?.get(port & portMask);
        if (rule !== undefined) return rule;
      }
    }
    return undefined;
  }

  #worldIn(protocol: number, port: number) {
    for (const { addressMask, portMask, rules } of this.#protocols.get(protocol)?.blocks ?? []) {
      const rule = addressMask === 0 ? rules.get(blockKey(0, port & portMask)) : undefined;
      if (rule !== undefined) return rule;
    }
    return undefined;
  }

  #add(rule: SecurityGroupRuleModel): void {
    const protocol = inMap(this.#protocols, rule.protocol, () => ({ blocks: [], groups: [] }));
    for (const prefix of prefixesOf(rule)) {
      if (rule.peer.kind === "cidr") addToBlocks(protocol.blocks, prefix, rule.peer.cidrBlock, rule);
      else addToGroups(protocol.groups, prefix, rule.peer.groupId, rule);
    }
  }
}

function addToBlocks(tuples: BlockTuple[], prefix: PortPrefix, cidrBlock: string, rule: SecurityGroupRuleModel): void {
  const { first, size } = rangeOf(cidrBlock);
  const addressMask = 2 ** 32 - size;
  const mask = portMask(prefix.length);
  const tuple = inList(
    tuples,
    (other) => other.addressMask === addressMask && other.portMask === mask,
    () => ({ addressMask, portMask: mask, rules: new Map() }),
  );
  addFirst(tuple.rules, blockKey((first & addressMask) >>> 0, prefix.first), rule);
}

function addToGroups(tuples: GroupTuple[], prefix: PortPrefix, groupId: string, rule: SecurityGroupRuleModel): void {
  const mask = portMask(prefix.length);
  const tuple = inList(
    tuples,
    (other) => other.portMask === mask,
    () => ({ portMask: mask, rules: new Map() }),
  );
  addFirst(
    inMap(tuple.rules, groupId, () => new Map()),
    prefix.first,
    rule,
  );
}

/** What is there, or else what `make` makes, which is there from then on. */
function inMap<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  const there = map.get(key);
  if (there !== undefined) return there;
  const made = make();
  map.set(key, made);
  return made;
}

function inList<T>(list: T[], isIt: (item: T) => boolean, make: () => T): T {
  const there = list.find(isIt);
  if (there !== undefined) return there;
  const made = make();
  list.push(made);
  return made;
}

/** Of rules that say the same, the first is named. */
function addFirst<K>(rules: Map<K, SecurityGroupRuleModel>, key: K, rule: SecurityGroupRuleModel): void {
  if (!rules.has(key)) rules.set(key, rule);
}

/** The lowest and the highest of the numbers that traffic's ports, or ICMP's types and codes, come to. */
export function portRange({ protocol, fromPort = -1, toPort = -1 }: TrafficModel): readonly [number, number] {
  if (protocol === IP_PROTOCOL.icmp) {
    if (fromPort === -1) return [0, 0xffff];
    return toPort === -1 ? [fromPort * 256, fromPort * 256 + 255] : [fromPort * 256 + toPort, fromPort * 256 + toPort];
  }
  if (protocol !== IP_PROTOCOL.tcp && protocol !== IP_PROTOCOL.udp) return [0, 0xffff];
  return [fromPort === -1 ? 0 : fromPort, toPort === -1 ? 0xffff : toPort];
}

const prefixesOf = (rule: SecurityGroupRuleModel): Iterable<PortPrefix> => portPrefixes(...portRange(rule));
