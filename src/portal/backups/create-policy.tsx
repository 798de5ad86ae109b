import Checkbox from "@cloudscape-design/components/checkbox";
import FormField from "@cloudscape-design/components/form-field";
import Input from "@cloudscape-design/components/input";
import Select from "@cloudscape-design/components/select";
import { useState } from "react";
import { instanceLabel } from "../actions/perform.ts";
import { usePortal } from "../live/portal-context.ts";
import { useInstances } from "../live/use-instances.ts";
import { Dialog } from "../resources/dialog.tsx";
import { labelOf } from "../volumes/volume-label.ts";

/** Has backups made by the clock. */
export function CreatePolicy({ onClose }: { onClose: () => void }) {
  const { cloud } = usePortal();
  const instances = useInstances(cloud).filter(({ state }) => state !== "terminated" && state !== "shutting-down");
  const [target, setTarget] = useState("");
  const [everyHours, setEveryHours] = useState("24");
  const [keep, setKeep] = useState("7");
  const [freeze, setFreeze] = useState(false);
  const groups = [
    {
      label: "All volumes of an instance, at one point in time",
      options: instances.map((instance) => ({ value: instance.id, label: instanceLabel(instance) })),
    },
    {
      label: "One volume",
      options: cloud.volumes.list().map((volume) => ({ value: volume.id, label: labelOf(volume) })),
    },
  ];
  const create = () =>
    cloud.backups.create({
      ...(target.startsWith("i-") ? { instanceId: target } : { volumeId: target }),
      everyHours: Number(everyHours),
      keep: Number(keep),
      freeze,
    });
  return (
    <Dialog
      title="Create a backup policy"
      submit="Create policy"
      disabled={target === ""}
      onSubmit={create}
      onClose={onClose}
    >
      <FormField label="What to back up">
        <Select
          selectedOption={groups.flatMap(({ options }) => options).find(({ value }) => value === target) ?? null}
          options={groups}
          placeholder="Choose an instance or a volume"
          onChange={({ detail }) => setTarget(detail.selectedOption.value ?? "")}
        />
      </FormField>
      <FormField label="Every (hours)" description="While this page is open; what was missed is caught up.">
        <Input
          value={everyHours}
          type="number"
          inputMode="numeric"
          onChange={({ detail }) => setEveryHours(detail.value)}
        />
      </FormField>
      <FormField label="Backups to keep">
        <Input value={keep} type="number" inputMode="numeric" onChange={({ detail }) => setKeep(detail.value)} />
      </FormField>
      <Checkbox checked={freeze} onChange={({ detail }) => setFreeze(detail.checked)}>
        Have the guest write everything first
      </Checkbox>
    </Dialog>
  );
}
