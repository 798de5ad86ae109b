import { Fragment } from "react";
import type { RouteTable } from "../../api/network-types.ts";
import { ResourceLink } from "../routing/links.tsx";
import { nameOf } from "./names.ts";

/** Route tables, by their names; a dash for none. */
export function RouteTableLinks({ tables }: { tables: readonly RouteTable[] }) {
  if (tables.length === 0) return "–";
  return tables.map((table, at) => (
    <Fragment key={table.id}>
      {at > 0 && ", "}
      <ResourceLink page="route-tables" id={table.id}>
        {nameOf(table) || table.id}
      </ResourceLink>
    </Fragment>
  ));
}
