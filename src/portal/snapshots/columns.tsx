import Link from "@cloudscape-design/components/link";
import StatusIndicator from "@cloudscape-design/components/status-indicator";
import type { Snapshot } from "../../api/snapshot-types.ts";
import { formatBytes } from "../format/bytes.ts";
import { formatShortDateTime } from "../format/time.ts";
import type { ResourceColumn } from "../resources/resource-table.tsx";
import { formatRoute } from "../routing/route.ts";
import { OwnBytes } from "./own-bytes.tsx";

export const COLUMNS: readonly ResourceColumn<Snapshot>[] = [
  { id: "id", header: "Snapshot ID", text: ({ id }) => id, cell: ({ id }) => id, isRowHeader: true, minWidth: 200 },
  {
    id: "description",
    header: "Description",
    text: ({ name, description }) => `${name} ${description}`,
    cell: ({ name, description }) => [name, description].filter(Boolean).join(": ") || "–",
  },
  {
    id: "state",
    header: "State",
    text: ({ state }) => state,
    cell: (snapshot) => <State snapshot={snapshot} />,
  },
  {
    id: "volume",
    header: "Volume",
    text: ({ volumeId }) => volumeId,
    cell: ({ volumeId }) => <Link href={formatRoute({ page: "volume", id: volumeId })}>{volumeId}</Link>,
  },
  {
    id: "size",
    header: "Volume size",
    order: ({ sizeBytes }) => sizeBytes,
    cell: ({ sizeBytes }) => formatBytes(sizeBytes),
  },
  {
    id: "encrypted",
    header: "Encrypted",
    text: ({ encrypted }) => (encrypted ? "Yes" : "No"),
    cell: ({ encrypted }) => (encrypted ? "Yes" : "No"),
  },
  {
    id: "own",
    header: "Held by it alone",
    cell: (snapshot) => (snapshot.shared ? "–" : <OwnBytes snapshot={snapshot} />),
  },
  { id: "owner", header: "Owner", text: ownerOf, cell: ownerOf },
  { id: "region", header: "Region", text: ({ region }) => region, cell: ({ region }) => region },
  {
    id: "images",
    header: "Used by",
    text: ({ imageIds }) => imageIds.join(" "),
    cell: ({ imageIds }) => imageIds.join(", ") || "–",
  },
  {
    id: "started",
    header: "Taken",
    order: ({ startTime }) => startTime.getTime(),
    cell: ({ startTime }) => formatShortDateTime(startTime),
  },
];

function ownerOf({ shared, ownerId }: Snapshot): string {
  return shared ? ownerId : "This account";
}

function State({ snapshot: { state, progress, stateReason } }: { snapshot: Snapshot }) {
  switch (state) {
    case "pending":
      return <StatusIndicator type="in-progress">Pending, {Math.round(progress)} %</StatusIndicator>;
    case "completed":
      return <StatusIndicator type="success">Completed</StatusIndicator>;
    case "error":
      return <StatusIndicator type="error">Error: {stateReason?.message ?? "unknown"}</StatusIndicator>;
  }
}
