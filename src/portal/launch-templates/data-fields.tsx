import SpaceBetween from "@cloudscape-design/components/space-between";
import { KeyField } from "../launch/key-field.tsx";
import { TypeField } from "../launch/type-field.tsx";
import { UserDataField } from "../launch/user-data-field.tsx";
import { useImages } from "../live/use-images.ts";
import { SelectField, TextAreaField } from "../resources/fields.tsx";
import type { TemplateFields } from "./template-data.ts";

interface DataFieldsProps {
  readonly fields: TemplateFields;
  readonly onChange: (fields: TemplateFields) => void;
}

const UNSAID = { value: "", label: "Not in the template" };

/** What a launch template says: the common things as fields, the others as JSON. */
export function DataFields({ fields, onChange }: DataFieldsProps) {
  const images = useImages() ?? [];
  const set = (change: Partial<TemplateFields>) => onChange({ ...fields, ...change });
  return (
    <SpaceBetween size="m">
      <SelectField
        label="Image"
        options={[
          UNSAID,
          ...images.map(({ id, name, kind }) => ({ value: kind === "embedded" ? name : id, label: name })),
        ]}
        value={fields.image}
        onChange={(image) => set({ image })}
      />
      <TypeField type={fields.type} others={[UNSAID]} onChange={(type) => set({ type })} />
      <KeyField keyName={fields.keyName} onChange={(keyName) => set({ keyName })} />
      <UserDataField label="User data" value={fields.userData} onChange={(userData) => set({ userData })} />
      <TextAreaField
        label="Everything else, as JSON"
        description='As instances.launch takes it, e.g. {"tags": {"team": "web"}, "rootVolumeGiB": 2}'
        value={fields.more}
        rows={4}
        onChange={(more) => set({ more })}
      />
    </SpaceBetween>
  );
}
