import { CloudError } from "../../base/errors.ts";
import { newId } from "../../base/ids.ts";
import { checkParameters, type Parameters } from "../parameters.ts";
import { checkCidr, prefixLengthOf } from "./cidr.ts";
import { NetworkCollection, type NetworkContext } from "./collection.ts";
import { type DefaultKind, defaultGroup, makeNetwork, openEntries } from "./default-network.ts";
import { type Edit, storeDefault } from "./network.ts";
import { inUse, invalidValue } from "./network-errors.ts";
import type { CreateVpcRequest, ModifyVpcRequest, VpcInfo } from "./vpc-info.ts";

const CREATE: Parameters<CreateVpcRequest> = { cidrBlock: true, region: true, tags: true, clientToken: true };
const MODIFY: Parameters<ModifyVpcRequest> = { enableDnsSupport: true, enableDnsHostnames: true };

/** VPC User Guide, "VPC CIDR blocks". */
export const LARGEST_PREFIX = 16;
export const SMALLEST_PREFIX = 28;

/** The VPCs, as the public API shows them: `api/network-types.ts`. */
export class CloudVpcs extends NetworkCollection<"vpcs", VpcInfo> {
  constructor(context: NetworkContext) {
    super(context, "vpcs");
  }

  /** With what belongs to every VPC: a main route table, a default network ACL, a default security group. */
  async create(request: CreateVpcRequest): Promise<VpcInfo> {
    checkParameters(request, CREATE);
    const scope = this.scopeIn(request.region);
    const cidrBlock = checkCidr(request.cidrBlock, "cidrBlock");
    const bits = prefixLengthOf(cidrBlock);
    if (bits < LARGEST_PREFIX || bits > SMALLEST_PREFIX) {
      const text = `The CIDR '${cidrBlock}' is invalid: a VPC has a block from /${LARGEST_PREFIX} to /${SMALLEST_PREFIX}.`;
      throw new CloudError("InvalidVpc.Range", text, { cidrBlock });
    }
    return await this.once("CreateVpc", scope, request, () => {
      this.context.quotas.check("vpcs", scope, 1);
      const { network } = this;
      const { random } = this.context;
      const common = this.newIn(scope, undefined);
      const id = newId("vpc", random);
      const routeTableId = newId("rtb", random);
      const groupId = newId("sg", random);
      const ruleIds = [newId("sgr", random), newId("sgr", random)] as const;
      const vpc = {
        ...this.newIn(scope, request.tags),
        cidrBlock,
        isDefault: false,
        enableDnsSupport: true,
        enableDnsHostnames: false,
        mainRouteTable: { id: routeTableId, associationId: newId("rtbassoc", random) },
      };
      const acl = { ...common, vpcId: id, isDefault: true, entries: openEntries() };
      return {
        id,
        edits: [
          network.put("vpcs", id, vpc),
          network.put("routeTables", routeTableId, { ...common, vpcId: id, routes: [] }),
          network.put("networkAcls", newId("acl", random), acl),
          network.put("securityGroups", groupId, defaultGroup({ ...common, vpcId: id }, groupId, ruleIds)),
        ],
      };
    });
  }

  /** Makes the default VPC anew, where it was deleted: else `DefaultVpcAlreadyExists`. Its ids are new. */
  async createDefault(region?: string): Promise<VpcInfo> {
    const scope = this.scopeIn(region);
    const there = this.network.defaultVpc(scope);
    if (there !== undefined) {
      const text = `A Default VPC already exists for this account in this region: '${there.id}'.`;
      throw new CloudError("DefaultVpcAlreadyExists", text, { vpcId: there.id });
    }
    const { quotas, registry, random, clock } = this.context;
    quotas.check("vpcs", scope, 1);
    const network = makeNetwork(scope, (prefix) => newId(prefix as "vpc", random), clock.now());
    await this.commit([], storeDefault(registry, scope, network));
    return this.get(network.vpcs[0]?.[0] ?? "");
  }

  async modify(id: string, request: ModifyVpcRequest): Promise<VpcInfo> {
    checkParameters(request, MODIFY);
    const vpc = this.network.vpc(id);
    const changed = Object.fromEntries(Object.entries(request).filter(([, value]) => value !== undefined));
    for (const [name, value] of Object.entries(changed)) {
      if (typeof value !== "boolean")
        throw invalidValue(`Value for parameter ${name} is invalid: expecting a boolean.`);
    }
    const after = { ...vpc, ...changed };
    if (after.enableDnsHostnames && !after.enableDnsSupport) {
      throw invalidValue(
        "DNS hostnames need DNS support: enableDnsHostnames cannot be true while enableDnsSupport is false.",
      );
    }
    await this.commit([this.changeOf(id, changed)]);
    return this.get(id);
  }

  /**
   * With what belongs to every VPC. `DependencyViolation` while anything else is in it; a default VPC takes its subnets and its
   * internet gateway along where nothing uses them.
   */
  async delete(id: string): Promise<void> {
    const vpc = this.network.vpc(id);
    const isOf = <T extends { readonly vpcId: string | null }>(one: T) => one.vpcId === id;
    const { network } = this;
    const subnets = network.subnets().filter(isOf);
    const gateways = network.list("internetGateways").filter(isOf);
    const tables = network.list("routeTables").filter(isOf);
    const acls = network.list("networkAcls").filter(isOf);
    const groups = network.securityGroups().filter(isOf);
    const isLeft =
      network.interfaces().some(isOf) ||
      network.list("natGateways").some((one) => isOf(one) && one.deletedAt === null) ||
      tables.some((one) => one.id !== vpc.mainRouteTable.id) ||
      acls.some((one) => !one.isDefault) ||
      groups.some((one) => one.id !== network.defaultGroup(id).id);
    if (isLeft || (!vpc.isDefault && subnets.length + gateways.length > 0)) throw inUse("vpc", id);
    const all = (kind: DefaultKind, ones: readonly { readonly id: string }[]): Edit[] =>
      ones.map((one) => network.delete(kind, one.id));
    await this.commit([
      ...all("vpcs", [vpc]),
      ...all("subnets", subnets),
      ...all("internetGateways", gateways),
      ...all("routeTables", tables),
      ...all("networkAcls", acls),
      ...all("securityGroups", groups),
    ]);
  }
}
