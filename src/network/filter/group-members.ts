import { parseAddress } from "../addresses.ts";
import type { InterfaceModel } from "../model.ts";

/** The groups that private addresses are members of, in one VPC: what rules that name a group are about. */
export interface GroupMembers {
  readonly groupsOf: ReadonlyMap<number, readonly string[]>;
  /** Tells whether two of them say the same. */
  readonly fingerprint: string;
}

export const NO_MEMBERS: GroupMembers = { groupsOf: new Map(), fingerprint: "" };

/** By VPC: each is a world of its own, and the same address may be in two. What has not changed is the same object. */
export function groupMembers(
  interfaces: readonly InterfaceModel[],
  previous: ReadonlyMap<string, GroupMembers>,
): Map<string, GroupMembers> {
  const byVpc = new Map(interfaces.map(({ vpcId }) => [vpcId, new Map<number, readonly string[]>()]));
  for (const { vpcId, addresses, groupIds } of interfaces) {
    const groupsOf = byVpc.get(vpcId);
    for (const { privateIp } of addresses) {
      const address = parseAddress(privateIp);
      if (address !== undefined) groupsOf?.set(address, groupIds);
    }
  }
  return new Map(
    [...byVpc].map(([vpcId, groupsOf]) => {
      const fingerprint = JSON.stringify([...groupsOf]);
      const before = previous.get(vpcId);
      return [vpcId, before?.fingerprint === fingerprint ? before : { groupsOf, fingerprint }];
    }),
  );
}
