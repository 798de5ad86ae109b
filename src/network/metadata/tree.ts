import type { MetadataInterface, MetadataModel } from "./model.ts";

/** A category and what is in it, or a value. */
export type MetadataNode = string | MetadataTree;
export interface MetadataTree {
  readonly [name: string]: MetadataNode;
}

/** What is under `meta-data/` (EC2 User Guide, "Instance metadata categories"); what does not apply is not there. */
export function metadataTree(instance: MetadataModel): MetadataTree {
  const primary = instance.interfaces[0];
  const address = primary?.addresses[0];
  return tree({
    "ami-id": instance.imageId,
    "ami-launch-index": String(instance.launchIndex),
    "ami-manifest-path": "(unknown)",
    "block-device-mapping": tree(instance.blockDeviceMapping),
    hostname: primary?.hostname,
    "instance-action": "none",
    "instance-id": instance.instanceId,
    "instance-life-cycle": instance.lifeCycle,
    "instance-type": instance.instanceType,
    "local-hostname": primary?.hostname,
    "local-ipv4": address?.privateIp,
    mac: primary?.macAddress,
    network: tree({ interfaces: tree({ macs: interfacesTree(instance) }) }),
    placement: tree({
      "availability-zone": instance.availabilityZone,
      "availability-zone-id": instance.availabilityZoneId,
      region: instance.region,
    }),
    profile: "default-hvm",
    "public-hostname": primary?.publicHostname,
    "public-ipv4": address?.publicIp,
    "public-keys": instance.publicKey && tree({ "0": tree({ "openssh-key": instance.publicKey.openSshKey }) }),
    "reservation-id": instance.reservationId,
    "security-groups": primary?.securityGroups.map(({ name }) => name).join("\n"),
    services: tree({ domain: "amazonaws.com", partition: "aws" }),
    tags: instance.options.instanceMetadataTags === "enabled" ? tree({ instance: tree(instance.tags) }) : undefined,
  });
}

const interfacesTree = (instance: MetadataModel): MetadataTree =>
  tree(Object.fromEntries(instance.interfaces.map((one) => [one.macAddress, interfaceTree(one, instance.accountId)])));

function interfaceTree(one: MetadataInterface, accountId: string): MetadataTree {
  const associated = one.addresses.filter(({ publicIp }) => publicIp !== undefined);
  const publicIps = associated.map(({ publicIp }) => publicIp).join("\n");
  return tree({
    "device-number": String(one.deviceNumber),
    "interface-id": one.id,
    "ipv4-associations":
      associated.length > 0
        ? tree(Object.fromEntries(associated.map(({ publicIp, privateIp }) => [publicIp as string, privateIp])))
        : undefined,
    "local-hostname": one.hostname,
    "local-ipv4s": one.addresses.map(({ privateIp }) => privateIp).join("\n"),
    mac: one.macAddress,
    "owner-id": accountId,
    "public-hostname": one.publicHostname,
    "public-ipv4s": publicIps === "" ? undefined : publicIps,
    "security-group-ids": one.securityGroups.map(({ id }) => id).join("\n"),
    "security-groups": one.securityGroups.map(({ name }) => name).join("\n"),
    "subnet-id": one.subnetId,
    "subnet-ipv4-cidr-block": one.subnetCidrBlock,
    "vpc-id": one.vpcId,
    "vpc-ipv4-cidr-block": one.vpcCidrBlocks[0],
    "vpc-ipv4-cidr-blocks": one.vpcCidrBlocks.join("\n"),
  });
}

/** Names come from outside (tags): an object without a prototype has none but its own. */
function tree(entries: Readonly<Record<string, MetadataNode | undefined>>): MetadataTree {
  const made: Record<string, MetadataNode> = Object.create(null);
  for (const [name, node] of Object.entries(entries)) if (node !== undefined) made[name] = node;
  return made;
}

/** What is at a path, given by its parts. */
export function nodeAt(root: MetadataNode, path: readonly string[]): MetadataNode | undefined {
  let node: MetadataNode | undefined = root;
  for (const name of path) node = typeof node === "object" ? node[name] : undefined;
  return node;
}

/** Names in order, one a line, categories with a slash; keys are shown with their names. */
export function listingOf(node: MetadataTree, path: readonly string[], keyName: string | undefined): string {
  if (path.join("/") === "public-keys") return `0=${keyName}`;
  return Object.entries(node)
    .map(([name, child]) => (typeof child === "object" ? `${name}/` : name))
    .sort()
    .join("\n");
}
