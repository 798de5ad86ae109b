import Link from "@cloudscape-design/components/link";
import type { Instance } from "../../api/types.ts";
import { formatShortDateTime } from "../format/time.ts";
import type { ResourceColumn } from "../resources/resource-table.tsx";
import { formatRoute } from "../routing/route.ts";
import { COLUMN_MODELS, type InstanceColumn } from "./column-models.ts";
import { StateIndicator, StatusCheck } from "./indicators.tsx";

const VIEWS: Readonly<Record<InstanceColumn, Omit<ResourceColumn<Instance>, "id" | "text" | "order">>> = {
  name: {
    header: "Name",
    cell: ({ id, name }) => (name === "" ? "–" : <Link href={hrefOf(id)}>{name}</Link>),
    isRowHeader: true,
    minWidth: 140,
  },
  id: { header: "Instance ID", cell: ({ id }) => <Link href={hrefOf(id)}>{id}</Link> },
  state: { header: "State", cell: ({ state }) => <StateIndicator state={state} /> },
  status: { header: "Status check", cell: (instance) => <StatusCheck instance={instance} />, minWidth: 170 },
  type: { header: "Type", cell: ({ type }) => type.name },
  image: { header: "Image", cell: ({ imageName }) => imageName },
  address: { header: "Private IP", cell: ({ privateIpAddress }) => privateIpAddress },
  launched: { header: "Launched", cell: ({ launchTime }) => formatShortDateTime(launchTime) },
};

export const COLUMNS: readonly ResourceColumn<Instance>[] = COLUMN_MODELS.map((model) => ({
  ...model,
  ...VIEWS[model.id],
}));

function hrefOf(id: string): string {
  return formatRoute({ page: "instance", id, tab: "console" });
}
