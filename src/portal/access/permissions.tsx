import FormField from "@cloudscape-design/components/form-field";
import Multiselect from "@cloudscape-design/components/multiselect";
import { useState } from "react";
import type { User } from "../../api/types.ts";
import { usePortal } from "../live/portal-context.ts";
import { useLoaded } from "../live/use-loaded.ts";
import { Dialog } from "../resources/dialog.tsx";
import type { Holder } from "./holder.ts";

interface PermissionsProps {
  readonly holder: Holder;
  /** Where it is a user: groups are in no group. */
  readonly user?: User;
  readonly onClose: () => void;
}

/** Which policies a user or a group has, and in which groups a user is. */
export function Permissions({ holder, user, onClose }: PermissionsProps) {
  const { access } = usePortal().cloud;
  const policies = useLoaded(() => access.listPolicies(), [access.onChange]);
  const groups = useLoaded(() => access.listGroups(), [access.onChange]);
  const [attached, setAttached] = useState(holder.attachedPolicies);
  const [memberOf, setMemberOf] = useState(user?.groups ?? []);
  const policyOptions = (policies.value ?? []).map(({ policyName, arn, description }) => ({
    value: arn,
    label: policyName,
    ...(description !== "" && { description }),
  }));

  /** One call for each change: what has been done until one is refused stays done. */
  const save = async () => {
    const changed = changes(holder.attachedPolicies, attached);
    for (const policyArn of changed.removed) await holder.detach(policyArn);
    for (const policyArn of changed.added) await holder.attach(policyArn);
    if (user === undefined) return;
    const { userName } = user;
    const moved = changes(user.groups, memberOf);
    for (const groupName of moved.removed) await access.removeUserFromGroup({ userName, groupName });
    for (const groupName of moved.added) await access.addUserToGroup({ userName, groupName });
  };

  return (
    <Dialog title={`What ${holder.name} may do`} submit="Save" onSubmit={save} onClose={onClose}>
      <FormField label="Policies" description="What no policy allows is denied; what one denies no other allows.">
        <Multiselect
          selectedOptions={attached.map((arn) => policyOptions.find(({ value }) => value === arn) ?? { value: arn })}
          options={policyOptions}
          filteringType="auto"
          placeholder="Choose policies"
          statusType={policies.loading ? "loading" : "finished"}
          onChange={({ detail }) => setAttached(detail.selectedOptions.map(({ value = "" }) => value))}
        />
      </FormField>
      {user !== undefined && (
        <FormField label="Groups" description="They have their groups' policies too.">
          <Multiselect
            selectedOptions={memberOf.map((value) => ({ value }))}
            options={(groups.value ?? []).map(({ groupName }) => ({ value: groupName }))}
            placeholder="Choose groups"
            statusType={groups.loading ? "loading" : "finished"}
            empty="There are no groups."
            onChange={({ detail }) => setMemberOf(detail.selectedOptions.map(({ value = "" }) => value))}
          />
        </FormField>
      )}
    </Dialog>
  );
}

const changes = (before: readonly string[], after: readonly string[]) => ({
  added: after.filter((one) => !before.includes(one)),
  removed: before.filter((one) => !after.includes(one)),
});
