import FormField from "@cloudscape-design/components/form-field";
import Input from "@cloudscape-design/components/input";
import Select from "@cloudscape-design/components/select";
import { useState } from "react";
import type { Volume } from "../../api/volume-types.ts";
import { instanceLabel } from "../actions/perform.ts";
import { usePortal } from "../live/portal-context.ts";
import { useInstances } from "../live/use-instances.ts";
import { Dialog } from "../resources/dialog.tsx";
import { labelOf } from "./volume-label.ts";

/** Attaches a volume to an instance that runs or has stopped. */
export function AttachVolume({ volume, onClose }: { volume: Volume; onClose: () => void }) {
  const { cloud, notifications } = usePortal();
  const candidates = useInstances(cloud).filter(({ state }) => state === "running" || state === "stopped");
  const [instanceId, setInstanceId] = useState("");
  const [device, setDevice] = useState("");
  const options = candidates.map((instance) => ({
    value: instance.id,
    label: instanceLabel(instance),
    description: instance.state,
  }));

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
      <FormField label="Instance" description="Running: it has the disk at once. Stopped: when it starts.">
        <Select
          selectedOption={options.find(({ value }) => value === instanceId) ?? null}
          options={options}
          placeholder="Choose an instance"
          empty="No instance runs or is stopped"
          onChange={({ detail }) => setInstanceId(detail.selectedOption.value ?? "")}
        />
      </FormField>
      <FormField label="Device name" description="As /dev/sdf. Empty: the first that is free.">
        <Input
          value={device}
          placeholder="/dev/sdf"
          autoComplete={false}
          spellcheck={false}
          onChange={({ detail }) => setDevice(detail.value)}
        />
      </FormField>
    </Dialog>
  );
}
