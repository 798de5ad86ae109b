import { CloudError } from "../../base/errors.ts";
import { newId } from "../../base/ids.ts";
import { checkParameters, type Parameters } from "../parameters.ts";
import { NetworkCollection, type NetworkContext } from "./collection.ts";
import { inUse, invalidValue } from "./network-errors.ts";
import type {
  CreateInternetGatewayRequest,
  InternetGatewayInfo,
  ModifyInternetGatewayRequest,
} from "./routing-info.ts";

const CREATE: Parameters<CreateInternetGatewayRequest> = { region: true, tags: true };
const MODIFY: Parameters<ModifyInternetGatewayRequest> = { outbound: true };

/** The internet gateways, as the public API shows them: `api/network-types.ts`. */
export class CloudInternetGateways extends NetworkCollection<"internetGateways", InternetGatewayInfo> {
  constructor(context: NetworkContext) {
    super(context, "internetGateways");
  }

  /** Attached to nothing. */
  async create(request: CreateInternetGatewayRequest = {}): Promise<InternetGatewayInfo> {
    checkParameters(request, CREATE);
    const scope = this.scopeIn(request.region);
    this.context.quotas.check("internet-gateways", scope, 1);
    const id = newId("igw", this.context.random);
    const record = { ...this.newIn(scope, request.tags), vpcId: null, outbound: false };
    await this.commit([this.network.put("internetGateways", id, record)]);
    return this.get(id);
  }

  /** A gateway has one VPC and a VPC one gateway: `Resource.AlreadyAssociated`, `InvalidParameterValue`. */
  async attach(id: string, vpcId: string): Promise<InternetGatewayInfo> {
    const gateway = this.network.get("internetGateways", id);
    const vpc = this.network.vpc(vpcId);
    if (gateway.vpcId !== null) {
      const text = `resource ${id} is already attached to network ${gateway.vpcId}`;
      throw new CloudError("Resource.AlreadyAssociated", text, { internetGatewayId: id, vpcId: gateway.vpcId });
    }
    if (vpc.region !== gateway.region) throw invalidValue(`${vpcId} is in another region than ${id}`);
    if (this.list().some((other) => other.vpcId === vpcId)) {
      throw invalidValue(`Network ${vpcId} already has an internet gateway attached`, { vpcId });
    }
    await this.commit([this.changeOf(id, { vpcId })]);
    return this.get(id);
  }

  /** `Gateway.NotAttached`; `DependencyViolation` while something in the VPC has a public address. */
  async detach(id: string, vpcId: string): Promise<InternetGatewayInfo> {
    const gateway = this.network.get("internetGateways", id);
    if (gateway.vpcId !== vpcId) {
      const text = `resource ${id} is not attached to network ${vpcId}`;
      throw new CloudError("Gateway.NotAttached", text, { internetGatewayId: id, vpcId });
    }
    const inVpc = this.network.interfaces().filter((one) => one.vpcId === vpcId);
    const ids = new Set(inVpc.map((one) => one.id));
    const isElastic = this.network
      .list("addresses")
      .some(({ association: at }) => ids.has(at?.networkInterfaceId ?? ""));
    if (isElastic || inVpc.some(({ publicIp }) => publicIp !== null)) {
      const text = `Network ${vpcId} has some mapped public address(es). Please unmap those public address(es) before detaching the gateway.`;
      throw new CloudError("DependencyViolation", text, { vpcId });
    }
    await this.commit([this.changeOf(id, { vpcId: null })]);
    return this.get(id);
  }

  async modify(id: string, request: ModifyInternetGatewayRequest): Promise<InternetGatewayInfo> {
    checkParameters(request, MODIFY);
    this.network.get("internetGateways", id);
    if (typeof request.outbound !== "boolean") {
      throw invalidValue("Value for parameter outbound is invalid: expecting a boolean.");
    }
    await this.commit([this.changeOf(id, { outbound: request.outbound })]);
    return this.get(id);
  }

  /** `DependencyViolation` while it is attached. Routes to it lead nowhere then. */
  async delete(id: string): Promise<void> {
    if (this.network.get("internetGateways", id).vpcId !== null) throw inUse("internetGateway", id);
    await this.commit([this.network.delete("internetGateways", id)]);
  }
}
