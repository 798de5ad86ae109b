import type { Subnet } from "../../api/network-types.ts";
import type { Cloud } from "../../api/types.ts";
import { isThere } from "./route-targets.ts";

const NAMES = {
  "internet-gateway": "internet gateway",
  "nat-gateway": "NAT gateway",
  "network-interface": "network interface",
} as const;

/**
 * Where a subnet's packets to everybody else go: "internet gateway" makes it a public subnet, as EC2's guides call it,
 * "NAT gateway" a private one with a way out.
 */
export function wayOut(cloud: Cloud, { vpcId, routeTable }: Pick<Subnet, "vpcId" | "routeTable">): string {
  const id = routeTable?.id ?? cloud.vpcs.list().find((vpc) => vpc.id === vpcId)?.mainRouteTable.id;
  const table = cloud.routeTables.list().find((one) => one.id === id);
  const route = table?.routes.find(({ destinationCidrBlock }) => destinationCidrBlock === "0.0.0.0/0");
  if (route === undefined) return "none";
  return isThere(cloud, route.target, vpcId) ? NAMES[route.target.kind] : "none: its route leads to what is gone";
}
