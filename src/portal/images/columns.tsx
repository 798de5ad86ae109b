import StatusIndicator from "@cloudscape-design/components/status-indicator";
import type { Image } from "../../api/types.ts";
import { formatMemory } from "../format/bytes.ts";
import { bytesColumn, numberColumn, textColumn, timeColumn } from "../resources/columns.tsx";
import type { ResourceColumn } from "../resources/resource-table.tsx";
import { type ImageKind, ownerOf, sharingOf } from "./image-kinds.ts";

const COLUMNS: readonly ResourceColumn<Image>[] = [
  textColumn("name", "Name", ({ name }) => name, { isRowHeader: true, minWidth: 140 }),
  textColumn("id", "Image ID", ({ id }) => id),
  textColumn("owner", "Owner", ownerOf),
  textColumn("category", "Category", ({ categories }) => categories.join(", ")),
  textColumn("product", "Product code", ({ productCodes }) => productCodes.join(", ")),
  textColumn("kind", "From", kindOf),
  textColumn("sharing", "Who may launch it", sharingOf),
  textColumn("region", "Region", ({ region }) => region ?? "All"),
  textColumn("state", "State", ({ state }) => state, { cell: (image) => <State image={image} /> }),
  textColumn("description", "Description", ({ title, description }) => description || title),
  bytesColumn("size", "Root volume", ({ diskBytes }) => diskBytes),
  numberColumn("volumes", "Volumes", ({ blockDevices }) => blockDevices.length),
  textColumn("boot", "Boots", ({ bootMode }) => (bootMode === "kernel" ? "its kernel" : "its boot loader")),
  textColumn("root", "Root device type", ({ rootDeviceType }) => rootDeviceType),
  numberColumn("memory", "Memory needed", ({ minimumMemoryMiB }) => minimumMemoryMiB, {
    cell: ({ minimumMemoryMiB }) => formatMemory(minimumMemoryMiB),
  }),
  timeColumn("created", "Created", ({ createTime }) => createTime),
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
