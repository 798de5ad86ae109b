import Link from "@cloudscape-design/components/link";
import type { Volume } from "../../api/volume-types.ts";
import { formatBytes } from "../format/bytes.ts";
import { formatShortDateTime } from "../format/time.ts";
import type { ResourceColumn } from "../resources/resource-table.tsx";
import { formatRoute } from "../routing/route.ts";
import { VolumeStateIndicator } from "./volume-state.tsx";

export const COLUMNS: readonly ResourceColumn<Volume>[] = [
  {
    id: "name",
    header: "Name",
    text: ({ name }) => name,
    cell: ({ name }) => name || "–",
    minWidth: 120,
  },
  {
    id: "id",
    header: "Volume ID",
    text: ({ id }) => id,
    cell: ({ id }) => <Link href={formatRoute({ page: "volume", id })}>{id}</Link>,
    isRowHeader: true,
  },
  {
    id: "state",
    header: "State",
    text: ({ state }) => state,
    cell: (volume) => <VolumeStateIndicator volume={volume} />,
  },
  {
    id: "size",
    header: "Size",
    order: ({ sizeBytes }) => sizeBytes,
    cell: ({ sizeBytes }) => formatBytes(sizeBytes),
  },
  { id: "type", header: "Type", text: ({ type }) => type, cell: ({ type }) => type },
  {
    id: "encrypted",
    header: "Encrypted",
    text: ({ encrypted }) => (encrypted ? "Yes" : "No"),
    cell: ({ encrypted }) => (encrypted ? "Yes" : "No"),
  },
  {
    id: "attachment",
    header: "Attached to",
    text: ({ attachment }) => `${attachment?.instanceId ?? ""} ${attachment?.device ?? ""}`,
    cell: ({ attachment }) =>
      attachment === null ? (
        "–"
      ) : (
        <>
          <Link href={formatRoute({ page: "instance", id: attachment.instanceId, tab: "console" })}>
            {attachment.instanceId}
          </Link>{" "}
          {attachment.device}
        </>
      ),
    minWidth: 220,
  },
  {
    id: "source",
    header: "Made from",
    text: ({ snapshotId, imageId }) => snapshotId ?? imageId ?? "",
    cell: ({ snapshotId, imageId }) => snapshotId ?? imageId ?? "blank",
  },
  {
    id: "created",
    header: "Created",
    order: ({ createTime }) => createTime.getTime(),
    cell: ({ createTime }) => formatShortDateTime(createTime),
  },
];
