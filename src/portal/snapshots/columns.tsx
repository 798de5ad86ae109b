import StatusIndicator from "@cloudscape-design/components/status-indicator";
import type { Snapshot } from "../../api/snapshot-types.ts";
import { bytesColumn, textColumn, timeColumn, yesNoColumn } from "../resources/columns.tsx";
import type { ResourceColumn } from "../resources/resource-table.tsx";
import { ResourceLink } from "../routing/links.tsx";
import { OwnBytes } from "./own-bytes.tsx";

export const COLUMNS: readonly ResourceColumn<Snapshot>[] = [
  textColumn("id", "Snapshot ID", ({ id }) => id, { isRowHeader: true, minWidth: 200 }),
  textColumn("description", "Description", ({ name, description }) => [name, description].filter(Boolean).join(": ")),
  textColumn("state", "State", ({ state }) => state, { cell: (snapshot) => <State snapshot={snapshot} /> }),
  textColumn("volume", "Volume", ({ volumeId }) => volumeId, {
    cell: ({ volumeId }) => <ResourceLink page="volumes" id={volumeId} />,
  }),
  bytesColumn("size", "Volume size", ({ sizeBytes }) => sizeBytes),
  yesNoColumn("encrypted", "Encrypted", ({ encrypted }) => encrypted),
  {
    id: "own",
    header: "Held by it alone",
    cell: (snapshot) => (snapshot.shared || snapshot.state !== "completed" ? "–" : <OwnBytes snapshot={snapshot} />),
  },
  textColumn("owner", "Owner", ({ shared, ownerId }) => (shared ? ownerId : "This account")),
  textColumn("region", "Region", ({ region }) => region),
  textColumn("images", "Used by", ({ imageIds }) => imageIds.join(", ")),
  timeColumn("started", "Taken", ({ startTime }) => startTime),
];

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
