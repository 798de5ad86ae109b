import type { Volume } from "../../api/volume-types.ts";
import { bytesColumn, textColumn, timeColumn, yesNoColumn } from "../resources/columns.tsx";
import type { ResourceColumn } from "../resources/resource-table.tsx";
import { ResourceLink } from "../routing/links.tsx";
import { VolumeStateIndicator } from "./volume-state.tsx";

export const COLUMNS: readonly ResourceColumn<Volume>[] = [
  textColumn("name", "Name", ({ name }) => name, { minWidth: 120 }),
  textColumn("id", "Volume ID", ({ id }) => id, {
    cell: ({ id }) => <ResourceLink page="volumes" id={id} />,
    isRowHeader: true,
  }),
  textColumn("state", "State", ({ state }) => state, { cell: (volume) => <VolumeStateIndicator volume={volume} /> }),
  bytesColumn("size", "Size", ({ sizeBytes }) => sizeBytes),
  textColumn("type", "Type", ({ type }) => type),
  yesNoColumn("encrypted", "Encrypted", ({ encrypted }) => encrypted),
  textColumn("attachment", "Attached to", attachedTo, {
    cell: ({ attachment }) =>
      attachment === null ? (
        "–"
      ) : (
        <>
          <ResourceLink page="instances" id={attachment.instanceId} /> {attachment.device}
        </>
      ),
    minWidth: 220,
  }),
  textColumn("source", "Made from", ({ snapshotId, imageId }) => snapshotId ?? imageId ?? "blank"),
  timeColumn("created", "Created", ({ createTime }) => createTime),
];

function attachedTo({ attachment }: Volume): string {
  return attachment === null ? "" : `${attachment.instanceId} ${attachment.device}`;
}
