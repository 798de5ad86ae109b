import StatusIndicator from "@cloudscape-design/components/status-indicator";
import type { Image } from "../../api/types.ts";
import { formatBytes, formatMemory } from "../format/bytes.ts";
import { formatShortDateTime } from "../format/time.ts";
import type { ResourceColumn } from "../resources/resource-table.tsx";

export const COLUMNS: readonly ResourceColumn<Image>[] = [
  { id: "name", header: "Name", text: ({ name }) => name, cell: ({ name }) => name, isRowHeader: true, minWidth: 140 },
  { id: "id", header: "Image ID", text: ({ id }) => id, cell: ({ id }) => id },
  {
    id: "kind",
    header: "From",
    text: kindOf,
    cell: kindOf,
  },
  { id: "state", header: "State", text: ({ state }) => state, cell: (image) => <State image={image} /> },
  {
    id: "description",
    header: "Description",
    text: ({ title, description }) => description || title,
    cell: ({ title, description }) => description || title,
  },
  {
    id: "size",
    header: "Root volume",
    order: ({ diskBytes }) => diskBytes,
    cell: ({ diskBytes }) => formatBytes(diskBytes),
  },
  {
    id: "volumes",
    header: "Volumes",
    order: ({ blockDevices }) => blockDevices.length,
    cell: ({ blockDevices }) => blockDevices.length,
  },
  { id: "boot", header: "Boots", text: bootOf, cell: bootOf },
  {
    id: "root",
    header: "Root device type",
    text: ({ rootDeviceType }) => rootDeviceType,
    cell: ({ rootDeviceType }) => rootDeviceType,
  },
  {
    id: "memory",
    header: "Memory needed",
    order: ({ minimumMemoryMiB }) => minimumMemoryMiB,
    cell: ({ minimumMemoryMiB }) => formatMemory(minimumMemoryMiB),
  },
  {
    id: "created",
    header: "Created",
    order: ({ createTime }) => createTime?.getTime() ?? 0,
    cell: ({ createTime }) => (createTime === null ? "–" : formatShortDateTime(createTime)),
  },
];

function bootOf({ bootMode }: Image): string {
  return bootMode === "kernel" ? "its kernel" : "its boot loader";
}

function kindOf({ kind, sourceInstanceId }: Image): string {
  if (kind === "embedded") return "this page";
  return sourceInstanceId ?? "a snapshot";
}

function State({ image: { state, stateReason } }: { image: Image }) {
  switch (state) {
    case "pending":
      return <StatusIndicator type="in-progress">Pending</StatusIndicator>;
    case "available":
      return <StatusIndicator type="success">Available</StatusIndicator>;
    case "failed":
      return <StatusIndicator type="error">Failed: {stateReason?.message ?? "unknown"}</StatusIndicator>;
  }
}
