import SpaceBetween from "@cloudscape-design/components/space-between";
import { useState } from "react";
import { usePortal } from "../live/portal-context.ts";
import { Dialog } from "../resources/dialog.tsx";
import { SelectField, TextField } from "../resources/fields.tsx";
import { found } from "../resources/found.tsx";
import { bySigns } from "../resources/refusal.ts";
import { labelOf } from "./label.ts";
import { authorizeCall } from "./rule-calls.ts";
import {
  effectivePorts,
  NEW_RULE,
  type PeerKind,
  type RuleFields,
  requestOf,
  TRAFFIC_TYPES,
  whatIsWrong,
} from "./rule-fields.ts";

interface OpenPortProps {
  /** What is opened, in words. */
  readonly label: string;
  /** Its security groups. */
  readonly groupIds: readonly string[];
  readonly onClose: () => void;
}

/** What is asked for most often. */
const SERVICES = TRAFFIC_TYPES.filter(({ protocol, ports }) => protocol === "tcp" && ports !== "0-65535");

const SOURCES: readonly { readonly value: PeerKind; readonly label: string; readonly description: string }[] = [
  { value: "page", label: "My IP", description: "This page: its SSH client, and its frames of web pages" },
  { value: "anywhere", label: "Anywhere", description: "All that reach it" },
];

const fieldOf = bySigns({
  ports: ["port", "fromPort"],
  groupId: ["InvalidGroup.NotFound", "InvalidPermission.Duplicate"],
});

/** Adds the rule that lets a service's clients in (F54). The group's page has all rules, and others' addresses. */
export function OpenPort({ label, groupIds, onClose }: OpenPortProps) {
  const { securityGroups } = usePortal().cloud;
  const groups = groupIds.flatMap((id) => found(() => securityGroups.get(id)) ?? []);
  const [groupId, setGroupId] = useState(groups[0]?.id ?? "");
  const [fields, setFields] = useState<RuleFields>({ ...NEW_RULE, type: "tcp-80", peerKind: "page" });
  const set = (change: Partial<RuleFields>) => setFields({ ...fields, ...change });
  const isComplete = groupId !== "" && Object.keys(whatIsWrong(fields)).length === 0;
  const rules = isComplete ? [requestOf(fields)] : [];
  return (
    <Dialog
      title={`Open a port of ${label}`}
      submit="Add rule"
      disabled={!isComplete}
      fieldOf={fieldOf}
      onSubmit={() => securityGroups.authorize(groupId, "ingress", rules)}
      onClose={onClose}
      calls={[authorizeCall(groupId, "ingress", rules)]}
    >
      {(errors) => (
        <SpaceBetween size="m">
          <SelectField
            label="Service"
            value={fields.type}
            options={SERVICES}
            onChange={(type) => set({ type, ports: "" })}
          />
          <TextField
            label="Port"
            error={errors.ports}
            value={effectivePorts(fields)}
            disabled={fields.type !== "tcp"}
            placeholder="8080"
            onChange={(ports) => set({ ports })}
          />
          <SelectField<PeerKind>
            label="Source"
            value={fields.peerKind}
            options={SOURCES}
            onChange={(peerKind) => set({ peerKind })}
          />
          <SelectField
            label="Security group"
            description="The rule is in force at once, for all that have the group."
            error={errors.groupId}
            value={groupId}
            options={groups.map((group) => ({
              value: group.id,
              label: labelOf(group),
              description: group.description,
            }))}
            onChange={setGroupId}
          />
        </SpaceBetween>
      )}
    </Dialog>
  );
}
