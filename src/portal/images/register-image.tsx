import FormField from "@cloudscape-design/components/form-field";
import Input from "@cloudscape-design/components/input";
import { useState } from "react";
import type { Snapshot } from "../../api/snapshot-types.ts";
import { usePortal } from "../live/portal-context.ts";
import { Dialog } from "../resources/dialog.tsx";

/** Makes an image of a snapshot of a root volume. */
export function RegisterImage({ snapshot, onClose }: { snapshot: Snapshot; onClose: () => void }) {
  const { cloud } = usePortal();
  const [name, setName] = useState("");
  return (
    <Dialog
      title={`Register ${snapshot.id} as an image`}
      submit="Register image"
      disabled={name.trim() === ""}
      onSubmit={() => cloud.images.register({ snapshotId: snapshot.id, name: name.trim() })}
      onClose={onClose}
    >
      <FormField label="Image name" description="3 to 128 letters, digits and ( ) [ ] . / - ' @ _.">
        <Input value={name} autoComplete={false} spellcheck={false} onChange={({ detail }) => setName(detail.value)} />
      </FormField>
    </Dialog>
  );
}
