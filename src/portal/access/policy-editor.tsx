import { useState } from "react";
import type { Policy } from "../../api/types.ts";
import { usePortal } from "../live/portal-context.ts";
import { Dialog } from "../resources/dialog.tsx";
import { TextAreaField, TextField } from "../resources/fields.tsx";
import { typed } from "../resources/typed.ts";
import { POLICY_TEMPLATE } from "./policy-template.ts";

/** A policy's JSON: a new one, one of the account's to be changed, or one of AWS's to be read. What is wrong is told with its place. */
export function PolicyEditor({ policy, onClose }: { policy: Policy | null; onClose: () => void }) {
  const { cloud } = usePortal();
  const { access } = cloud;
  const [policyName, setName] = useState("");
  const [description, setDescription] = useState("");
  const [policyDocument, setDocument] = useState(policy?.document ?? POLICY_TEMPLATE);
  const isAws = policy?.isAws ?? false;
  const save = async () => {
    if (policy === null)
      await access.createPolicy({ policyName: policyName.trim(), policyDocument, ...typed({ description }) });
    else if (!isAws) await access.createPolicyVersion({ policyArn: policy.arn, policyDocument });
  };
  return (
    <Dialog
      title={policy === null ? "Create a policy" : policy.policyName}
      submit={policy === null ? "Create policy" : isAws ? "Close" : "Save"}
      disabled={policy === null && policyName.trim() === ""}
      onSubmit={save}
      onClose={onClose}
    >
      {policy === null && (
        <>
          <TextField label="Name" value={policyName} onChange={setName} />
          <TextField label="Description" value={description} spellcheck onChange={setDescription} />
        </>
      )}
      <TextAreaField label="JSON" value={policyDocument} rows={16} readOnly={isAws} onChange={setDocument} />
    </Dialog>
  );
}
