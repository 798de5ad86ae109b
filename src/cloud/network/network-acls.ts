import { CloudError } from "../../base/errors.ts";
import { newId } from "../../base/ids.ts";
import { checkParameters, type Parameters } from "../parameters.ts";
import { scopeOf } from "../scope.ts";
import { checkCidr } from "./cidr.ts";
import { NetworkCollection, type NetworkContext } from "./collection.ts";
import type { NetworkAcl, Subnet } from "./network.ts";
import { associationNotFound, inUse, invalidValue } from "./network-errors.ts";
import type { CreateNetworkAclRequest, NetworkAclEntryInfo, NetworkAclInfo } from "./routing-info.ts";
import { checkTraffic, type TrafficRequest } from "./traffic.ts";

const CREATE: Parameters<CreateNetworkAclRequest> = { vpcId: true, tags: true, clientToken: true };

/** An entry as it is asked for. */
export interface NetworkAclEntryRequest extends TrafficRequest {
  /** 1–32766: the lowest that matches decides. */
  readonly ruleNumber: number;
  readonly egress: boolean;
  readonly allow: boolean;
  readonly cidrBlock: string;
}

const ENTRY: Parameters<NetworkAclEntryRequest> = {
  ruleNumber: true,
  egress: true,
  allow: true,
  cidrBlock: true,
  protocol: true,
  fromPort: true,
  toPort: true,
};
/** EC2 API, CreateNetworkAclEntry; 32767 is the last one, which is always there. */
const MAX_NUMBER = 32_766;

/** The network ACLs, as the public API shows them: `api/network-types.ts`. */
export class CloudNetworkAcls extends NetworkCollection<"networkAcls", NetworkAclInfo> {
  constructor(context: NetworkContext) {
    super(context, "networkAcls");
  }

  /** One that refuses everything until it has entries. */
  async create(request: CreateNetworkAclRequest): Promise<NetworkAclInfo> {
    checkParameters(request, CREATE);
    const vpc = this.network.vpc(request.vpcId);
    const scope = scopeOf(vpc);
    return await this.once("CreateNetworkAcl", scope, request, () => {
      const there = this.list().filter(({ vpcId }) => vpcId === vpc.id).length;
      this.context.quotas.checkEach("network-acls-per-vpc", scope, there + 1);
      const id = newId("acl", this.context.random);
      const record = { ...this.newIn(scope, request.tags), vpcId: vpc.id, isDefault: false, entries: [] };
      return { id, edits: [this.network.put("networkAcls", id, record)] };
    });
  }

  /** `InvalidParameterValue` for a VPC's default one; `DependencyViolation` while a subnet has it. */
  async delete(id: string): Promise<void> {
    const acl = this.network.get("networkAcls", id);
    if (acl.isDefault) throw invalidValue(`cannot delete default network ACL ${id}`, { networkAclId: id });
    if (this.subnetsOf(id).length > 0) throw inUse("networkAcl", id);
    await this.commit([this.network.delete("networkAcls", id)]);
  }

  subnetsOf(id: string): Subnet[] {
    return this.network.subnets().filter(({ networkAcl }) => networkAcl.id === id);
  }

  /** `NetworkAclEntryAlreadyExists` where there is one of that number in that direction. */
  async createEntry(id: string, request: NetworkAclEntryRequest): Promise<NetworkAclInfo> {
    const acl = this.network.get("networkAcls", id);
    const entry = checkEntry(request);
    if (find(acl, entry) !== undefined) {
      const text = `The network acl entry identified by ${entry.ruleNumber} already exists.`;
      throw new CloudError("NetworkAclEntryAlreadyExists", text, { networkAclId: id });
    }
    const count = acl.entries.filter(({ egress }) => egress === entry.egress).length;
    this.context.quotas.checkEach("entries-per-network-acl", scopeOf(acl), count + 1);
    return await this.#store(id, [...acl.entries, entry]);
  }

  /** `InvalidNetworkAclEntry.NotFound`. */
  async replaceEntry(id: string, request: NetworkAclEntryRequest): Promise<NetworkAclInfo> {
    const acl = this.network.get("networkAcls", id);
    const entry = checkEntry(request);
    const before = entryOf(acl, entry);
    return await this.#store(id, [...acl.entries.filter((one) => one !== before), entry]);
  }

  /** `InvalidNetworkAclEntry.NotFound`. */
  async deleteEntry(id: string, which: Pick<NetworkAclEntryInfo, "ruleNumber" | "egress">): Promise<NetworkAclInfo> {
    const acl = this.network.get("networkAcls", id);
    const before = entryOf(acl, which);
    return await this.#store(
      id,
      acl.entries.filter((one) => one !== before),
    );
  }

  /** A subnet has this list instead of its own; the new association's id. `InvalidAssociationID.NotFound`. */
  async replaceAssociation(associationId: string, id: string): Promise<string> {
    const acl = this.network.get("networkAcls", id);
    const subnet = this.network.subnets().find(({ networkAcl }) => networkAcl.associationId === associationId);
    if (subnet === undefined) throw associationNotFound(associationId);
    if (subnet.vpcId !== acl.vpcId) {
      throw invalidValue(`Network ACL ${id} and subnet ${subnet.id} belong to different networks`);
    }
    const made = { id, associationId: newId("aclassoc", this.context.random) };
    await this.commit([this.network.change("subnets", subnet.id, { networkAcl: made })]);
    return made.associationId;
  }

  async #store(id: string, entries: NetworkAcl["entries"]): Promise<NetworkAclInfo> {
    const sorted = [...entries].sort((a, b) => Number(a.egress) - Number(b.egress) || a.ruleNumber - b.ruleNumber);
    await this.commit([this.changeOf(id, { entries: sorted })]);
    return this.get(id);
  }
}

type Key = Pick<NetworkAclEntryInfo, "ruleNumber" | "egress">;

const find = ({ entries }: NetworkAcl, { ruleNumber, egress }: Key) =>
  entries.find((one) => one.ruleNumber === ruleNumber && one.egress === egress);

function entryOf(acl: NetworkAcl, key: Key) {
  const entry = find(acl, key);
  if (entry !== undefined) return entry;
  const text = `The network acl entry identified by ${key.ruleNumber} does not exist.`;
  throw new CloudError("InvalidNetworkAclEntry.NotFound", text, { networkAclId: acl.id, ...key });
}

function checkEntry(request: NetworkAclEntryRequest): NetworkAclEntryInfo {
  checkParameters(request, ENTRY);
  const { ruleNumber, egress, allow } = request;
  if (!Number.isSafeInteger(ruleNumber) || ruleNumber < 1 || ruleNumber > MAX_NUMBER) {
    throw invalidValue(`Invalid rule number ${ruleNumber}: it is 1 to ${MAX_NUMBER}.`, { ruleNumber });
  }
  const cidrBlock = checkCidr(request.cidrBlock, "cidrBlock");
  return { ...checkTraffic(request), ruleNumber, egress: egress === true, allow: allow === true, cidrBlock };
}
