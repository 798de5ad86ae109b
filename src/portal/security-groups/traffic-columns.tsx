import Input from "@cloudscape-design/components/input";
import Select from "@cloudscape-design/components/select";
import type { RowColumn } from "../resources/edit-rows.tsx";
import { effectivePorts, TRAFFIC_TYPES, type TrafficFields } from "./rule-fields.ts";

/** Which packets a rule is about: its type, and its ports where that does not say them. */
export const TRAFFIC_COLUMNS: readonly RowColumn<TrafficFields>[] = [
  {
    id: "type",
    label: "Type",
    control: ({ type }, set) => (
      <Select
        options={TRAFFIC_TYPES}
        filteringType="auto"
        selectedOption={TRAFFIC_TYPES.find(({ value }) => value === type) ?? { value: type, label: `Protocol ${type}` }}
        onChange={({ detail }) => set({ type: detail.selectedOption.value ?? "", ports: "" })}
      />
    ),
  },
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
