import Input from "@cloudscape-design/components/input";
import Select from "@cloudscape-design/components/select";
import type { NetworkAcl } from "../../api/network-types.ts";
import { usePortal } from "../live/portal-context.ts";
import { EditRows, type RowColumn } from "../resources/edit-rows.tsx";
import { TRAFFIC_COLUMNS } from "../security-groups/traffic-columns.tsx";
import { changesTo, type EntryFields, entryFieldOf, fieldsOf, newEntry, whatIsWrong } from "./entry-fields.ts";
import { labelOf } from "./names.ts";

interface EditEntriesProps {
  readonly acl: NetworkAcl;
  readonly egress: boolean;
  readonly onClose: () => void;
}

const ACTIONS = [
  { value: "allow", label: "Allow" },
  { value: "deny", label: "Deny" },
] as const;

/** All entries of a network ACL's one direction (F52). They hold for all its subnets, at once. */
export function EditEntries({ acl, egress, onClose }: EditEntriesProps) {
  const { networkAcls } = usePortal().cloud;
  const { id } = acl;
  const now = () => networkAcls.get(id).entries;
  return (
    <EditRows<EntryFields>
      title={`${egress ? "Outbound" : "Inbound"} entries of ${labelOf(acl)}`}
      noun={["entry", "entries"]}
      note="The entry with the lowest number that matches a packet decides; what none matches is denied. Answers to connections come from ports 1024-65535, and need an entry in the other direction."
      before={now()
        .filter((entry) => entry.egress === egress)
        .map(fieldsOf)}
      newRow={newEntry}
      empty={egress ? "Nothing is let out of its subnets." : "Nothing is let into its subnets."}
      columns={columnsOf(egress)}
      whatIsWrong={whatIsWrong}
      fieldOf={entryFieldOf}
      changesOf={(rows) => changesTo(networkAcls, id, egress, now(), rows)}
      onClose={onClose}
    />
  );
}

const columnsOf = (egress: boolean): readonly RowColumn<EntryFields>[] => [
  {
    id: "ruleNumber",
    label: "Rule number",
    control: ({ ruleNumber }, set) => (
      <Input value={ruleNumber} inputMode="numeric" onChange={({ detail }) => set({ ruleNumber: detail.value })} />
    ),
  },
  ...TRAFFIC_COLUMNS,
  {
    id: "cidrBlock",
    label: egress ? "Destination" : "Source",
    control: ({ cidrBlock }, set) => (
      <Input
        value={cidrBlock}
        placeholder="0.0.0.0/0"
        spellcheck={false}
        onChange={({ detail }) => set({ cidrBlock: detail.value })}
      />
    ),
  },
  {
    id: "action",
    label: "Allow or deny",
    control: ({ action }, set) => (
      <Select
        options={ACTIONS}
        selectedOption={ACTIONS.find(({ value }) => value === action) ?? null}
        onChange={({ detail }) => set({ action: detail.selectedOption.value as EntryFields["action"] })}
      />
    ),
  },
];
