import Checkbox from "@cloudscape-design/components/checkbox";
import { useState } from "react";
import type { CreateSnapshotRequest } from "../../api/snapshot-types.ts";
import type { Volume } from "../../api/volume-types.ts";
import { usePortal } from "../live/portal-context.ts";
import { Dialog } from "../resources/dialog.tsx";
import { TextField } from "../resources/fields.tsx";
import { labelOf } from "../resources/label.ts";
import { typed } from "../resources/typed.ts";

/** Takes a snapshot of a volume, in use or not. */
export function CreateSnapshot({ volume, onClose }: { volume: Volume; onClose: () => void }) {
  const { cloud } = usePortal();
  const [description, setDescription] = useState("");
  const [freeze, setFreeze] = useState(false);
  const running = Boolean(volume.attachment?.guestDevice);
  const request: CreateSnapshotRequest = { volumeId: volume.id, ...typed({ description }), ...(freeze && { freeze }) };
  return (
    <Dialog
      title={`Create a snapshot of ${labelOf(volume)}`}
      submit="Create snapshot"
      onSubmit={() => cloud.snapshots.create(request)}
      calls={[{ member: "snapshots.create", args: [request] }]}
      onClose={onClose}
    >
      <TextField label="Description" description="May be empty." value={description} onChange={setDescription} />
      {running && (
        <Checkbox
          checked={freeze}
          description="Without it the snapshot holds what the guest has flushed, as after a power cut."
          onChange={({ detail }) => setFreeze(detail.checked)}
        >
          Have the guest write everything first
        </Checkbox>
      )}
    </Dialog>
  );
}
