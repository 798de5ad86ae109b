import { isId } from "../../base/ids.ts";
import { typeOfId } from "../../cloud/access/made-ids.ts";
import type { NetworkKind } from "../../cloud/network/network-errors.ts";
import type { Ec2Cloud } from "../action.ts";
import { getAll } from "../listing.ts";
import type { ResourceType, TouchedResource } from "../policy/index.ts";

const NETWORK: Readonly<Partial<Record<ResourceType, NetworkKind>>> = {
  "elastic-ip": "addresses",
  "internet-gateway": "internetGateways",
  natgateway: "natGateways",
  "network-acl": "networkAcls",
  "network-interface": "networkInterfaces",
  "route-table": "routeTables",
  "security-group": "securityGroups",
  subnet: "subnets",
  vpc: "vpcs",
};

/**
 * Throws the error of what a call names and is not there for the caller, as the call itself would: "Request would have
 * succeeded" would not be so (F73). What may be missing (a key pair that is deleted) is not asked for.
 */
export async function checkNamed(touched: readonly TouchedResource[], cloud: Ec2Cloud): Promise<void> {
  const instances = touched.flatMap(({ type, id }) => (type === "instance" && id !== undefined ? [id] : []));
  getAll(instances, (id) => cloud.instances.get(id));
  for (const { type, id } of touched) if (id !== undefined) await find(type, id, cloud);
}

async function find(type: ResourceType, id: string, cloud: Ec2Cloud): Promise<void> {
  const kind = NETWORK[type];
  if (kind !== undefined) {
    // What is known by its name, or by an association alone, has no id here.
    if (typeOfId(id) === type) cloud.network.get(kind, id);
  } else if (type === "volume") cloud.volumes.get(id);
  else if (type === "snapshot") cloud.snapshots.get(id);
  else if (type === "image") await cloud.images.get(id);
  else if (type === "launch-template") cloud.launchTemplates.find(isId("lt", id) ? { id } : { name: id });
}
