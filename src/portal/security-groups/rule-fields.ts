import type { SecurityGroupRule, SecurityGroupRuleRequest, TrafficRequest } from "../../api/network-types.ts";
import { PAGE_ADDRESS } from "../../api/page-address.ts";

/** IANA, "Assigned Internet Protocol Numbers". */
const NAMES: Readonly<Record<number, string>> = { [-1]: "all", 1: "icmp", 6: "tcp", 17: "udp", 58: "icmpv6" };

/** What EC2's console calls the traffic that is asked for most often. Those without ports leave them to the field. */
interface TrafficType {
  readonly value: string;
  readonly label: string;
  readonly protocol: string;
  /** Absent: to be said. */
  readonly ports?: string;
}

const service = (label: string, protocol: "tcp" | "udp", port: number): TrafficType => ({
  value: `${protocol}-${port}`,
  label,
  protocol,
  ports: String(port),
});

export const TRAFFIC_TYPES: readonly [TrafficType, ...TrafficType[]] = [
  { value: "tcp", label: "Custom TCP", protocol: "tcp" },
  { value: "udp", label: "Custom UDP", protocol: "udp" },
  { value: "icmp", label: "Custom ICMP – IPv4", protocol: "icmp" },
  { value: "all", label: "All traffic", protocol: "all", ports: "" },
  { value: "tcp-all", label: "All TCP", protocol: "tcp", ports: "0-65535" },
  { value: "udp-all", label: "All UDP", protocol: "udp", ports: "0-65535" },
  { value: "icmp-all", label: "All ICMP – IPv4", protocol: "icmp", ports: "" },
  service("SSH", "tcp", 22),
  service("HTTP", "tcp", 80),
  service("HTTPS", "tcp", 443),
  service("DNS (UDP)", "udp", 53),
  service("DNS (TCP)", "tcp", 53),
  service("SMTP", "tcp", 25),
  service("MySQL/Aurora", "tcp", 3306),
  service("PostgreSQL", "tcp", 5432),
  service("NFS", "tcp", 2049),
];

/** From or to whom a rule is. */
export type PeerKind = "anywhere" | "page" | "cidr" | "group";

export const ANYWHERE = "0.0.0.0/0";
/** What the console calls "My IP": where clients in this page come from. */
export const MY_IP = `${PAGE_ADDRESS}/32`;

/** What stands in the fields of a rule's traffic. */
export interface TrafficFields {
  /** A traffic type's value, or the number of another protocol. */
  readonly type: string;
  /** "22", "8000-8100"; of ICMP the type, or "3/4", its type and code. Empty: all. */
  readonly ports: string;
}

/** What stands in the fields of a rule. */
export interface RuleFields extends TrafficFields {
  /** Null: a new one. */
  readonly id: string | null;
  readonly peerKind: PeerKind;
  /** A CIDR block, or a group's id. */
  readonly peer: string;
  readonly description: string;
}

export const NEW_RULE: RuleFields = {
  id: null,
  type: "tcp",
  ports: "",
  peerKind: "cidr",
  peer: "",
  description: "",
};

type Traffic = Pick<SecurityGroupRule, "protocol" | "fromPort" | "toPort">;

const isIcmp = (protocol: string) => protocol === "icmp" || protocol === "icmpv6";

export const protocolOf = ({ protocol }: Pick<Traffic, "protocol">): string => NAMES[protocol] ?? String(protocol);

/** "22", "8000-8100", "3/4", or empty for all. */
export function portsOf({ protocol, fromPort, toPort }: Traffic): string {
  if (fromPort === null || toPort === null) return "";
  if (!isIcmp(protocolOf({ protocol }))) return fromPort === toPort ? String(fromPort) : `${fromPort}-${toPort}`;
  if (fromPort < 0) return "";
  return toPort < 0 ? String(fromPort) : `${fromPort}/${toPort}`;
}

/** The type that says a rule's traffic best, or the number of its protocol. */
function trafficTypeOf(rule: Traffic): string {
  const protocol = protocolOf(rule);
  const same = TRAFFIC_TYPES.filter((type) => type.protocol === protocol);
  return (same.find(({ ports }) => ports === portsOf(rule)) ?? same[0])?.value ?? String(rule.protocol);
}

/** What the table says of a rule's traffic: "SSH", "Custom TCP", "Protocol 47". */
export function trafficText(rule: Traffic): string {
  const value = trafficTypeOf(rule);
  return TRAFFIC_TYPES.find((type) => type.value === value)?.label ?? `Protocol ${protocolOf(rule)}`;
}

export const peerText = ({ peer }: Pick<SecurityGroupRule, "peer">): string =>
  "groupId" in peer ? peer.groupId : peer.cidrBlock;

export const trafficFieldsOf = (traffic: Traffic): TrafficFields => ({
  type: trafficTypeOf(traffic),
  ports: portsOf(traffic),
});

export function fieldsOf(rule: SecurityGroupRule): RuleFields {
  const peer = peerText(rule);
  const cidrKind = peer === ANYWHERE ? "anywhere" : peer === MY_IP ? "page" : "cidr";
  return {
    id: rule.id,
    ...trafficFieldsOf(rule),
    peerKind: "groupId" in rule.peer ? "group" : cidrKind,
    peer,
    description: rule.description,
  };
}

const PORTS = /^(\d{1,5})(?:\s*-\s*(\d{1,5}))?$/;
const ICMP_TYPE = /^(\d{1,3})(?:\s*\/\s*(\d{1,3}))?$/;

const typeOf = ({ type }: TrafficFields): TrafficType =>
  TRAFFIC_TYPES.find(({ value }) => value === type) ?? { value: type, label: type, protocol: type, ports: "" };

/** The ports of a rule: its type's, where that says them. */
export const effectivePorts = (fields: TrafficFields): string => typeOf(fields).ports ?? fields.ports.trim();

/** What is wrong with a rule's traffic as it stands; only what the form itself can know. */
export function wrongTraffic(fields: TrafficFields): { readonly ports?: string } {
  const { protocol } = typeOf(fields);
  const ports = effectivePorts(fields);
  if ((protocol === "tcp" || protocol === "udp") && !PORTS.test(ports)) {
    return { ports: "Enter a port, or two with a dash." };
  }
  if (isIcmp(protocol) && ports !== "" && !ICMP_TYPE.test(ports)) {
    return { ports: "Enter a type, or type/code; empty for all." };
  }
  return {};
}

/** What is wrong with a rule. */
export function whatIsWrong(fields: RuleFields): { readonly ports?: string; readonly peer?: string } {
  const needsPeer = fields.peerKind === "cidr" || fields.peerKind === "group";
  const wrongPeer =
    needsPeer && fields.peer.trim() === ""
      ? fields.peerKind === "cidr"
        ? "Enter a block such as 10.0.0.0/16."
        : "Choose a group."
      : undefined;
  return { ...wrongTraffic(fields), ...(wrongPeer !== undefined && { peer: wrongPeer }) };
}

/** The traffic of valid fields. */
export function trafficOf(fields: TrafficFields): TrafficRequest {
  const { protocol } = typeOf(fields);
  return {
    protocol: /^\d+$/.test(protocol) ? Number(protocol) : protocol,
    ...rangeOf(protocol, effectivePorts(fields)),
  };
}

/** The request of valid fields. */
export function requestOf(fields: RuleFields): SecurityGroupRuleRequest {
  const description = fields.description.trim();
  return {
    ...trafficOf(fields),
    ...peerOf(fields),
    ...(description !== "" && { description }),
  };
}

function rangeOf(protocol: string, ports: string): { readonly fromPort?: number; readonly toPort?: number } {
  if (isIcmp(protocol)) {
    const [, type, code] = ICMP_TYPE.exec(ports) ?? [];
    return type === undefined ? {} : { fromPort: Number(type), toPort: code === undefined ? -1 : Number(code) };
  }
  const [, from, to] = PORTS.exec(ports) ?? [];
  return from === undefined ? {} : { fromPort: Number(from), toPort: Number(to ?? from) };
}

function peerOf({ peerKind, peer }: RuleFields): { readonly groupId: string } | { readonly cidrBlock: string } {
  switch (peerKind) {
    case "anywhere":
      return { cidrBlock: ANYWHERE };
    case "page":
      return { cidrBlock: MY_IP };
    case "cidr":
      return { cidrBlock: peer.trim() };
    case "group":
      return { groupId: peer };
  }
}

/** What is to be done so that a group's rules of one direction are what the fields say. */
export interface RuleChanges {
  readonly revoked: readonly string[];
  readonly modified: Readonly<Record<string, SecurityGroupRuleRequest>>;
  readonly added: readonly SecurityGroupRuleRequest[];
}

export function changesOf(before: readonly SecurityGroupRule[], after: readonly RuleFields[]): RuleChanges {
  const kept = new Map(after.flatMap((fields) => (fields.id === null ? [] : [[fields.id, fields] as const])));
  const changed = before.flatMap((rule) => {
    const fields = kept.get(rule.id);
    if (fields === undefined) return [];
    const request = requestOf(fields);
    return JSON.stringify(request) === JSON.stringify(requestOf(fieldsOf(rule))) ? [] : [[rule.id, request] as const];
  });
  return {
    revoked: before.map(({ id }) => id).filter((id) => !kept.has(id)),
    modified: Object.fromEntries(changed),
    added: after.filter(({ id }) => id === null).map(requestOf),
  };
}
