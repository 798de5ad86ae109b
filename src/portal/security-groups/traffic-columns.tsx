import Input from "@cloudscape-design/components/input";
import type { RowColumn } from "../resources/edit-rows.tsx";
import { selectColumn } from "../resources/row-columns.tsx";
import { effectivePorts, TRAFFIC_TYPES, type TrafficFields } from "./rule-fields.ts";

/** Which packets a rule is about: its type, and its ports where that does not say them. */
export const TRAFFIC_COLUMNS: readonly RowColumn<TrafficFields>[] = [
  selectColumn("type", "Type", {
    options: TRAFFIC_TYPES,
    filteringType: "auto",
    unknown: (protocol) => `Protocol ${protocol}`,
    also: { ports: "" },
  }),
  {
    id: "ports",
    label: "Port range",
    control: (fields, set) => (
      <Input
        value={effectivePorts(fields)}
        disabled={!["tcp", "udp", "icmp"].includes(fields.type)}
        placeholder={fields.type === "icmp" ? "8" : "8000-8100"}
        onChange={({ detail }) => set({ ports: detail.value })}
      />
    ),
  },
];
