import type { Change } from "../record-table.ts";
import type { Tags } from "../tags.ts";
import { CloudNetwork, type Edit, type NetworkSight } from "./network.ts";
import { KINDS, type NetworkKind, notFound } from "./network-errors.ts";

/** EC2's names for the kinds of a network's resources that have tags. */
export type NetworkType =
  | "elastic-ip"
  | "internet-gateway"
  | "natgateway"
  | "network-acl"
  | "network-interface"
  | "route-table"
  | "security-group"
  | "security-group-rule"
  | "subnet"
  | "vpc"
  | "vpc-flow-log";

export const KIND_OF: Readonly<Record<Exclude<NetworkType, "security-group-rule">, NetworkKind>> = {
  "elastic-ip": "addresses",
  "internet-gateway": "internetGateways",
  natgateway: "natGateways",
  "network-acl": "networkAcls",
  "network-interface": "networkInterfaces",
  "route-table": "routeTables",
  "security-group": "securityGroups",
  subnet: "subnets",
  vpc: "vpcs",
  "vpc-flow-log": "flowLogs",
};

/** By what their ids begin with. */
export const NETWORK_TYPES: Readonly<Record<string, NetworkType>> = {
  sgr: "security-group-rule",
  ...Object.fromEntries(
    Object.entries(KIND_OF).map(([type, kind]) => [KINDS[kind].prefix, type as NetworkType] as const),
  ),
};

export const isNetworkType = (type: string): type is NetworkType =>
  Object.values(NETWORK_TYPES).some((one) => one === type);

interface Tagged {
  readonly id: string;
  readonly type: NetworkType;
  readonly tags: Tags;
}

/** The tags of everything that is of a network. */
export function networkTags(sight: NetworkSight): Tagged[] {
  const network = new CloudNetwork(sight);
  const rules = network.securityGroups().flatMap((group) => group.rules);
  return [
    ...(Object.entries(KIND_OF) as [NetworkType, NetworkKind][]).flatMap(([type, kind]) =>
      network.list(kind).map(({ id, tags }) => ({ id, type, tags })),
    ),
    ...rules.map(({ id, tags }) => ({ id, type: "security-group-rule" as const, tags })),
  ];
}

/** Changes the tags of some of them; a default network is stored by it. */
export function retagNetwork(
  sight: NetworkSight,
  ids: readonly (readonly [id: string, type: NetworkType])[],
  change: (tags: Tags) => Record<string, string>,
): Change[] {
  const network = new CloudNetwork(sight);
  const rules = new Set(ids.filter(([, type]) => type === "security-group-rule").map(([id]) => id));
  const groups = network.securityGroups().filter((group) => group.rules.some(({ id }) => rules.has(id)));
  for (const id of rules) {
    if (!groups.some((group) => group.rules.some((rule) => rule.id === id))) throw notFound("securityGroupRules", id);
  }
  const edits = new Map<string, Edit>();
  for (const [id, type] of ids) {
    if (type === "security-group-rule") continue;
    const kind = KIND_OF[type];
    edits.set(id, network.change(kind, id, { tags: change(network.get(kind, id).tags) }));
  }
  for (const group of groups) {
    const { tags = group.tags } = edits.get(group.id)?.record ?? {};
    const retagged = group.rules.map((rule) => (rules.has(rule.id) ? { ...rule, tags: change(rule.tags) } : rule));
    edits.set(group.id, network.change("securityGroups", group.id, { tags, rules: retagged }));
  }
  return network.changes([...edits.values()]);
}
