import type { RouteTable, Subnet, Vpc } from "../../api/network-types.ts";
import type { Cloud } from "../../api/types.ts";
import type { Change } from "../resources/changes.ts";

/** The subnets whose packets a table leads: those that are associated, and of a main one those that have no other. */
export function subnetsOf({ vpcs, subnets }: Pick<Cloud, "vpcs" | "subnets">, table: RouteTable) {
  const isMain = vpcs.list().some(({ mainRouteTable }) => mainRouteTable.id === table.id);
  const leads = ({ vpcId, routeTable }: Subnet) =>
    routeTable === null ? isMain && vpcId === table.vpcId : routeTable.id === table.id;
  return { isMain, subnets: subnets.list().filter(leads) };
}

/** What gives a subnet a route table, or with null its VPC's main one; null where it has that. */
export function routeTableChange(
  { routeTables }: Pick<Cloud, "routeTables">,
  { id, routeTable }: Pick<Subnet, "id" | "routeTable">,
  tableId: string | null,
): Change | null {
  if (routeTable === null) {
    if (tableId === null) return null;
    return {
      call: { member: "routeTables.associate", args: [tableId, id] },
      act: () => routeTables.associate(tableId, id),
    };
  }
  const { associationId } = routeTable;
  if (tableId === null) {
    return {
      call: { member: "routeTables.disassociate", args: [associationId] },
      act: () => routeTables.disassociate(associationId),
    };
  }
  if (routeTable.id === tableId) return null;
  return replaceTable({ routeTables }, associationId, tableId);
}

/** What makes a route table the one of all subnets of its VPC that have no other; null where it is. */
export function mainTableChange(
  cloud: Pick<Cloud, "routeTables">,
  { mainRouteTable: { id, associationId } }: Pick<Vpc, "mainRouteTable">,
  table: Pick<RouteTable, "id">,
): Change | null {
  return id === table.id ? null : replaceTable(cloud, associationId, table.id);
}

const replaceTable = ({ routeTables }: Pick<Cloud, "routeTables">, associationId: string, id: string): Change => ({
  call: { member: "routeTables.replaceAssociation", args: [associationId, id] },
  act: () => routeTables.replaceAssociation(associationId, id),
});

/** What gives a subnet a network ACL; null where it has that. */
export function networkAclChange(
  { networkAcls }: Pick<Cloud, "networkAcls">,
  { networkAcl: { id, associationId } }: Pick<Subnet, "networkAcl">,
  aclId: string,
): Change | null {
  if (id === aclId) return null;
  return {
    call: { member: "networkAcls.replaceAssociation", args: [associationId, aclId] },
    act: () => networkAcls.replaceAssociation(associationId, aclId),
  };
}
