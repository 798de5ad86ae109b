import FormField from "@cloudscape-design/components/form-field";
import Input from "@cloudscape-design/components/input";
import Textarea from "@cloudscape-design/components/textarea";
import { useState } from "react";
import type { Policy } from "../../api/types.ts";
import { usePortal } from "../live/portal-context.ts";
import { Dialog } from "../resources/dialog.tsx";

const TEMPLATE = `{
  "Version": "2012-10-17",
  "Statement": [
    {
      "Sid": "StopAndStartOwn",
      "Effect": "Allow",
      "Action": ["ec2:Describe*", "ec2:StopInstances", "ec2:StartInstances"],
      "Resource": "*"
    }
  ]
}`;

/** A policy's JSON: a new one, one of the account's to be changed, or one of AWS's to be read. What is wrong is told with its place. */
export function PolicyEditor({ policy, onClose }: { policy: Policy | null; onClose: () => void }) {
  const { cloud } = usePortal();
  const { access } = cloud;
  const [policyName, setName] = useState("");
  const [description, setDescription] = useState("");
  const [policyDocument, setDocument] = useState(policy?.document ?? TEMPLATE);
  const isAws = policy?.isAws ?? false;
  const save = async () => {
    const more = description === "" ? {} : { description };
    if (policy === null) await access.createPolicy({ policyName: policyName.trim(), policyDocument, ...more });
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
        <FormField label="Name">
          <Input value={policyName} spellcheck={false} onChange={({ detail }) => setName(detail.value)} />
        </FormField>
      )}
      {policy === null && (
        <FormField label="Description">
          <Input value={description} onChange={({ detail }) => setDescription(detail.value)} />
        </FormField>
      )}
      <FormField label="JSON" stretch>
        <Textarea
          value={policyDocument}
          rows={16}
          spellcheck={false}
          readOnly={isAws}
          onChange={({ detail }) => setDocument(detail.value)}
        />
      </FormField>
    </Dialog>
  );
}
