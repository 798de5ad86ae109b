import { seededRandom } from "../../src/base/random.ts";
import { parseAddress } from "../../src/network/addresses.ts";
import { Filter } from "../../src/network/filter/filter.ts";
import type { Direction, Verdict } from "../../src/network/filter/verdict.ts";
import { ICMP, icmpFrame } from "../../src/network/frames/icmp.ts";
import { quoteOf } from "../../src/network/frames/icmp-errors.ts";
import { type ParsedPacket, parsePacket } from "../../src/network/frames/parse.ts";
import { TCP_FLAG, tcpFrame } from "../../src/network/frames/tcp.ts";
import { udpFrame } from "../../src/network/frames/udp.ts";
import {
  EMPTY_NETWORK,
  type InterfaceModel,
  type NetworkAclEntryModel,
  type NetworkModel,
  type SecurityGroupModel,
  type SecurityGroupRuleModel,
} from "../../src/network/model.ts";
import { FakeClock } from "./fake-clock.ts";

const PROTOCOLS: Readonly<Record<string, number>> = { all: -1, icmp: 1, tcp: 6, udp: 17 };

/** "in tcp 22 10.0.0.0/8", "in tcp 1000-2000 sg-b", "in icmp 8/0 0.0.0.0/0", "out all 0.0.0.0/0"; without ports: all of them. */
export function rule(text: string, id = `sgr(${text})`): SecurityGroupRuleModel {
  const [way, protocol = "", ...rest] = text.split(" ");
  const peer = rest.at(-1) ?? "";
  const ports = rest.length > 1 ? rest[0] : undefined;
  const [from, to = from] = ports?.split(/[-/]/).map(Number) ?? [];
  return {
    id,
    egress: way === "out",
    protocol: PROTOCOLS[protocol] ?? Number(protocol),
    ...(from !== undefined && { fromPort: from }),
    ...(to !== undefined && { toPort: protocol === "icmp" && !ports?.includes("/") ? -1 : to }),
    peer: peer.startsWith("sg-") ? { kind: "group", groupId: peer } : { kind: "cidr", cidrBlock: peer },
  };
}

export const group = (id: string, rules: readonly string[], vpcId = "vpc-1"): SecurityGroupModel => ({
  id,
  vpcId,
  rules: rules.map((text) => rule(text)),
});

/** "100 allow in tcp 22 0.0.0.0/0". */
export function aclEntry(text: string): NetworkAclEntryModel {
  const [number, verb, ...rest] = text.split(" ");
  const { egress, peer, id: _, ...traffic } = rule(rest.join(" "));
  if (peer.kind !== "cidr") throw new TypeError(`${text} names a group`);
  return { ruleNumber: Number(number), allow: verb === "allow", egress, cidrBlock: peer.cidrBlock, ...traffic };
}

export const networkInterface = (
  id: string,
  privateIp: string,
  groupIds: readonly string[],
  more: Partial<InterfaceModel> = {},
): InterfaceModel => ({
  id,
  vpcId: "vpc-1",
  subnetId: "subnet-1",
  macAddress: "02:00:00:00:00:01",
  addresses: [{ privateIp }],
  groupIds,
  sourceDestCheck: true,
  hostname: `ip-${privateIp.replaceAll(".", "-")}`,
  ...more,
});

export interface LabModel {
  /** Rules by group. */
  readonly groups: Readonly<Record<string, readonly string[]>>;
  /** By name: address and groups. */
  readonly interfaces: Readonly<Record<string, readonly [address: string, ...groupIds: string[]]>>;
  /** Of the one subnet that there is. */
  readonly acl?: readonly string[];
}

export const modelOf = ({ groups, interfaces, acl }: LabModel): NetworkModel => ({
  ...EMPTY_NETWORK,
  securityGroups: Object.entries(groups).map(([id, rules]) => group(id, rules)),
  interfaces: Object.entries(interfaces).map(([id, [address, ...groupIds]]) => networkInterface(id, address, groupIds)),
  ...(acl !== undefined && {
    networkAcls: [{ id: "acl-1", vpcId: "vpc-1", entries: acl.map(aclEntry) }],
    subnets: [
      { id: "subnet-1", vpcId: "vpc-1", cidrBlock: "10.0.0.0/24", routeTableId: "rtb-1", networkAclId: "acl-1" },
    ],
  }),
});

export function addressOf(text: string): number {
  const address = parseAddress(text);
  if (address === undefined) throw new TypeError(`${text} is no address`);
  return address;
}

export function parsed(bytes: Uint8Array): ParsedPacket {
  const packet = parsePacket({ bytes });
  if (packet.malformed !== undefined) throw new TypeError(`no packet: ${packet.malformed}`);
  return packet;
}

/** "10.0.0.1:1000". */
function endpoint(text: string): readonly [number, number] {
  const [address = "", port = "0"] = text.split(":");
  return [addressOf(address), Number(port)];
}

const FLAGS = { S: TCP_FLAG.syn, A: TCP_FLAG.ack, F: TCP_FLAG.fin, R: TCP_FLAG.rst, P: TCP_FLAG.psh };

/** A segment with the flags "SA": SYN, ACK; as tcpdump abbreviates them. */
export function tcp(from: string, to: string, flags: string, payload: Uint8Array = new Uint8Array(0)): ParsedPacket {
  const [[source, sourcePort], [destination, destinationPort]] = [endpoint(from), endpoint(to)];
  const bits = [...flags].reduce((sum, flag) => sum | FLAGS[flag as keyof typeof FLAGS], 0);
  return parsed(tcpFrame({ source, sourcePort, destination, destinationPort, sequence: 1, flags: bits }, payload));
}

export function udp(from: string, to: string, payload: Uint8Array = new Uint8Array(4)): ParsedPacket {
  const [[source, sourcePort], [destination, destinationPort]] = [endpoint(from), endpoint(to)];
  return parsed(udpFrame({ source, sourcePort, destination, destinationPort }, payload));
}

export function icmp(from: string, to: string, type: number, code = 0, identifier = 7): ParsedPacket {
  const fields = { source: addressOf(from), destination: addressOf(to), type, code, rest: [identifier, 1] as const };
  return parsed(icmpFrame(fields, new Uint8Array(8)));
}

/** "Unreachable" about `packet`, from a host or a router on its way, to whoever has sent it. */
export function unreachable(from: string, about: ParsedPacket, code = 3): ParsedPacket {
  const fields = { source: addressOf(from), destination: about.source, type: ICMP.unreachable, code };
  return parsed(icmpFrame(fields, quoteOf(about)));
}

/** A filter with its clock, and packets put before it by hand. */
export class FilterLab {
  readonly clock = new FakeClock();
  readonly filter = new Filter({ clock: this.clock, random: seededRandom(1) });

  constructor(model: LabModel) {
    this.configure(model);
  }

  configure(model: LabModel): void {
    this.filter.configure(modelOf(model));
  }

  check(packet: ParsedPacket, interfaceId: string, direction: Direction, betweenSubnets = false): Verdict {
    return this.filter.check(packet, interfaceId, direction, this.clock.now(), betweenSubnets);
  }

  in(interfaceId: string, packet: ParsedPacket): Verdict {
    return this.check(packet, interfaceId, "ingress");
  }

  out(interfaceId: string, packet: ParsedPacket): Verdict {
    return this.check(packet, interfaceId, "egress");
  }

  /** The three segments with which a connection begins, seen by one interface; the direction is that of the first. */
  openTcp(interfaceId: string, from: string, to: string, direction: Direction): Verdict {
    const back = direction === "ingress" ? "egress" : "ingress";
    const first = this.check(tcp(from, to, "S"), interfaceId, direction);
    if (!first.accept) return first;
    this.check(tcp(to, from, "SA"), interfaceId, back);
    return this.check(tcp(from, to, "A"), interfaceId, direction);
  }

  seconds(count: number): void {
    this.clock.advanceAtOnce(count * 1000);
  }
}
