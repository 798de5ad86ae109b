import Checkbox from "@cloudscape-design/components/checkbox";
import FormField from "@cloudscape-design/components/form-field";
import RadioGroup from "@cloudscape-design/components/radio-group";
import { useState } from "react";
import type { RegisterImageRequest } from "../../api/image-types.ts";
import type { Snapshot } from "../../api/snapshot-types.ts";
import { usePortal } from "../live/portal-context.ts";
import { Dialog } from "../resources/dialog.tsx";
import { ImageNameField } from "./name-field.tsx";

type Choice = "auto" | NonNullable<RegisterImageRequest["bootMode"]>;

const CHOICES: readonly { readonly value: Choice; readonly label: string; readonly description: string }[] = [
  {
    value: "auto",
    label: "As the disk shows",
    description: "By its own boot loader where it has one, else with the kernel of the embedded image.",
  },
  { value: "legacy-bios", label: "By its own boot loader", description: "A BIOS starts it, from the disk or the CD." },
  { value: "kernel", label: "With the embedded image's kernel", description: "The disk is its root file system." },
];

/** Makes an image of a snapshot of a root volume, or of a CD. */
export function RegisterImage({ snapshot, onClose }: { snapshot: Snapshot; onClose: () => void }) {
  const { cloud, notifications } = usePortal();
  const [name, setName] = useState("");
  const [onStore, setOnStore] = useState(false);
  const [choice, setChoice] = useState<Choice>("auto");
  const register = async () => {
    const bootMode = choice === "auto" ? {} : { bootMode: choice };
    const root = onStore ? { rootDeviceType: "instance-store" as const } : {};
    const image = await cloud.images.register({ snapshotId: snapshot.id, name: name.trim(), ...bootMode, ...root });
    notifications.show({
      kind: "success",
      header: `The image ${image.name} is available`,
      message:
        image.bootMode === "legacy-bios" ? "It boots by its own boot loader." : "It boots with the embedded kernel.",
      code: null,
      advice: null,
    });
  };
  return (
    <Dialog
      title={`Register ${snapshot.id} as an image`}
      submit="Register image"
      disabled={name.trim() === ""}
      onSubmit={register}
      onClose={onClose}
    >
      <ImageNameField name={name} onChange={setName} />
      <FormField label="Boot mode">
        <RadioGroup value={choice} items={[...CHOICES]} onChange={({ detail }) => setChoice(detail.value as Choice)} />
      </FormField>
      <Checkbox
        checked={onStore}
        description="What instances write is in memory: they cannot be stopped, and when they end it is gone. At most 10 GiB."
        onChange={({ detail }) => setOnStore(detail.checked)}
      >
        Root volume on an instance store
      </Checkbox>
    </Dialog>
  );
}
