import { CloudAddresses } from "./addresses.ts";
import type { NetworkContext } from "./collection.ts";
import { ExplainedNetwork } from "./explained-network.ts";
import { CloudFlowLogs } from "./flow-logs.ts";
import { CloudInternetGateways } from "./internet-gateways.ts";
import { CloudNatGateways } from "./nat-gateways.ts";
import { CloudNetworkAcls } from "./network-acls.ts";
import { CloudNetworkInterfaces } from "./network-interfaces.ts";
import { CloudRouteTables } from "./route-tables.ts";
import { CloudSecurityGroups } from "./security-groups.ts";
import { CloudSubnets } from "./subnets.ts";
import { CloudVpcs } from "./vpcs.ts";

/** Everything of networks, as somebody has it. */
export interface NetworkResources {
  /** What there is, and what follows from it. */
  readonly network: ExplainedNetwork;
  readonly vpcs: CloudVpcs;
  readonly subnets: CloudSubnets;
  readonly routeTables: CloudRouteTables;
  readonly internetGateways: CloudInternetGateways;
  readonly natGateways: CloudNatGateways;
  readonly networkAcls: CloudNetworkAcls;
  readonly securityGroups: CloudSecurityGroups;
  readonly networkInterfaces: CloudNetworkInterfaces;
  readonly addresses: CloudAddresses;
  readonly flowLogs: CloudFlowLogs;
}

export const networkResources = (context: NetworkContext): NetworkResources => ({
  network: new ExplainedNetwork(context),
  vpcs: new CloudVpcs(context),
  subnets: new CloudSubnets(context),
  routeTables: new CloudRouteTables(context),
  internetGateways: new CloudInternetGateways(context),
  natGateways: new CloudNatGateways(context),
  networkAcls: new CloudNetworkAcls(context),
  securityGroups: new CloudSecurityGroups(context),
  networkInterfaces: new CloudNetworkInterfaces(context),
  addresses: new CloudAddresses(context),
  flowLogs: new CloudFlowLogs(context),
});
