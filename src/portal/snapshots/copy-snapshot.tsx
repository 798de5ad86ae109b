import { useState } from "react";
import type { Snapshot } from "../../api/snapshot-types.ts";
import { EncryptedField } from "../encryption/encrypted-field.tsx";
import { RegionField } from "../images/region-field.tsx";
import { usePortal } from "../live/portal-context.ts";
import { Dialog } from "../resources/dialog.tsx";
import { labelOf } from "../resources/label.ts";

/** Copies a snapshot, into another region or beside it (F50). */
export function CopySnapshot({ snapshot, onClose }: { snapshot: Snapshot; onClose: () => void }) {
  const { cloud } = usePortal();
  const [region, setRegion] = useState("us-east-1");
  const [encrypted, setEncrypted] = useState(false);
  const description = `Copied from ${snapshot.id} (${snapshot.region})`;
  const request = { snapshotId: snapshot.id, description, region, ...(encrypted && { encrypted }) };
  return (
    <Dialog
      title={`Copy ${labelOf(snapshot)}`}
      submit="Copy"
      onSubmit={() => cloud.snapshots.copy(request)}
      calls={[{ member: "snapshots.copy", args: [request] }]}
      onClose={onClose}
    >
      <RegionField region={region} onChange={setRegion} />
      <EncryptedField
        label="Encrypt the copy"
        checked={encrypted}
        encryptedSource={snapshot.encrypted ? "snapshot" : null}
        onChange={setEncrypted}
      />
    </Dialog>
  );
}
