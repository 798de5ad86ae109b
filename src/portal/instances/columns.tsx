import Link from "@cloudscape-design/components/link";
import type { TableProps } from "@cloudscape-design/components/table";
import type { Instance } from "../../api/types.ts";
import { formatShortDateTime } from "../format/time.ts";
import { formatRoute } from "../routing/route.ts";
import { StateIndicator, StatusCheck } from "./indicators.tsx";

/** `sortingField` is a `SortKey` of the table's model. */
export const COLUMNS: readonly TableProps.ColumnDefinition<Instance>[] = [
  {
    id: "name",
    header: "Name",
    cell: ({ id, name }) => (name === "" ? "–" : <Link href={hrefOf(id)}>{name}</Link>),
    sortingField: "name",
    isRowHeader: true,
    minWidth: 140,
  },
  { id: "id", header: "Instance ID", cell: ({ id }) => <Link href={hrefOf(id)}>{id}</Link>, sortingField: "id" },
  { id: "state", header: "State", cell: ({ state }) => <StateIndicator state={state} />, sortingField: "state" },
  {
    id: "status",
    header: "Status check",
    cell: (instance) => <StatusCheck instance={instance} />,
    minWidth: 170,
  },
  {
    id: "type",
    header: "Type",
    cell: ({ type }) => type.name,
    sortingField: "type",
  },
  { id: "image", header: "Image", cell: ({ imageName }) => imageName, sortingField: "image" },
  {
    id: "address",
    header: "Private IP",
    cell: ({ privateIpAddress }) => privateIpAddress,
    sortingField: "address",
  },
  {
    id: "launched",
    header: "Launched",
    cell: ({ launchTime }) => formatShortDateTime(launchTime),
    sortingField: "launched",
  },
];

function hrefOf(id: string): string {
  return formatRoute({ page: "instance", id, tab: "console" });
}
