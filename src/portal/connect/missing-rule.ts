import type { SecurityGroup, SecurityGroupRule, SecurityGroupRuleRequest } from "../../api/network-types.ts";
import { PAGE_ADDRESS } from "../../api/page-address.ts";
import { MY_IP, TRAFFIC_TYPES } from "../security-groups/rule-fields.ts";

/** IANA, "Assigned Internet Protocol Numbers". */
const TCP = 6;
const ALL = -1;

/** Whether the groups let this page connect to a TCP port: security groups only allow, so that one rule is enough. */
export function letsPageIn(groups: readonly Pick<SecurityGroup, "rules">[], port: number): boolean {
  return groups.some(({ rules }) => rules.some((rule) => !rule.egress && isForPort(rule, port) && isForPage(rule)));
}

/** "SSH", "HTTP", or "TCP 8080". */
export const serviceOf = (port: number): string =>
  TRAFFIC_TYPES.find(({ value }) => value === `tcp-${port}`)?.label ?? `TCP ${port}`;

/** The rule that is missing. */
export function ruleForPage(port: number): SecurityGroupRuleRequest {
  const description = `${serviceOf(port)} from this page`;
  return { protocol: "tcp", fromPort: port, toPort: port, cidrBlock: MY_IP, description };
}

function isForPort({ protocol, fromPort, toPort }: SecurityGroupRule, port: number): boolean {
  if (protocol === ALL) return true;
  return protocol === TCP && port >= (fromPort ?? 0) && port <= (toPort ?? Number.POSITIVE_INFINITY);
}

function isForPage({ peer }: SecurityGroupRule): boolean {
  if (!("cidrBlock" in peer)) return false;
  const [address = "", bits = "32"] = peer.cidrBlock.split("/");
  const size = 2 ** (32 - Number(bits));
  return Math.floor(numberOf(address) / size) === Math.floor(numberOf(PAGE_ADDRESS) / size);
}

/** An IPv4 address as a number; NaN for any other, which is equal to nothing. */
function numberOf(address: string): number {
  const parts = address.split(".").map(Number);
  return parts.length === 4 ? parts.reduce((sum, part) => sum * 256 + part, 0) : Number.NaN;
}
