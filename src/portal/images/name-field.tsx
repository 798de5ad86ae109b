import { TextField } from "../resources/fields.tsx";

/** The name of an image that is made. */
export function ImageNameField({ name, onChange }: { name: string; onChange: (name: string) => void }) {
  return (
    <TextField
      label="Image name"
      description="3 to 128 letters, digits and ( ) [ ] . / - ' @ _."
      value={name}
      onChange={onChange}
    />
  );
}
