import { CloudError } from "../../base/errors.ts";
import { newId } from "../../base/ids.ts";
import { checkParameters, type Parameters } from "../parameters.ts";
import { scopeOf } from "../scope.ts";
import { checkCidr, contains } from "./cidr.ts";
import { NetworkCollection, type NetworkContext } from "./collection.ts";
import type { Edit, RouteTable, Subnet } from "./network.ts";
import { associationNotFound, inUse, invalidValue } from "./network-errors.ts";
import type { CreateRouteTableRequest, RouteTableInfo, RouteTargetInfo } from "./routing-info.ts";

const CREATE: Parameters<CreateRouteTableRequest> = { vpcId: true, tags: true, clientToken: true };

/** The route tables, as the public API shows them: `api/network-types.ts`. */
export class CloudRouteTables extends NetworkCollection<"routeTables", RouteTableInfo> {
  constructor(context: NetworkContext) {
    super(context, "routeTables");
  }

  async create(request: CreateRouteTableRequest): Promise<RouteTableInfo> {
    checkParameters(request, CREATE);
    const vpc = this.network.vpc(request.vpcId);
    const scope = scopeOf(vpc);
    return await this.once("CreateRouteTable", scope, request, () => {
      const there = this.list().filter(({ vpcId }) => vpcId === vpc.id).length;
      this.context.quotas.checkEach("route-tables-per-vpc", scope, there + 1);
      const id = newId("rtb", this.context.random);
      const record = { ...this.newIn(scope, request.tags), vpcId: vpc.id, routes: [] };
      return { id, edits: [this.network.put("routeTables", id, record)] };
    });
  }

  /** `DependencyViolation` for a VPC's main one, and while a subnet has it. */
  async delete(id: string): Promise<void> {
    const table = this.network.get("routeTables", id);
    if (this.#isMain(table) || this.subnetsOf(id).length > 0) throw inUse("routeTable", id);
    await this.commit([this.network.delete("routeTables", id)]);
  }

  /** The subnets that have a table of their own, and it is this one. */
  subnetsOf(id: string): Subnet[] {
    return this.network.subnets().filter(({ routeTable }) => routeTable?.id === id);
  }

  /** `RouteAlreadyExists` where there is one for this block. */
  async createRoute(id: string, destinationCidrBlock: string, target: RouteTargetInfo): Promise<RouteTableInfo> {
    const table = this.network.get("routeTables", id);
    const route = { destinationCidrBlock: checkCidr(destinationCidrBlock, "destinationCidrBlock"), target };
    this.#checkRoute(table, route);
    const isThere = table.routes.some((one) => one.destinationCidrBlock === route.destinationCidrBlock);
    if (isThere || this.#local(table) === route.destinationCidrBlock) {
      const text = `The route identified by ${route.destinationCidrBlock} already exists.`;
      throw new CloudError("RouteAlreadyExists", text, { routeTableId: id });
    }
    this.context.quotas.checkEach("routes-per-route-table", scopeOf(table), table.routes.length + 1);
    await this.commit([this.changeOf(id, { routes: [...table.routes, route] })]);
    return this.get(id);
  }

  /** Where there is one for this block: else `InvalidParameterValue`, as in EC2. */
  async replaceRoute(id: string, destinationCidrBlock: string, target: RouteTargetInfo): Promise<RouteTableInfo> {
    const table = this.network.get("routeTables", id);
    const route = { destinationCidrBlock: checkCidr(destinationCidrBlock, "destinationCidrBlock"), target };
    this.#checkRoute(table, route);
    if (!table.routes.some((one) => one.destinationCidrBlock === route.destinationCidrBlock)) {
      throw invalidValue(
        `There is no route defined for '${route.destinationCidrBlock}' in the route table. Use CreateRoute instead.`,
      );
    }
    const routes = table.routes.map((one) => (one.destinationCidrBlock === route.destinationCidrBlock ? route : one));
    await this.commit([this.changeOf(id, { routes })]);
    return this.get(id);
  }

  /** `InvalidRoute.NotFound`; the local one stays. */
  async deleteRoute(id: string, destinationCidrBlock: string): Promise<RouteTableInfo> {
    const table = this.network.get("routeTables", id);
    const block = checkCidr(destinationCidrBlock, "destinationCidrBlock");
    if (block === this.#local(table)) throw invalidValue(`cannot remove local route ${block} in route table ${id}`);
    const routes = table.routes.filter((one) => one.destinationCidrBlock !== block);
    if (routes.length === table.routes.length) {
      const text = `no route with destination-cidr-block ${block} in route table ${id}`;
      throw new CloudError("InvalidRoute.NotFound", text, { routeTableId: id, destinationCidrBlock: block });
    }
    await this.commit([this.changeOf(id, { routes })]);
    return this.get(id);
  }

  /** A subnet has this table from now on; the association's id. `Resource.AlreadyAssociated` when it has another one. */
  async associate(id: string, subnetId: string): Promise<string> {
    const table = this.network.get("routeTables", id);
    const subnet = this.network.subnet(subnetId);
    this.#checkSameVpc(table, subnet);
    if (subnet.routeTable?.id === id) return subnet.routeTable.associationId;
    if (subnet.routeTable !== null) {
      const text = `the specified association for route table ${id} conflicts with an existing association`;
      throw new CloudError("Resource.AlreadyAssociated", text, { subnetId });
    }
    const associationId = newId("rtbassoc", this.context.random);
    await this.commit([this.network.change("subnets", subnetId, { routeTable: { id, associationId } })]);
    return associationId;
  }

  /** The subnet has its VPC's main table again. `InvalidAssociationID.NotFound`. */
  async disassociate(associationId: string): Promise<void> {
    const subnet = this.network.subnets().find((one) => one.routeTable?.associationId === associationId);
    if (subnet === undefined) {
      if (this.#vpcOf(associationId) === undefined) throw associationNotFound(associationId);
      throw invalidValue(`cannot disassociate the main route table association ${associationId}`);
    }
    await this.commit([this.network.change("subnets", subnet.id, { routeTable: null })]);
  }

  /** A subnet, or the VPC as its main one, has this table instead; the new association's id. */
  async replaceAssociation(associationId: string, id: string): Promise<string> {
    const table = this.network.get("routeTables", id);
    const made = { id, associationId: newId("rtbassoc", this.context.random) };
    await this.commit([this.#replacement(associationId, table, made)]);
    return made.associationId;
  }

  #replacement(associationId: string, table: RouteTable, made: { id: string; associationId: string }): Edit {
    const subnet = this.network.subnets().find((one) => one.routeTable?.associationId === associationId);
    if (subnet !== undefined) {
      this.#checkSameVpc(table, subnet);
      return this.network.change("subnets", subnet.id, { routeTable: made });
    }
    const vpc = this.#vpcOf(associationId);
    if (vpc === undefined) throw associationNotFound(associationId);
    this.#checkSameVpc(table, { id: vpc.id, vpcId: vpc.id });
    return this.network.change("vpcs", vpc.id, { mainRouteTable: made });
  }

  #vpcOf(associationId: string) {
    return this.network.vpcs().find(({ mainRouteTable }) => mainRouteTable.associationId === associationId);
  }

  #isMain({ id, vpcId }: RouteTable): boolean {
    return this.network.vpc(vpcId).mainRouteTable.id === id;
  }

  #local({ vpcId }: RouteTable): string {
    return this.network.vpc(vpcId).cidrBlock;
  }

  #checkSameVpc(table: RouteTable, { id, vpcId }: Pick<Subnet, "id" | "vpcId">): void {
    if (table.vpcId === vpcId) return;
    throw invalidValue(`Route table ${table.id} and subnet ${id} belong to different networks`);
  }

  /** The target is there, and where the table is; what is within the VPC stays in it. */
  #checkRoute(table: RouteTable, { destinationCidrBlock, target }: RouteTable["routes"][number]): void {
    if (contains(this.#local(table), destinationCidrBlock) && destinationCidrBlock !== this.#local(table)) {
      const text = `The destination CIDR block ${destinationCidrBlock} is within the VPC's own, which is local.`;
      throw invalidValue(text, { parameter: "destinationCidrBlock" });
    }
    const vpcId = {
      "internet-gateway": () => this.network.get("internetGateways", target.id).vpcId,
      "nat-gateway": () => this.network.get("natGateways", target.id).vpcId,
      "network-interface": () => this.network.interface(target.id).vpcId,
    }[target.kind]();
    if (vpcId === table.vpcId) return;
    const text = `route table ${table.id} and ${target.kind} ${target.id} belong to different networks`;
    throw invalidValue(text, { parameter: "target" });
  }
}
