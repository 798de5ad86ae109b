import { LAST_RULE_NUMBER } from "../acl/compiled-acl.ts";
import type { Verdict } from "../filter/verdict.ts";
import type { Reachability, ReachabilityFailure, ReachabilityPath, ReachabilityStep } from "./reachability-types.ts";

/** What a reachability check has found, in English, a line for each step. */
export function describeReachability({ reachable, forward, back }: Reachability): string[] {
  const lines = [...describePath(forward), ...(back === undefined ? [] : ["The answer:", ...describePath(back)])];
  return [reachable ? "Reachable." : "Not reachable.", ...lines];
}

const describePath = (path: ReachabilityPath): string[] => [
  `${path.from} sends to ${path.to}.`,
  ...path.steps.map(describeStep),
  describeOutcome(path),
];

function describeStep(step: ReachabilityStep): string {
  if (step.kind === "route") {
    const table = `Route table ${step.routeTableId} of ${step.subnetId}`;
    if (step.route === undefined) return `${table} has no route to ${step.destination}.`;
    const { destinationCidrBlock, target } = step.route;
    return `${table}: ${destinationCidrBlock} goes to ${target.kind === "local" ? "local" : target.id}.`;
  }
  const { interfaceId, subnetId, direction, verdict } = step;
  const way = direction === "ingress" ? "inbound" : "outbound";
  return `${verdict.by.kind === "acl-entry" ? subnetId : interfaceId}: ${describeVerdict(verdict, way)}.`;
}

function describeVerdict({ accept, by, tracking }: Verdict, way: "inbound" | "outbound"): string {
  switch (by.kind) {
    case "rule": {
      const rule = `rule ${by.ruleId} of ${by.groupId}`;
      const isAnswer = tracking === "tracked" || tracking === "related";
      return isAnswer ? `${rule} has allowed the connection that it answers` : `${rule} allows it`;
    }
    case "no-rule":
      return `no ${way} rule of ${by.groupIds.join(", ") || "any group"} allows it`;
    case "no-connection":
      return "it belongs to no connection";
    case "connection-limit":
      return "there is no room for another connection";
    case "acl-entry":
      return `${way} entry ${numberOf(by.ruleNumber)} of ${by.networkAclId} ${accept ? "allows" : "refuses"} it`;
    case "no-groups":
      return "a gateway has no security groups";
    case "no-interface":
      return "it is not there";
  }
}

const numberOf = (ruleNumber: number): string => (ruleNumber === LAST_RULE_NUMBER ? "*" : String(ruleNumber));

function describeOutcome({ outcome, to }: ReachabilityPath): string {
  if (!outcome.arrived) return FAILURES[outcome.reason] ?? `It is dropped: ${outcome.reason}.`;
  if (outcome.at === "interface") return `It arrives at ${outcome.interfaceId}.`;
  return outcome.at === "outside" ? `It leaves for ${to}.` : "A service of the VPC answers.";
}

/** Those that a model can lead to; the others need a packet that is not as it should be. */
const FAILURES: Readonly<Partial<Record<ReachabilityFailure, string>>> = {
  "security-group": "A security group drops it.",
  "network-acl": "A network ACL drops it.",
  "no-host": "Nobody has that address.",
  "no-route": "There is no route.",
  blackhole: "The route leads to what is gone.",
  "no-internet-gateway": "There is no internet gateway where the route leads.",
  "outbound-off": "Packets may not leave for the Internet: that is off for this VPC.",
  "no-public-address": "There is no public address, and without one there is no way through an internet gateway.",
  "nat-no-connection": "It is part of no connection of the NAT gateway's.",
  "source-check": "Its sender may not use that address.",
  "destination-check": "The interface takes packets for its own addresses only (SourceDestCheck).",
  "no-card": "The interface is attached to nothing that is running.",
  service: "No service answers there.",
  "other-vpc": "It is in another VPC and has no public address.",
  "forwarded-by-instance": "The route leads to an instance that has to pass it on; what it does with it is not known.",
};
