import { CloudError } from "../../base/errors.ts";
import { QUOTAS } from "../quotas/quota-table.ts";
import type { CloudNetwork, Subnet } from "./network.ts";

const PER_INTERFACE = QUOTAS["security-groups-per-interface"];

/** The groups that an interface is to be in: the default one of its VPC where none is named (F54, F58). */
export function checkGroups(
  network: CloudNetwork,
  { vpcId, id }: Pick<Subnet, "vpcId" | "id">,
  ids: readonly string[] | undefined,
): string[] {
  const groups = [...new Set(ids ?? [])].map((one) => network.securityGroup(one));
  if (groups.length === 0) return [network.defaultGroup(vpcId).id];
  const foreign = groups.find((group) => group.vpcId !== vpcId);
  if (foreign !== undefined) {
    const text = `Security group ${foreign.id} and subnet ${id} belong to different networks.`;
    throw new CloudError("InvalidParameter", text, { groupId: foreign.id, subnetId: id });
  }
  const { defaultValue: limit, error, text } = PER_INTERFACE;
  if (groups.length > limit) throw new CloudError(error, text(limit), { limit });
  return groups.map((group) => group.id);
}
