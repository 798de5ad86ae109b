import type { RouteTable } from "../../api/network-types.ts";
import type { Cloud } from "../../api/types.ts";
import { usePortal } from "../live/portal-context.ts";
import { differencesOf } from "../resources/changes.ts";
import { EditRows, type RowChange, type RowColumn } from "../resources/edit-rows.tsx";
import { found } from "../resources/found.tsx";
import { bySigns, type FieldErrors } from "../resources/refusal.ts";
import { inputColumn, selectColumn } from "../resources/row-columns.tsx";
import { labelOf } from "./names.ts";
import { keyOfTarget, targetOfKey, targetOptions } from "./route-targets.ts";

/** What stands in the fields of a route. */
interface RouteFields {
  readonly destination: string;
  readonly target: string;
}

/** The fields that a refusal of a route is about. */
export const routeFieldOf = bySigns({
  destination: ["destinationCidrBlock", "RouteAlreadyExists"],
  target: ["InvalidInternetGatewayID.NotFound", "NatGatewayNotFound", "InvalidNetworkInterfaceID.NotFound"],
});

/** All routes of a table at once (F52), beside the local one. They hold for all its subnets, at once. */
export function EditRoutes({ table: { id, vpcId, ...table }, onClose }: { table: RouteTable; onClose: () => void }) {
  const { cloud } = usePortal();
  const local = found(() => cloud.vpcs.get(vpcId))?.cidrBlock;
  const now = () => cloud.routeTables.get(id).routes.map(fieldsOf);
  return (
    <EditRows<RouteFields>
      title={`Routes of ${labelOf({ id, ...table })}`}
      noun={["route", "routes"]}
      note={`What goes to ${local ?? "the VPC's own addresses"} stays in the VPC (local): that route cannot be changed. Of those below the one with the longest prefix decides; 0.0.0.0/0 is all the rest.`}
      before={now()}
      newRow={() => ({ destination: "", target: "" })}
      empty="Nothing gets out of the VPC by it."
      columns={columnsOf(cloud, vpcId)}
      whatIsWrong={whatIsWrong}
      fieldOf={routeFieldOf}
      changesOf={(rows) => changesTo(cloud, id, now(), rows)}
      onClose={onClose}
    />
  );
}

const fieldsOf = ({ destinationCidrBlock, target }: RouteTable["routes"][number]): RouteFields => ({
  destination: destinationCidrBlock,
  target: keyOfTarget(target),
});

function whatIsWrong({ destination, target }: RouteFields): FieldErrors<string> {
  return {
    ...(destination.trim() === "" && { destination: "Enter a block such as 0.0.0.0/0." }),
    ...(target === "" && { target: "Choose a target." }),
  };
}

function columnsOf(cloud: Cloud, vpcId: string): readonly RowColumn<RouteFields>[] {
  return [
    inputColumn("destination", "Destination", { placeholder: "0.0.0.0/0" }),
    selectColumn("target", "Target", {
      options: targetOptions(cloud, vpcId),
      filteringType: "auto",
      placeholder: "Choose a target",
      empty: "The VPC has no gateway and no interface: make one first",
      unknown: (target) => `${targetOfKey(target).id}, which is gone`,
    }),
  ];
}

export function changesTo(
  { routeTables }: Cloud,
  id: string,
  before: readonly RouteFields[],
  rows: readonly RouteFields[],
): RowChange[] {
  const trimmed = rows.map(({ destination, target }) => ({ destination: destination.trim(), target }));
  const { gone, changed, added } = differencesOf(before, trimmed, ({ destination }) => destination);
  return [
    ...gone.map(({ destination }) => ({
      call: { member: "routeTables.deleteRoute", args: [id, destination] },
      act: () => routeTables.deleteRoute(id, destination),
    })),
    ...changed.map(({ at, row: { destination, target } }) => ({
      at,
      call: { member: "routeTables.replaceRoute", args: [id, destination, targetOfKey(target)] },
      act: () => routeTables.replaceRoute(id, destination, targetOfKey(target)),
    })),
    ...added.map(({ at, row: { destination, target } }) => ({
      at,
      call: { member: "routeTables.createRoute", args: [id, destination, targetOfKey(target)] },
      act: () => routeTables.createRoute(id, destination, targetOfKey(target)),
    })),
  ];
}
