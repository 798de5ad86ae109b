import type {
  NetworkDecision,
  Reachability,
  ReachabilityFailure,
  ReachabilityPath,
  ReachabilityStep,
} from "../../api/network-types.ts";
import type { Cloud } from "../../api/types.ts";
import { unlessDenied } from "../live/denied.ts";
import type { Route } from "../routing/route.ts";
import { peerText, portsOf, trafficText } from "../security-groups/rule-fields.ts";

/** Parts of a sentence: those that name something lead to its page. */
export type Word = string | { readonly text: string; readonly route: Route };
export type Words = readonly Word[];

/** The same without links. */
export const plain = (words: Words): string =>
  words.map((word) => (typeof word === "string" ? word : word.text)).join("");

/** The last entry of every network ACL has this number, and is shown as "*". */
const LAST_RULE_NUMBER = 32_767;

type Direction = "ingress" | "egress";
type Verdict = Extract<ReachabilityStep, { readonly kind: "verdict" }>["verdict"];

const wayOf = (direction: Direction) => (direction === "ingress" ? "inbound" : "outbound");

export function interfaceWord({ networkInterfaces, instances }: Cloud, id: string): Word {
  const one = unlessDenied(() => networkInterfaces.list(), []).find((card) => card.id === id);
  const instanceId = one?.attachment?.instanceId;
  if (instanceId === undefined) return { text: id, route: { page: "interfaces", id } };
  const instance = unlessDenied(() => instances.list(), []).find((vm) => vm.id === instanceId);
  return { text: instance?.name || instanceId, route: { page: "instances", id: instanceId, tab: "networking" } };
}

export function groupWord({ securityGroups }: Cloud, id: string, direction: Direction): Word {
  const group = unlessDenied(() => securityGroups.list(), []).find((one) => one.id === id);
  return { text: group?.name ?? id, route: { page: "security-groups", id, tab: wayOf(direction) } };
}

/** "SSH 22 from 0.0.0.0/0", or nothing where the rule is gone. */
export function ruleText({ securityGroups }: Cloud, groupId: string, ruleId: string): string {
  const group = unlessDenied(() => securityGroups.list(), []).find(({ id }) => id === groupId);
  const rule = group?.rules.find(({ id }) => id === ruleId);
  if (rule === undefined) return "";
  const what = [trafficText(rule), portsOf(rule)].filter((text) => text !== "").join(" ");
  return ` (${what} ${rule.egress ? "to" : "from"} ${peerText(rule)})`;
}

/** What decided about a packet: "rule sgr-… of web (SSH 22 from 0.0.0.0/0) allows it". */
export function decisionWords(
  cloud: Cloud,
  by: NetworkDecision,
  { accept, direction, tracking }: Pick<Verdict, "accept" | "tracking"> & { readonly direction: Direction },
): Words {
  switch (by.kind) {
    case "rule": {
      const isAnswer = tracking === "tracked" || tracking === "related";
      const group = groupWord(cloud, by.groupId, direction);
      const rule = ruleText(cloud, by.groupId, by.ruleId);
      return [
        `rule ${by.ruleId} of `,
        group,
        rule,
        isAnswer ? " has allowed the connection that it belongs to" : " allows it",
      ];
    }
    case "no-rule":
      return [
        `no ${wayOf(direction)} rule of `,
        ...listed(by.groupIds, (id) => groupWord(cloud, id, direction)),
        " allows it",
      ];
    case "no-connection":
      return ["it belongs to no connection"];
    case "connection-limit":
      return ["there is no room for another connection"];
    case "acl-entry": {
      const number = by.ruleNumber === LAST_RULE_NUMBER ? "*" : String(by.ruleNumber);
      const route: Route = { page: "network-acls", id: by.networkAclId, tab: wayOf(direction) };
      return [
        `${wayOf(direction)} entry ${number} of `,
        { text: by.networkAclId, route },
        accept ? " allows it" : " refuses it",
      ];
    }
    case "no-groups":
      return ["a gateway has no security groups"];
    case "no-interface":
      return ["the interface is not there"];
  }
}

const listed = (ids: readonly string[], wordOf: (id: string) => Word): Words =>
  ids.length === 0 ? ["any group"] : ids.flatMap((id, at) => [...(at === 0 ? [] : [", "]), wordOf(id)]);

/** One hop. */
export function stepWords(cloud: Cloud, step: ReachabilityStep): Words {
  if (step.kind === "verdict") {
    const { verdict, direction, interfaceId, subnetId } = step;
    const where: Words =
      verdict.by.kind === "acl-entry"
        ? [`Subnet ${subnetId}`]
        : ["Security groups of ", interfaceWord(cloud, interfaceId)];
    return [...where, ": ", ...decisionWords(cloud, verdict.by, { ...verdict, direction }), "."];
  }
  const table: Word = { text: step.routeTableId, route: { page: "route-tables", id: step.routeTableId } };
  if (step.route === undefined) return ["Route table ", table, ` has no route to ${step.destination}.`];
  const { destinationCidrBlock, target } = step.route;
  return ["Route table ", table, `: ${destinationCidrBlock} goes to `, targetWord(cloud, target), "."];
}

type Target = NonNullable<Extract<ReachabilityStep, { readonly kind: "route" }>["route"]>["target"];

function targetWord(cloud: Cloud, target: Target): Word {
  switch (target.kind) {
    case "local":
      return "where it is (local)";
    case "blackhole":
      return `${target.id}, which is gone`;
    case "internet-gateway":
      return { text: target.id, route: { page: "internet-gateways" } };
    case "nat-gateway":
      return { text: target.id, route: { page: "nat-gateways" } };
    case "network-interface":
      return interfaceWord(cloud, target.id);
  }
}

/** What becomes of the packet in the end. */
export function outcomeWords(cloud: Cloud, { outcome, to }: ReachabilityPath): Words {
  if (!outcome.arrived) return [FAILURES[outcome.reason] ?? `It is dropped: ${outcome.reason}.`];
  if (outcome.at === "interface") return ["It arrives at ", interfaceWord(cloud, outcome.interfaceId), "."];
  return [outcome.at === "outside" ? `It leaves for ${to}.` : "A service of the VPC answers."];
}

/** In one sentence why it is as it is: what stops the packet or its answer, or what lets it in at the end. */
export function reasonWords(cloud: Cloud, { forward, back }: Reachability): Words {
  const isBack = forward.outcome.arrived && back !== undefined && !back.outcome.arrived;
  const path = isBack ? back : forward;
  const last = path.steps.at(-1);
  const decides = last?.kind === "verdict" && (path.outcome.arrived || !last.verdict.accept);
  const words = decides ? stepWords(cloud, last) : outcomeWords(cloud, path);
  return isBack ? ["The answer does not come back. ", ...words] : words;
}

/** Those that models lead to; the others need a packet that is not as it should be. */
const FAILURES: Readonly<Partial<Record<ReachabilityFailure, string>>> = {
  "security-group": "A security group drops it: the sender hears nothing.",
  "network-acl": "A network ACL drops it: the sender hears nothing.",
  "no-host": "Nobody has that address.",
  "no-route": "There is no route.",
  blackhole: "The route leads to what is gone.",
  "no-internet-gateway": "There is no internet gateway where the route leads.",
  "outbound-off": "The VPC's internet access is off: nothing leaves for the real Internet.",
  "no-public-address": "There is no public address, and without one there is no way through an internet gateway.",
  "nat-no-connection": "It is part of no connection of the NAT gateway's.",
  "source-check": "Its sender may not use that address (source and destination check).",
  "destination-check": "The interface takes packets for its own addresses only (source and destination check).",
  "no-card": "The interface is attached to no instance.",
  service: "No service answers there.",
  "other-vpc": "It is in another VPC and has no public address.",
  "forwarded-by-instance":
    "The route leads to an instance that has to pass it on; what its system does is not known here.",
};
