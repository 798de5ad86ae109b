import Box from "@cloudscape-design/components/box";
import { useState } from "react";
import type { DecideQuota, QuotaRequest } from "../../api/quota-types.ts";
import { usePortal } from "../live/portal-context.ts";
import { Dialog } from "../resources/dialog.tsx";
import { NumberField, TextField } from "../resources/fields.tsx";
import { typed } from "../resources/typed.ts";

interface DecideRequestProps {
  readonly request: QuotaRequest;
  /** The quota's. */
  readonly name: string;
  readonly action: "approve" | "deny";
  readonly onClose: () => void;
}

/** The root user's answer. */
export function DecideRequest({ request, name, action, onClose }: DecideRequestProps) {
  const { cloud } = usePortal();
  const [value, setValue] = useState(String(request.desiredValue));
  const [comment, setComment] = useState("");
  const decision: DecideQuota = {
    requestId: request.id,
    decision: action,
    ...(action === "approve" && { value: Number(value) }),
    ...typed({ comment }),
  };
  const isApproval = action === "approve";
  return (
    <Dialog
      title={isApproval ? "Approve the request?" : "Deny the request?"}
      submit={isApproval ? "Approve" : "Deny"}
      disabled={isApproval && value.trim() === ""}
      onSubmit={() => cloud.quotas.decide(decision)}
      calls={[{ member: "quotas.decide", args: [decision] }]}
      onClose={onClose}
    >
      <Box>
        {request.requestedBy} asks for {request.desiredValue} of “{name}” in {request.region}, account{" "}
        {request.accountId}
        {request.reason === "" ? "." : `: “${request.reason}”`}
      </Box>
      {isApproval && (
        <NumberField
          label="Value"
          description="Less than what was asked for approves it in part."
          value={value}
          step={1}
          onChange={setValue}
        />
      )}
      <TextField
        label="Comment"
        description="For whoever asked. Optional."
        value={comment}
        spellcheck
        onChange={setComment}
      />
    </Dialog>
  );
}
