import { IP_PROTOCOL } from "../frames/ipv4.ts";
import type { NetworkModel, SecurityGroupModel, SecurityGroupRuleModel } from "../model.ts";
import { SENSITIVE_PORTS, type SensitivePort } from "./sensitive-ports.ts";

/** What a review of security groups finds (F57). */
export type Finding =
  /** A rule lets everyone in. */
  | {
      readonly kind: "open-to-world";
      readonly groupId: string;
      readonly ruleId: string;
      /** "high": a port that should not be open to everyone, or all of them; "low": any other. */
      readonly severity: "high" | "low";
      readonly sensitivePorts: readonly SensitivePort[];
      /** The interfaces with the group: nobody is behind an open rule of a group without any. */
      readonly interfaceIds: readonly string[];
    }
  /** No interface has the group, and no rule names it. */
  | { readonly kind: "unused-group"; readonly groupId: string }
  /** A rule names a group that is not there, or is in another VPC: it lets nobody in. */
  | {
      readonly kind: "stale-reference";
      readonly groupId: string;
      readonly ruleId: string;
      readonly peerGroupId: string;
    }
  /** A rule names a group that no interface has: it lets nobody in. */
  | {
      readonly kind: "empty-reference";
      readonly groupId: string;
      readonly ruleId: string;
      readonly peerGroupId: string;
    };

const WORLD = "0.0.0.0/0";

/** The groups' names, by id: a VPC's "default" cannot be deleted, so that its being unused is not worth telling. */
export type GroupNames = ReadonlyMap<string, string>;

/** All findings, those that matter most first. */
export function reviewSecurityGroups(model: NetworkModel, names: GroupNames): Finding[] {
  const groups = new Map(model.securityGroups.map((group) => [group.id, group]));
  const interfacesOf = new Map<string, string[]>(model.securityGroups.map(({ id }) => [id, []]));
  for (const { id, groupIds } of model.interfaces) for (const groupId of groupIds) interfacesOf.get(groupId)?.push(id);
  const referenced = new Set<string>();
  for (const { id, rules } of model.securityGroups) {
    for (const { peer } of rules) if (peer.kind === "group" && peer.groupId !== id) referenced.add(peer.groupId);
  }
  const findings: Finding[] = [];
  for (const group of model.securityGroups) {
    const interfaceIds = interfacesOf.get(group.id) ?? [];
    const unused = interfaceIds.length === 0 && !referenced.has(group.id) && names.get(group.id) !== "default";
    if (unused) findings.push({ kind: "unused-group", groupId: group.id });
    for (const rule of group.rules) findings.push(...reviewRule(group, rule, groups, interfacesOf));
  }
  return findings.sort((one, other) => weightOf(one) - weightOf(other));
}

function* reviewRule(
  group: SecurityGroupModel,
  rule: SecurityGroupRuleModel,
  groups: ReadonlyMap<string, SecurityGroupModel>,
  interfacesOf: ReadonlyMap<string, readonly string[]>,
): Generator<Finding> {
  const place = { groupId: group.id, ruleId: rule.id };
  const interfaceIds = interfacesOf.get(group.id) ?? [];
  if (rule.peer.kind === "cidr") {
    if (rule.egress || rule.peer.cidrBlock !== WORLD) return;
    const sensitivePorts = SENSITIVE_PORTS.filter((port) => includes(rule, port));
    const severity = sensitivePorts.length > 0 ? "high" : "low";
    yield { kind: "open-to-world", ...place, severity, sensitivePorts, interfaceIds };
    return;
  }
  const peerGroupId = rule.peer.groupId;
  const peer = groups.get(peerGroupId);
  if (peer === undefined || peer.vpcId !== group.vpcId) yield { kind: "stale-reference", ...place, peerGroupId };
  // A group that names itself is no news while nobody has it.
  else if (peerGroupId !== group.id && interfacesOf.get(peerGroupId)?.length === 0) {
    yield { kind: "empty-reference", ...place, peerGroupId };
  }
}

function includes(
  { protocol, fromPort = 0, toPort = 0xffff }: SecurityGroupRuleModel,
  sensitive: SensitivePort,
): boolean {
  if (protocol === -1) return true;
  const of = sensitive.protocol === "tcp" ? IP_PROTOCOL.tcp : IP_PROTOCOL.udp;
  return protocol === of && fromPort <= sensitive.port && sensitive.port <= toPort;
}

/** Doors that stand open first, then doors that lead nowhere, then what only clutters. */
function weightOf(finding: Finding): number {
  if (finding.kind !== "open-to-world")
    return finding.kind === "unused-group" ? 5 : finding.kind === "stale-reference" ? 3 : 4;
  const behind = finding.interfaceIds.length > 0;
  if (finding.severity === "high") return behind ? 0 : 1;
  return behind ? 2 : 3;
}
