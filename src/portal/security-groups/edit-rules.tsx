import Input from "@cloudscape-design/components/input";
import Select from "@cloudscape-design/components/select";
import type { SecurityGroup } from "../../api/network-types.ts";
import { usePortal } from "../live/portal-context.ts";
import { EditRows, type RowColumn } from "../resources/edit-rows.tsx";
import { inputColumn, selectColumn } from "../resources/row-columns.tsx";
import { labelOf } from "./label.ts";
import { changesTo, type Direction } from "./rule-calls.ts";
import {
  ANYWHERE,
  changesOf,
  fieldsOf,
  MY_IP,
  NEW_RULE,
  type PeerKind,
  type RuleFields,
  whatIsWrong,
} from "./rule-fields.ts";
import { TRAFFIC_COLUMNS } from "./traffic-columns.tsx";

const PEER_KINDS: readonly { readonly value: PeerKind; readonly label: string; readonly description: string }[] = [
  { value: "cidr", label: "Custom", description: "A block of addresses" },
  { value: "anywhere", label: "Anywhere-IPv4", description: ANYWHERE },
  { value: "page", label: "My IP", description: `This page: ${MY_IP}` },
  { value: "group", label: "Security group", description: "Its members' private addresses" },
];

interface EditRulesProps {
  readonly group: SecurityGroup;
  readonly direction: Direction;
  readonly onClose: () => void;
}

/** The inbound or the outbound rules of a security group, all of them at once (F54, F56). They take effect at once. */
export function EditRules({ group: { id, vpcId, ...group }, direction, onClose }: EditRulesProps) {
  const { securityGroups } = usePortal().cloud;
  const rulesNow = () => securityGroups.get(id).rules.filter(({ egress }) => egress === (direction === "egress"));
  const groups = securityGroups
    .list()
    .filter((one) => one.vpcId === vpcId)
    .map((one) => ({ value: one.id, label: one.id, description: one.name }));
  return (
    <EditRows
      title={`${direction === "ingress" ? "Inbound" : "Outbound"} rules of ${labelOf({ id, ...group })}`}
      noun={["rule", "rules"]}
      before={rulesNow().map(fieldsOf)}
      newRow={() => NEW_RULE}
      empty={direction === "ingress" ? "Nothing is let in." : "Nothing is let out."}
      columns={columnsOf(direction, groups)}
      whatIsWrong={whatIsWrong}
      changesOf={(rules) => changesTo(securityGroups, id, direction, changesOf(rulesNow(), rules))}
      onClose={onClose}
    />
  );
}

interface GroupOption {
  readonly value: string;
  readonly label: string;
}

const columnsOf = (direction: Direction, groups: readonly GroupOption[]): readonly RowColumn<RuleFields>[] => [
  ...TRAFFIC_COLUMNS,
  selectColumn("peerKind", direction === "ingress" ? "Source" : "Destination", {
    options: PEER_KINDS,
    also: { peer: "" },
  }),
  {
    id: "peer",
    label: "Addresses or group",
    control: (fields, set) => <Peer fields={fields} groups={groups} onChange={(peer) => set({ peer })} />,
  },
  inputColumn("description", "Description", { spellcheck: true }),
];

interface PeerProps {
  readonly fields: RuleFields;
  readonly groups: readonly GroupOption[];
  readonly onChange: (peer: string) => void;
}

function Peer({ fields: { peerKind, peer }, groups, onChange }: PeerProps) {
  if (peerKind === "group") {
    return (
      <Select
        options={groups}
        filteringType="auto"
        placeholder="Choose a group"
        selectedOption={groups.find(({ value }) => value === peer) ?? (peer === "" ? null : { value: peer })}
        onChange={({ detail }) => onChange(detail.selectedOption.value ?? "")}
      />
    );
  }
  const fixed = { anywhere: ANYWHERE, page: MY_IP, cidr: null }[peerKind];
  return (
    <Input
      value={fixed ?? peer}
      disabled={fixed !== null}
      placeholder="10.0.0.0/16"
      spellcheck={false}
      onChange={({ detail }) => onChange(detail.value)}
    />
  );
}
