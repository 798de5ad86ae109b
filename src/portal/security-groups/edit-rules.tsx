import AttributeEditor from "@cloudscape-design/components/attribute-editor";
import Input from "@cloudscape-design/components/input";
import Select from "@cloudscape-design/components/select";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useState } from "react";
import type { SecurityGroup } from "../../api/network-types.ts";
import { CloudError } from "../../base/errors.ts";
import { usePortal } from "../live/portal-context.ts";
import { Dialog } from "../resources/dialog.tsx";
import { labelOf } from "./label.ts";
import { callsOf, type Direction } from "./rule-calls.ts";
import {
  ANYWHERE,
  changesOf,
  effectivePorts,
  fieldsOf,
  MY_IP,
  NEW_RULE,
  type PeerKind,
  type RuleFields,
  TRAFFIC_TYPES,
  whatIsWrong,
} from "./rule-fields.ts";

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
export function EditRules({ group, direction, onClose }: EditRulesProps) {
  const { securityGroups } = usePortal().cloud;
  const rulesOf = (one: SecurityGroup) => one.rules.filter(({ egress }) => egress === (direction === "egress"));
  const [rules, setRules] = useState(() => rulesOf(group).map(fieldsOf));
  const [judged, setJudged] = useState(false);
  const wrong = rules.some((fields) => Object.keys(whatIsWrong(fields)).length > 0);
  const { id } = group;
  const calls = callsOf(id, direction, changesOf(rulesOf(group), rules));

  const save = async () => {
    // What an attempt before has done already is not done again.
    const now = changesOf(rulesOf(securityGroups.get(id)), rules);
    if (now.revoked.length > 0) await securityGroups.revoke(id, now.revoked);
    if (Object.keys(now.modified).length > 0) await securityGroups.modifyRules(id, now.modified);
    if (now.added.length > 0) await securityGroups.authorize(id, direction, now.added);
  };

  return (
    <Dialog
      title={`${direction === "ingress" ? "Inbound" : "Outbound"} rules of ${labelOf(group)}`}
      submit="Save rules"
      size="max"
      disabled={calls.length === 0}
      onSubmit={async () => {
        setJudged(true);
        if (wrong) throw new CloudError("InvalidParameterValue", "A rule is not complete: its fields say why.");
        await save();
      }}
      onClose={onClose}
      calls={wrong ? [] : calls}
    >
      <SpaceBetween size="s">
        <RuleList group={group} direction={direction} rules={rules} judged={judged} onChange={setRules} />
      </SpaceBetween>
    </Dialog>
  );
}

interface RuleListProps {
  readonly group: SecurityGroup;
  readonly direction: Direction;
  readonly rules: readonly RuleFields[];
  readonly judged: boolean;
  readonly onChange: (rules: RuleFields[]) => void;
}

function RuleList({ group, direction, rules, judged, onChange }: RuleListProps) {
  const { securityGroups } = usePortal().cloud;
  const groups = securityGroups
    .list()
    .filter(({ vpcId }) => vpcId === group.vpcId)
    .map(({ id, name }) => ({ value: id, label: id, description: name }));
  const change = (index: number, what: Partial<RuleFields>) =>
    onChange(rules.map((fields, at) => (at === index ? { ...fields, ...what } : fields)));
  return (
    <AttributeEditor
      items={rules}
      addButtonText="Add rule"
      removeButtonText="Remove"
      empty={direction === "ingress" ? "Nothing is let in." : "Nothing is let out."}
      onAddButtonClick={() => onChange([...rules, NEW_RULE])}
      onRemoveButtonClick={({ detail }) => onChange(rules.filter((_, index) => index !== detail.itemIndex))}
      definition={[
        {
          label: "Type",
          control: ({ type }, index) => (
            <Select
              options={TRAFFIC_TYPES}
              filteringType="auto"
              selectedOption={
                TRAFFIC_TYPES.find(({ value }) => value === type) ?? { value: type, label: `Protocol ${type}` }
              }
              onChange={({ detail }) => change(index, { type: detail.selectedOption.value ?? "", ports: "" })}
            />
          ),
        },
        {
          label: "Port range",
          errorText: (fields) => (judged ? whatIsWrong(fields).ports : undefined),
          control: (fields, index) => (
            <Input
              value={effectivePorts(fields)}
              disabled={!["tcp", "udp", "icmp"].includes(fields.type)}
              placeholder={fields.type === "icmp" ? "8" : "8000-8100"}
              onChange={({ detail }) => change(index, { ports: detail.value })}
            />
          ),
        },
        {
          label: direction === "ingress" ? "Source" : "Destination",
          control: ({ peerKind }, index) => (
            <Select
              options={PEER_KINDS}
              selectedOption={PEER_KINDS.find(({ value }) => value === peerKind) ?? null}
              onChange={({ detail }) => change(index, { peerKind: detail.selectedOption.value as PeerKind, peer: "" })}
            />
          ),
        },
        {
          label: "Addresses or group",
          errorText: (fields) => (judged ? whatIsWrong(fields).peer : undefined),
          control: (fields, index) => (
            <Peer fields={fields} groups={groups} onChange={(peer) => change(index, { peer })} />
          ),
        },
        {
          label: "Description",
          control: ({ description }, index) => (
            <Input value={description} onChange={({ detail }) => change(index, { description: detail.value })} />
          ),
        },
      ]}
    />
  );
}

interface PeerProps {
  readonly fields: RuleFields;
  readonly groups: readonly { readonly value: string; readonly label: string }[];
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
