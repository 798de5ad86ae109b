import { useState } from "react";
import type { Volume } from "../../api/volume-types.ts";
import { InstanceField } from "../instances/instance-field.tsx";
import { usePortal } from "../live/portal-context.ts";
import { useInstances } from "../live/use-live.ts";
import { Dialog } from "../resources/dialog.tsx";
import { TextField } from "../resources/fields.tsx";
import { labelOf } from "../resources/label.ts";

/** Attaches a volume to an instance that runs or has stopped. */
export function AttachVolume({ volume, onClose }: { volume: Volume; onClose: () => void }) {
  const { cloud, notifications } = usePortal();
  const candidates = useInstances(cloud).filter(({ state }) => state === "running" || state === "stopped");
  const [instanceId, setInstanceId] = useState("");
  const [device, setDevice] = useState("");

  const name = device.trim();
  const request = { volumeId: volume.id, instanceId, ...(name !== "" && { device: name }) };
  const attach = async () => {
    const attached = await cloud.volumes.attach(request);
    const seen = attached.attachment?.guestDevice;
    notifications.show({
      kind: "success",
      header: `${labelOf(volume)} is attached`,
      message: seen ? `The guest has it as ${seen}.` : "The guest will have it when it starts.",
      code: null,
      advice: null,
    });
  };

  return (
    <Dialog
      title={`Attach ${labelOf(volume)}`}
      submit="Attach volume"
      disabled={instanceId === ""}
      onSubmit={attach}
      calls={[{ member: "volumes.attach", args: [request] }]}
      onClose={onClose}
    >
      <InstanceField
        instances={candidates}
        description="Running: it has the disk at once. Stopped: when it starts."
        instanceId={instanceId}
        onChange={setInstanceId}
      />
      <TextField
        label="Device name"
        description="As /dev/sdf. Empty: the first that is free."
        value={device}
        placeholder="/dev/sdf"
        onChange={setDevice}
      />
    </Dialog>
  );
}
