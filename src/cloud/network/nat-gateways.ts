import { CloudError } from "../../base/errors.ts";
import { newId } from "../../base/ids.ts";
import { checkParameters, type Parameters } from "../parameters.ts";
import { scopeOf } from "../scope.ts";
import { alreadyAssociated, checkGateway } from "./addresses.ts";
import { NetworkCollection, type NetworkContext } from "./collection.ts";
import { newInterface } from "./instance-interfaces.ts";
import type { Edit, NatGateway } from "./network.ts";
import { invalidValue } from "./network-errors.ts";
import type { CreateNatGatewayRequest, NatGatewayInfo } from "./routing-info.ts";
import { addressesOf, checkAddress, freeAddresses } from "./subnet-addresses.ts";

const CREATE: Parameters<CreateNatGatewayRequest> = {
  subnetId: true,
  connectivityType: true,
  allocationId: true,
  privateIpAddress: true,
  tags: true,
  clientToken: true,
};

/** VPC User Guide, "Delete a NAT gateway": its entry is shown for about an hour. */
const SHOWN_MS = 3_600_000;

/** The NAT gateways, as the public API shows them: `api/network-types.ts`. */
export class CloudNatGateways extends NetworkCollection<"natGateways", NatGatewayInfo> {
  constructor(context: NetworkContext) {
    super(context, "natGateways");
  }

  /** Deleted ones stay for an hour. */
  override list(): NatGatewayInfo[] {
    const shown = this.network.list("natGateways").filter((one) => !this.#isOld(one));
    return shown.map((one) => this.describe(one));
  }

  #isOld({ deletedAt }: NatGateway): boolean {
    return deletedAt !== null && deletedAt <= this.context.clock.now() - SHOWN_MS;
  }

  /** What nobody is shown any more need not be kept. */
  #old(): Edit[] {
    const old = this.network.list("natGateways").filter((one) => this.#isOld(one));
    return old.map(({ id }) => this.network.delete("natGateways", id));
  }

  async create(request: CreateNatGatewayRequest): Promise<NatGatewayInfo> {
    checkParameters(request, CREATE);
    const subnet = this.network.subnet(request.subnetId);
    const scope = scopeOf(subnet);
    const { connectivityType = "public", allocationId, privateIpAddress } = request;
    if (connectivityType !== "public" && connectivityType !== "private") {
      throw invalidValue(`Value (${connectivityType}) for parameter connectivityType is invalid.`);
    }
    if (connectivityType === "public" && allocationId === undefined) {
      const text =
        "The request must include the AllocationId parameter. Add the required parameter and retry the request.";
      throw new CloudError("MissingParameter", text, { parameter: "allocationId" });
    }
    if (connectivityType === "private" && allocationId !== undefined) {
      throw new CloudError("InvalidParameterCombination", "A private NAT gateway has no Elastic IP address.");
    }
    return await this.once("CreateNatGateway", scope, request, () => {
      const { quotas, registry, random } = this.context;
      const inZone = this.network
        .list("natGateways")
        .filter((one) => one.deletedAt === null && this.network.subnet(one.subnetId).zone === subnet.zone);
      quotas.checkEach("nat-gateways-per-zone", scope, inZone.length + 1);
      const taken = addressesOf(registry, subnet.id);
      const [privateIp = ""] =
        privateIpAddress === undefined
          ? freeAddresses(subnet, taken, 1)
          : [checkAddress(privateIpAddress, subnet, taken, 1)];
      const id = newId("nat", random);
      const networkInterfaceId = newId("eni", random);
      const common = this.newIn(scope, request.tags);
      const own = newInterface(subnet, {
        addresses: [privateIp],
        groupIds: [],
        description: `Interface for NAT Gateway ${id}`,
        createdAt: common.createdAt,
        tags: {},
        random,
      });
      const { address, edits } = this.#address(allocationId, subnet.vpcId, { networkInterfaceId, privateIp });
      const record = {
        ...common,
        vpcId: subnet.vpcId,
        subnetId: subnet.id,
        connectivityType,
        networkInterfaceId,
        privateIp,
        address,
        deletedAt: null,
      };
      const put = this.network.put("networkInterfaces", networkInterfaceId, {
        ...own,
        sourceDestCheck: false,
        interfaceType: "nat_gateway",
      });
      return { id, edits: [...this.#old(), put, ...edits, this.network.put("natGateways", id, record)] };
    });
  }

  /** Its Elastic IP address stays. Of one that is deleted: nothing more. */
  async delete(id: string): Promise<void> {
    const one = this.network.get("natGateways", id);
    if (one.deletedAt !== null) return;
    const edits: Edit[] = [
      this.changeOf(id, { deletedAt: this.context.clock.now() }),
      this.network.delete("networkInterfaces", one.networkInterfaceId),
    ];
    const { address } = one;
    await this.commit(
      address === null
        ? edits
        : [...edits, this.network.change("addresses", address.allocationId, { association: null })],
    );
  }

  #address(
    allocationId: string | undefined,
    vpcId: string,
    { networkInterfaceId, privateIp }: { readonly networkInterfaceId: string; readonly privateIp: string },
  ): { address: NatGateway["address"]; edits: Edit[] } {
    if (allocationId === undefined) return { address: null, edits: [] };
    const { association, publicIp } = this.network.get("addresses", allocationId);
    if (association !== null) throw alreadyAssociated(allocationId, association.id);
    checkGateway(this.network, vpcId);
    const associationId = newId("eipassoc", this.context.random);
    const made = { id: associationId, networkInterfaceId, privateIpAddress: privateIp };
    return {
      address: { allocationId, associationId, publicIp },
      edits: [this.network.change("addresses", allocationId, { association: made })],
    };
  }

  protected override describe({ deletedAt, ...one }: NatGateway): NatGatewayInfo {
    return { ...one, state: deletedAt === null ? "available" : "deleted" };
  }
}
