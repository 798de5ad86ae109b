import { useState } from "react";
import type { Quota, RequestQuota } from "../../api/quota-types.ts";
import { usePortal } from "../live/portal-context.ts";
import { Dialog } from "../resources/dialog.tsx";
import { NumberField, TextAreaField } from "../resources/fields.tsx";
import { typed } from "../resources/typed.ts";

/** Asks for more than a quota allows. */
export function RequestIncrease({ quota, onClose }: { quota: Quota; onClose: () => void }) {
  const { cloud } = usePortal();
  const [desired, setDesired] = useState("");
  const [reason, setReason] = useState("");
  const request: RequestQuota = {
    code: quota.code,
    desiredValue: Number(desired),
    region: quota.region,
    ...typed({ reason }),
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
      <NumberField
        label={`Desired value (${quota.unit})`}
        description={`It is ${quota.value} now; up to ${quota.most} can be asked for. The root user decides.`}
        value={desired}
        step={1}
        onChange={setDesired}
      />
      <TextAreaField
        label="Reason"
        description="For whoever decides. Optional."
        value={reason}
        rows={3}
        spellcheck
        onChange={setReason}
      />
    </Dialog>
  );
}
