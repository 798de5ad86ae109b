import type { NetworkContext } from "./collection.ts";
import { CloudNetwork } from "./network.ts";
import { CloudSecurityGroups } from "./security-groups.ts";
import { CloudSubnets } from "./subnets.ts";
import { CloudVpcs } from "./vpcs.ts";

/** Everything of networks, as somebody has it. */
export interface NetworkResources {
  /** What there is. */
  readonly network: CloudNetwork;
  readonly vpcs: CloudVpcs;
  readonly subnets: CloudSubnets;
  readonly securityGroups: CloudSecurityGroups;
}

export const networkResources = (context: NetworkContext): NetworkResources => ({
  network: new CloudNetwork(context),
  vpcs: new CloudVpcs(context),
  subnets: new CloudSubnets(context),
  securityGroups: new CloudSecurityGroups(context),
});
