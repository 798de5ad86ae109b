import { CloudError } from "../../base/errors.ts";
import { newId } from "../../base/ids.ts";
import { checkParameters, type Parameters } from "../parameters.ts";
import { invalidZone } from "../placement.ts";
import { findZone, firstZone } from "../regions.ts";
import { scopeOf } from "../scope.ts";
import { checkCidr, contains, overlap, prefixLengthOf } from "./cidr.ts";
import { NetworkCollection, type NetworkContext } from "./collection.ts";
import type { Subnet } from "./network.ts";
import { inUse, invalidValue } from "./network-errors.ts";
import type { CreateSubnetRequest, ModifySubnetRequest, SubnetInfo } from "./vpc-info.ts";
import { LARGEST_PREFIX, SMALLEST_PREFIX } from "./vpcs.ts";

const CREATE: Parameters<CreateSubnetRequest> = { vpcId: true, cidrBlock: true, availabilityZone: true, tags: true };
const MODIFY: Parameters<ModifySubnetRequest> = { mapPublicIpOnLaunch: true };

/** The subnets, as the public API shows them: `api/network-types.ts`. */
export class CloudSubnets extends NetworkCollection<"subnets", SubnetInfo> {
  constructor(context: NetworkContext) {
    super(context, "subnets", context.registry.networkInterfaces);
  }

  async create(request: CreateSubnetRequest): Promise<SubnetInfo> {
    checkParameters(request, CREATE);
    const vpc = this.network.vpc(request.vpcId);
    const zone = findZone(request.availabilityZone ?? firstZone(vpc.region));
    if (zone === undefined || zone.region !== vpc.region) throw invalidZone(request.availabilityZone ?? "", vpc);
    const cidrBlock = checkCidr(request.cidrBlock, "cidrBlock");
    const bits = prefixLengthOf(cidrBlock);
    if (bits < LARGEST_PREFIX || bits > SMALLEST_PREFIX || !contains(vpc.cidrBlock, cidrBlock)) {
      throw new CloudError("InvalidSubnet.Range", `The CIDR '${cidrBlock}' is invalid.`, { cidrBlock, vpcId: vpc.id });
    }
    const others = this.network.subnets().filter(({ vpcId }) => vpcId === vpc.id);
    if (others.some((other) => overlap(other.cidrBlock, cidrBlock))) {
      const text = `The CIDR '${cidrBlock}' conflicts with another subnet`;
      throw new CloudError("InvalidSubnet.Conflict", text, { cidrBlock, vpcId: vpc.id });
    }
    const scope = scopeOf(vpc);
    const { quotas, random } = this.context;
    quotas.checkEach("subnets-per-vpc", scope, others.length + 1);
    const acl = this.network.list("networkAcls").find((one) => one.vpcId === vpc.id && one.isDefault);
    if (acl === undefined) throw new TypeError(`${vpc.id} has no default network ACL`);
    const id = newId("subnet", random);
    const record = {
      ...this.newIn(scope, request.tags),
      zone: zone.name,
      vpcId: vpc.id,
      cidrBlock,
      isDefault: false,
      mapPublicIpOnLaunch: false,
      routeTable: null,
      networkAcl: { id: acl.id, associationId: newId("aclassoc", random) },
    };
    await this.commit([this.network.put("subnets", id, record)]);
    return this.get(id);
  }

  /** For what is launched from now on. */
  async modify(id: string, request: ModifySubnetRequest): Promise<SubnetInfo> {
    checkParameters(request, MODIFY);
    const { mapPublicIpOnLaunch } = request;
    this.network.subnet(id);
    if (typeof mapPublicIpOnLaunch !== "boolean") {
      throw invalidValue("Value for parameter mapPublicIpOnLaunch is invalid: expecting a boolean.");
    }
    await this.commit([this.changeOf(id, { mapPublicIpOnLaunch })]);
    return this.get(id);
  }

  /** `DependencyViolation` while an interface or a gateway is in it. */
  async delete(id: string): Promise<void> {
    this.network.subnet(id);
    if (this.network.interfaces().some(({ subnetId }) => subnetId === id)) throw inUse("subnet", id);
    await this.commit([this.network.delete("subnets", id)]);
  }

  protected override describe(subnet: Subnet): SubnetInfo {
    return { ...subnet, availableIpAddressCount: this.network.availableAddresses(subnet) };
  }
}
