import { useState } from "react";
import { Dialog } from "../resources/dialog.tsx";
import { TextField } from "../resources/fields.tsx";

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
      <TextField label="Name" constraint="Letters, digits and _+=,.@-" value={name} onChange={setName} />
    </Dialog>
  );
}
