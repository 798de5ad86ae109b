import FormField from "@cloudscape-design/components/form-field";
import Multiselect from "@cloudscape-design/components/multiselect";
import { useState } from "react";
import type { Access, Group, User } from "../../api/types.ts";
import { usePortal } from "../live/portal-context.ts";
import { useLoaded } from "../live/use-loaded.ts";
import { Dialog } from "../resources/dialog.tsx";

interface PermissionsProps {
  readonly holder: User | Group;
  readonly groups: readonly Group[];
  readonly onClose: () => void;
}

/** Which policies a user or a group has, and in which groups a user is. */
export function Permissions({ holder, groups, onClose }: PermissionsProps) {
  const { cloud } = usePortal();
  const { access } = cloud;
  const isUser = "userName" in holder;
  const name = isUser ? holder.userName : holder.groupName;
  const policies = useLoaded(() => access.listPolicies(), access.onChange);
  const [attached, setAttached] = useState(holder.attachedPolicies);
  const [memberOf, setMemberOf] = useState(isUser ? holder.groups : []);
  const policyOptions = (policies.value ?? []).map(({ policyName, arn, description }) => ({
    value: arn,
    label: policyName,
    ...(description !== "" && { description }),
  }));
  const groupOptions = groups.map(({ groupName }) => ({ value: groupName, label: groupName }));
  return (
    <Dialog
      title={`What ${name} may do`}
      submit="Save"
      onSubmit={() => save(access, holder, attached, memberOf)}
      onClose={onClose}
    >
      <FormField label="Policies" description="What no policy allows is denied; what one denies no other allows.">
        <Multiselect
          selectedOptions={attached.map(
            (arn) => policyOptions.find(({ value }) => value === arn) ?? { value: arn, label: arn },
          )}
          options={policyOptions}
          filteringType="auto"
          placeholder="Choose policies"
          statusType={policies.value === null ? "loading" : "finished"}
          onChange={({ detail }) => setAttached(detail.selectedOptions.map(({ value = "" }) => value))}
        />
      </FormField>
      {isUser && (
        <FormField label="Groups" description="They have their groups' policies too.">
          <Multiselect
            selectedOptions={memberOf.map((group) => ({ value: group, label: group }))}
            options={groupOptions}
            placeholder="Choose groups"
            empty="There are no groups."
            onChange={({ detail }) => setMemberOf(detail.selectedOptions.map(({ value = "" }) => value))}
          />
        </FormField>
      )}
    </Dialog>
  );
}

/** One call for each change: what has been done until one is refused stays done. */
async function save(access: Access, holder: User | Group, attached: readonly string[], memberOf: readonly string[]) {
  const { added, removed } = changes(holder.attachedPolicies, attached);
  if ("userName" in holder) {
    const { userName } = holder;
    for (const policyArn of removed) await access.detachUserPolicy({ userName, policyArn });
    for (const policyArn of added) await access.attachUserPolicy({ userName, policyArn });
    const groups = changes(holder.groups, memberOf);
    for (const groupName of groups.removed) await access.removeUserFromGroup({ userName, groupName });
    for (const groupName of groups.added) await access.addUserToGroup({ userName, groupName });
    return;
  }
  const { groupName } = holder;
  for (const policyArn of removed) await access.detachGroupPolicy({ groupName, policyArn });
  for (const policyArn of added) await access.attachGroupPolicy({ groupName, policyArn });
}

const changes = (before: readonly string[], after: readonly string[]) => ({
  added: after.filter((one) => !before.includes(one)),
  removed: before.filter((one) => !after.includes(one)),
});
