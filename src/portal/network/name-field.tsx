import { TextField } from "../resources/fields.tsx";

/** The tag by which something new is told from others. */
export function NameField({ name, onChange }: { name: string; onChange: (name: string) => void }) {
  return (
    <TextField label="Name" description="To tell it from others; may be empty." value={name} onChange={onChange} />
  );
}
