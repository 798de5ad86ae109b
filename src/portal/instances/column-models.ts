import type { Instance } from "../../api/types.ts";
import type { ColumnModel } from "../resources/table-model.ts";

export type InstanceColumn = "name" | "id" | "state" | "status" | "type" | "image" | "address" | "launched";

/** By what the table of instances is sorted and filtered. */
export const COLUMN_MODELS: readonly (ColumnModel<Instance> & { readonly id: InstanceColumn })[] = [
  { id: "name", text: ({ name }) => name },
  { id: "id", text: ({ id }) => id },
  { id: "state", text: ({ state }) => state },
  { id: "status" },
  { id: "type", text: ({ type }) => type.name, order: ({ type }) => type.memoryMiB },
  { id: "image", text: ({ imageName }) => imageName },
  { id: "address", text: ({ privateIpAddress }) => privateIpAddress ?? "" },
  { id: "launched", order: ({ launchTime }) => launchTime.getTime() },
];
