import type { Instance } from "../../api/types.ts";
import { formatShortDateTime } from "../format/time.ts";
import type { ResourceColumn } from "../resources/resource-table.tsx";
import { ResourceLink } from "../routing/links.tsx";
import { COLUMN_MODELS, type InstanceColumn } from "./column-models.ts";
import { StateIndicator, StatusCheck } from "./indicators.tsx";

const VIEWS: Readonly<Record<InstanceColumn, Omit<ResourceColumn<Instance>, "id" | "text" | "order">>> = {
  name: {
    header: "Name",
    cell: ({ id, name }) =>
      name === "" ? (
        "–"
      ) : (
        <ResourceLink page="instances" id={id}>
          {name}
        </ResourceLink>
      ),
    isRowHeader: true,
    minWidth: 140,
  },
  id: { header: "Instance ID", cell: ({ id }) => <ResourceLink page="instances" id={id} /> },
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
