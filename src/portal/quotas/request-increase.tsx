import FormField from "@cloudscape-design/components/form-field";
import Input from "@cloudscape-design/components/input";
import Textarea from "@cloudscape-design/components/textarea";
import { useState } from "react";
import type { Quota, RequestQuota } from "../../api/quota-types.ts";
import { usePortal } from "../live/portal-context.ts";
import { Dialog } from "../resources/dialog.tsx";

/** Asks for more than a quota allows. */
export function RequestIncrease({ quota, onClose }: { quota: Quota; onClose: () => void }) {
  const { cloud } = usePortal();
  const [desired, setDesired] = useState("");
  const [reason, setReason] = useState("");
  const request: RequestQuota = {
    code: quota.code,
    desiredValue: Number(desired),
    region: quota.region,
    ...(reason.trim() !== "" && { reason: reason.trim() }),
  };
  return (
    <Dialog
      title={`Request an increase of ${quota.name}`}
      submit="Send request"
      disabled={desired.trim() === ""}
      onSubmit={() => cloud.quotas.request(request)}
      calls={[{ member: "quotas.request", args: [request] }]}
      onClose={onClose}
    >
      <FormField
        label={`Desired value (${quota.unit})`}
        description={`It is ${quota.value} now; up to ${quota.most} can be asked for. The root user decides.`}
      >
        <Input
          value={desired}
          type="number"
          inputMode="numeric"
          step={1}
          onChange={({ detail }) => setDesired(detail.value)}
        />
      </FormField>
      <FormField label="Reason" description="For whoever decides. Optional.">
        <Textarea value={reason} rows={3} onChange={({ detail }) => setReason(detail.value)} />
      </FormField>
    </Dialog>
  );
}
