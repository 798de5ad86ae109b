import SpaceBetween from "@cloudscape-design/components/space-between";
import { useState } from "react";
import type { RouteTarget } from "../../api/network-types.ts";
import { usePortal } from "../live/portal-context.ts";
import { Dialog } from "../resources/dialog.tsx";
import { SelectField, TextField } from "../resources/fields.tsx";
import { bySigns } from "../resources/refusal.ts";
import { subnetsOf } from "./associations.ts";
import { labelOf, nameOf } from "./names.ts";

interface AddRouteProps {
  /** Where the route leads. */
  readonly target: RouteTarget;
  readonly label: string;
  readonly vpcId: string;
  /** Whose table it is for, in words. */
  readonly description: string;
  readonly onClose: () => void;
}

const fieldOf = bySigns({ destination: ["destinationCidrBlock", "RouteAlreadyExists"] });

/** Leads packets of a table's subnets to a gateway: without a route to it nobody uses it. */
export function AddRoute({ target, label, vpcId, description, onClose }: AddRouteProps) {
  const { cloud } = usePortal();
  const { routeTables } = cloud;
  const tables = routeTables.list().filter((table) => table.vpcId === vpcId);
  const [tableId, setTableId] = useState(tables.length === 1 ? (tables[0]?.id ?? "") : "");
  const [destination, setDestination] = useState("0.0.0.0/0");
  const args = [tableId, destination.trim(), target] as const;
  return (
    <Dialog
      title={`Add a route to ${label}`}
      submit="Add route"
      disabled={tableId === "" || destination.trim() === ""}
      fieldOf={fieldOf}
      onSubmit={() => routeTables.createRoute(...args)}
      onClose={onClose}
      calls={[{ member: "routeTables.createRoute", args }]}
    >
      {(errors) => (
        <SpaceBetween size="m">
          <SelectField
            label="Route table"
            description={description}
            value={tableId}
            options={tables.map((table) => {
              const { isMain, subnets } = subnetsOf(cloud, table);
              const names = subnets.map((subnet) => nameOf(subnet) || subnet.cidrBlock).join(", ");
              return {
                value: table.id,
                label: labelOf(table),
                description: `${isMain ? "Main. " : ""}${names === "" ? "No subnet has it" : `Subnets: ${names}`}`,
              };
            })}
            placeholder="Choose a route table"
            onChange={setTableId}
          />
          <TextField
            label="Destination"
            description="Which addresses; 0.0.0.0/0 is all that is not in the VPC."
            error={errors.destination}
            value={destination}
            onChange={setDestination}
          />
        </SpaceBetween>
      )}
    </Dialog>
  );
}
