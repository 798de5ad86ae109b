import Checkbox from "@cloudscape-design/components/checkbox";
import { useState } from "react";
import { usePortal } from "../live/portal-context.ts";
import { useInstances } from "../live/use-live.ts";
import { Dialog } from "../resources/dialog.tsx";
import { NumberField, SelectField } from "../resources/fields.tsx";
import { labelOf } from "../resources/label.ts";

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
      options: instances.map((instance) => ({ value: instance.id, label: labelOf(instance) })),
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
      <SelectField
        label="What to back up"
        value={target}
        options={groups}
        placeholder="Choose an instance or a volume"
        onChange={setTarget}
      />
      <NumberField
        label="Every (hours)"
        description="While this page is open; what was missed is caught up."
        value={everyHours}
        onChange={setEveryHours}
      />
      <NumberField label="Backups to keep" value={keep} onChange={setKeep} />
      <Checkbox checked={freeze} onChange={({ detail }) => setFreeze(detail.checked)}>
        Have the guest write everything first
      </Checkbox>
    </Dialog>
  );
}
