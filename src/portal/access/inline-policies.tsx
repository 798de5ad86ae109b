import Button from "@cloudscape-design/components/button";
import { useState } from "react";
import { usePortal } from "../live/portal-context.ts";
import { useLoaded } from "../live/use-loaded.ts";
import { Dialog } from "../resources/dialog.tsx";
import { SelectField, TextAreaField, TextField } from "../resources/fields.tsx";
import { useAction } from "../resources/use-action.ts";
import { DeniedAlert } from "./denied-alert.tsx";
import type { Holder } from "./holder.ts";
import { POLICY_TEMPLATE } from "./policy-template.ts";

/** Of the field that chooses one; no policy can be called so. */
const NEW = { value: "", label: "A new one" };

/** The policies that only this user, or this group, has: they go with it. */
export function InlinePolicies({ holder, onClose }: { holder: Holder; onClose: () => void }) {
  const { access } = usePortal().cloud;
  const policies = useLoaded(holder.listPolicies, [access.onChange]);
  const [chosen, setChosen] = useState(NEW.value);
  const [name, setName] = useState("");
  const [document, setDocument] = useState(POLICY_TEMPLATE);
  const run = useAction();
  const isNew = chosen === NEW.value;
  const choose = (policyName: string) => {
    setChosen(policyName);
    setDocument(policies.value?.find((one) => one.name === policyName)?.document ?? POLICY_TEMPLATE);
  };
  const save = async () => {
    const policyName = isNew ? name.trim() : chosen;
    await holder.putPolicy(policyName, document);
    setChosen(policyName);
    setName("");
  };
  const remove = async () => {
    await holder.deletePolicy(chosen);
    choose(NEW.value);
  };
  return (
    <Dialog
      title={`Inline policies of ${holder.name}`}
      submit={isNew ? "Create policy" : "Save"}
      disabled={isNew && name.trim() === ""}
      keepOpen
      onSubmit={save}
      onClose={onClose}
    >
      {policies.error !== null && <DeniedAlert error={policies.error} />}
      <SelectField
        label="Policy"
        description={`${holder.name}'s alone: it goes when ${holder.name} goes.`}
        value={chosen}
        options={[NEW, ...(policies.value ?? []).map((policy) => ({ value: policy.name }))]}
        onChange={choose}
      />
      {isNew && <TextField label="Name" constraint="Letters, digits and _+=,.@-" value={name} onChange={setName} />}
      <TextAreaField label="JSON" value={document} rows={14} onChange={setDocument} />
      {!isNew && (
        <Button formAction="none" onClick={() => run(`Could not delete ${chosen}`, remove)}>
          Delete this policy
        </Button>
      )}
    </Dialog>
  );
}
