import FormField from "@cloudscape-design/components/form-field";
import Input from "@cloudscape-design/components/input";
import { useState } from "react";
import { Dialog } from "../resources/dialog.tsx";

interface CreateNamedProps {
  readonly kind: "user" | "group";
  readonly onCreate: (name: string) => Promise<unknown>;
  readonly onClose: () => void;
}

/** Makes a user or a group, which have nothing but a name at first. */
export function CreateNamed({ kind, onCreate, onClose }: CreateNamedProps) {
  const [name, setName] = useState("");
  return (
    <Dialog
      title={`Create a ${kind}`}
      submit={`Create ${kind}`}
      disabled={name.trim() === ""}
      onSubmit={() => onCreate(name.trim())}
      onClose={onClose}
    >
      <FormField label="Name" constraintText="Letters, digits and _+=,.@-">
        <Input value={name} spellcheck={false} onChange={({ detail }) => setName(detail.value)} />
      </FormField>
    </Dialog>
  );
}
