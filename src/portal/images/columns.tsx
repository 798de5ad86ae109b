import StatusIndicator from "@cloudscape-design/components/status-indicator";
import type { Image } from "../../api/types.ts";
import { formatBytes, formatMemory } from "../format/bytes.ts";
import { formatShortDateTime } from "../format/time.ts";
import type { ResourceColumn } from "../resources/resource-table.tsx";
import { type ImageKind, ownerOf, sharingOf } from "./image-kinds.ts";

const COLUMNS: readonly ResourceColumn<Image>[] = [
  { id: "name", header: "Name", text: ({ name }) => name, cell: ({ name }) => name, isRowHeader: true, minWidth: 140 },
  { id: "id", header: "Image ID", text: ({ id }) => id, cell: ({ id }) => id },
  { id: "owner", header: "Owner", text: ownerOf, cell: ownerOf },
  { id: "category", header: "Category", text: categoriesOf, cell: categoriesOf },
  { id: "product", header: "Product code", text: productCodesOf, cell: productCodesOf },
  { id: "kind", header: "From", text: kindOf, cell: kindOf },
  { id: "sharing", header: "Who may launch it", text: sharingOf, cell: sharingOf },
  { id: "region", header: "Region", text: regionOf, cell: regionOf },
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

/** What says the same of every image of a kind says nothing. */
const HIDDEN: Readonly<Record<ImageKind, readonly string[]>> = {
  all: ["product", "kind", "volumes", "root", "sharing"],
  public: ["product", "kind", "volumes", "root", "sharing", "state"],
  marketplace: ["owner", "kind", "volumes", "root", "sharing", "region", "state"],
  own: ["owner", "category", "product"],
  shared: ["category", "product", "kind", "sharing"],
};

export const columnsOf = (kind: ImageKind): readonly ResourceColumn<Image>[] =>
  COLUMNS.filter(({ id }) => !HIDDEN[kind].includes(id));

function categoriesOf({ categories }: Image): string {
  return categories.length === 0 ? "–" : categories.join(", ");
}

function productCodesOf({ productCodes }: Image): string {
  return productCodes.length === 0 ? "–" : productCodes.join(", ");
}

function regionOf({ region }: Image): string {
  return region ?? "All";
}

function bootOf({ bootMode }: Image): string {
  return bootMode === "kernel" ? "its kernel" : "its boot loader";
}

function kindOf({ kind, sourceInstanceId, sourceImage }: Image): string {
  if (kind === "embedded") return "this page";
  return sourceInstanceId ?? sourceImage?.id ?? "a snapshot";
}

function State({ image: { state, stateReason, deprecated } }: { image: Image }) {
  switch (state) {
    case "pending":
      return <StatusIndicator type="in-progress">Pending</StatusIndicator>;
    case "available":
      return deprecated ? (
        <StatusIndicator type="warning">Deprecated</StatusIndicator>
      ) : (
        <StatusIndicator type="success">Available</StatusIndicator>
      );
    case "disabled":
      return <StatusIndicator type="stopped">Disabled</StatusIndicator>;
    case "failed":
      return <StatusIndicator type="error">Failed: {stateReason?.message ?? "unknown"}</StatusIndicator>;
  }
}
