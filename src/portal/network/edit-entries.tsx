import type { NetworkAcl } from "../../api/network-types.ts";
import { usePortal } from "../live/portal-context.ts";
import { EditRows, type RowColumn } from "../resources/edit-rows.tsx";
import { inputColumn, selectColumn } from "../resources/row-columns.tsx";
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
  inputColumn("ruleNumber", "Rule number", { inputMode: "numeric" }),
  ...TRAFFIC_COLUMNS,
  inputColumn("cidrBlock", egress ? "Destination" : "Source", { placeholder: "0.0.0.0/0" }),
  selectColumn("action", "Allow or deny", { options: ACTIONS }),
];
