import Alert from "@cloudscape-design/components/alert";
import { useState } from "react";
import type { Volume } from "../../api/volume-types.ts";
import { formatDateTime } from "../format/time.ts";
import { usePortal } from "../live/portal-context.ts";
import { useRerenderOn } from "../live/use-live.ts";
import { Dialog } from "../resources/dialog.tsx";
import { SelectField } from "../resources/fields.tsx";
import { labelOf } from "../resources/label.ts";

/** Makes a volume what it was when one of its snapshots was taken. */
export function RollBackVolume({ volume, onClose }: { volume: Volume; onClose: () => void }) {
  const { cloud } = usePortal();
  useRerenderOn(cloud.snapshots.onChange);
  const [snapshotId, setSnapshotId] = useState("");
  const options = cloud.snapshots
    .list()
    .filter((snapshot) => snapshot.volumeId === volume.id && snapshot.state === "completed")
    .reverse()
    .map((snapshot) => ({
      value: snapshot.id,
      label: labelOf(snapshot),
      description: [formatDateTime(snapshot.startTime), snapshot.description].filter(Boolean).join(" – "),
    }));
  const request = { volumeId: volume.id, snapshotId };
  return (
    <Dialog
      title={`Roll back ${labelOf(volume)}`}
      submit="Roll back"
      disabled={snapshotId === ""}
      onSubmit={() => cloud.volumes.rollback(request)}
      calls={[{ member: "volumes.rollback", args: [request] }]}
      onClose={onClose}
    >
      <SelectField
        label="Snapshot"
        value={snapshotId}
        options={options}
        placeholder="Choose a snapshot"
        empty="This volume has no snapshot"
        onChange={setSnapshotId}
      />
      <Alert type="warning">What has been written to the volume since then is lost.</Alert>
    </Dialog>
  );
}
