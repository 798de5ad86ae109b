import { CloudError } from "../../base/errors.ts";
import { newId } from "../../base/ids.ts";
import { checkParameters, type Parameters } from "../parameters.ts";
import type { AddressInfo, AllocateAddressRequest, AssociateAddressRequest } from "./address-info.ts";
import { NetworkCollection, type NetworkContext } from "./collection.ts";
import type { Address, CloudNetwork, Edit, NetworkInterface } from "./network.ts";
import { associationNotFound, invalidValue } from "./network-errors.ts";
import { freePublicAddresses } from "./public-addresses.ts";

const ALLOCATE: Parameters<AllocateAddressRequest> = { region: true, tags: true };
const ASSOCIATE: Parameters<AssociateAddressRequest> = {
  allocationId: true,
  instanceId: true,
  networkInterfaceId: true,
  privateIpAddress: true,
  allowReassociation: true,
};

/** The Elastic IP addresses, as the public API shows them: `api/network-types.ts`. */
export class CloudAddresses extends NetworkCollection<"addresses", AddressInfo> {
  constructor(context: NetworkContext) {
    super(context, "addresses");
  }

  async allocate(request: AllocateAddressRequest = {}): Promise<AddressInfo> {
    checkParameters(request, ALLOCATE);
    const scope = this.scopeIn(request.region);
    const { quotas, registry, random } = this.context;
    quotas.check("elastic-ips", scope, 1);
    const [publicIp = ""] = freePublicAddresses(registry, random, 1);
    const id = newId("eipalloc", random);
    const record = { ...this.newIn(scope, request.tags), publicIp, association: null };
    await this.commit([this.network.put("addresses", id, record)]);
    return this.get(id);
  }

  /** An address that was given to the interface while its instance runs goes back. The association's id. */
  async associate(request: AssociateAddressRequest): Promise<string> {
    checkParameters(request, ASSOCIATE);
    const { allocationId, allowReassociation = true } = request;
    const address = this.network.get("addresses", allocationId);
    const target = this.#target(request);
    const privateIpAddress = request.privateIpAddress ?? target.privateIpAddress;
    if (target.region !== address.region) throw invalidValue(`${target.id} is in another region than ${allocationId}`);
    if (![target.privateIpAddress, ...target.secondaryPrivateIps].includes(privateIpAddress)) {
      throw invalidValue(`Network interface ${target.id} does not have the private IP address ${privateIpAddress}`);
    }
    checkOwn(target);
    const { association: before } = address;
    if (before?.networkInterfaceId === target.id && before.privateIpAddress === privateIpAddress) return before.id;
    const other = this.network.elasticIpOf(target.id, privateIpAddress);
    this.#checkOwn(address);
    if (other !== undefined) this.#checkOwn(other);
    if (!allowReassociation && before !== null) throw alreadyAssociated(allocationId, before.id);
    if (!allowReassociation && other !== undefined) throw alreadyAssociated(other.id, other.association?.id ?? "");
    checkGateway(this.network, target.vpcId);
    const id = newId("eipassoc", this.context.random);
    const association = { id, networkInterfaceId: target.id, privateIpAddress };
    await this.commit([
      ...(other === undefined ? [] : [this.network.change("addresses", other.id, { association: null })]),
      this.network.change("addresses", allocationId, { association }),
      ...this.#givenBack(target, privateIpAddress),
    ]);
    return id;
  }

  /** `InvalidAssociationID.NotFound`. */
  async disassociate(associationId: string): Promise<void> {
    const address = this.network.list("addresses").find(({ association }) => association?.id === associationId);
    if (address === undefined) throw associationNotFound(associationId);
    this.#checkOwn(address);
    await this.commit([this.network.change("addresses", address.id, { association: null })]);
  }

  /** `InvalidIPAddress.InUse` while it is associated. */
  async release(allocationId: string): Promise<void> {
    const { association, publicIp } = this.network.get("addresses", allocationId);
    if (association !== null) {
      throw new CloudError("InvalidIPAddress.InUse", `Address ${publicIp} is in use.`, { allocationId });
    }
    await this.commit([this.network.delete("addresses", allocationId)]);
  }

  #target({ instanceId, networkInterfaceId }: AssociateAddressRequest): NetworkInterface {
    if (networkInterfaceId !== undefined) {
      if (instanceId !== undefined) {
        const text = "An address is associated with an instance or with a network interface: not with both.";
        throw new CloudError("InvalidParameterCombination", text);
      }
      return this.network.interface(networkInterfaceId);
    }
    if (instanceId === undefined) {
      throw new CloudError("MissingParameter", "Either 'InstanceId' or 'NetworkInterfaceId' must be specified");
    }
    const { state } = this.context.findInstance(instanceId);
    const own = this.network.interfaces().filter(({ attachment }) => attachment?.instanceId === instanceId);
    const [only, ...others] = own;
    if (only === undefined || state === "pending" || state === "shutting-down") {
      const text = `The ${state} instance '${instanceId}' is not in a valid state for this operation.`;
      throw new CloudError("InvalidInstanceID", text, { instanceId, state });
    }
    if (others.length === 0) return only;
    const text = `There are multiple interfaces attached to instance '${instanceId}'. Please specify an interface ID for the operation instead.`;
    throw new CloudError("InvalidInstanceID", text, { instanceId });
  }

  #givenBack({ id, privateIpAddress, publicIp }: NetworkInterface, address: string): Edit[] {
    if (publicIp === null || address !== privateIpAddress) return [];
    return [this.network.change("networkInterfaces", id, { publicIp: null })];
  }

  /** A NAT gateway's is its own as long as there is the gateway. */
  #checkOwn({ association }: Address): void {
    if (association !== null) checkOwn(this.network.interface(association.networkInterfaceId));
  }
}

/** What is a gateway's own goes by the gateway alone, as in EC2. */
export function checkOwn({ interfaceType }: Pick<NetworkInterface, "interfaceType">): void {
  if (interfaceType === "interface") return;
  throw new CloudError("AuthFailure", "You do not have permission to access the specified resource.");
}

export const alreadyAssociated = (allocationId: string, associationId: string) =>
  new CloudError(
    "Resource.AlreadyAssociated",
    `resource ${allocationId} is already associated with associate-id ${associationId}`,
    { allocationId, associationId },
  );

/** A public address leads nowhere without a gateway. */
export function checkGateway(network: CloudNetwork, vpcId: string): void {
  if (network.list("internetGateways").some((gateway) => gateway.vpcId === vpcId)) return;
  const text = `Network ${vpcId} is not attached to any internet gateway`;
  throw new CloudError("Gateway.NotAttached", text, { vpcId });
}
