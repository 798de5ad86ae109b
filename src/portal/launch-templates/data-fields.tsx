import FormField from "@cloudscape-design/components/form-field";
import Select from "@cloudscape-design/components/select";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Textarea from "@cloudscape-design/components/textarea";
import { KeyField } from "../launch/key-field.tsx";
import { usePortal } from "../live/portal-context.ts";
import { useImages } from "../live/use-images.ts";
import type { TemplateFields } from "./template-data.ts";

interface DataFieldsProps {
  readonly fields: TemplateFields;
  readonly onChange: (fields: TemplateFields) => void;
}

const UNSAID = { value: "", label: "Not in the template" };

/** What a launch template says: the common things as fields, the others as JSON. */
export function DataFields({ fields, onChange }: DataFieldsProps) {
  const { cloud } = usePortal();
  const images = useImages() ?? [];
  const set = (change: Partial<TemplateFields>) => onChange({ ...fields, ...change });
  const imageOptions = images.map(({ id, name, kind }) => ({ value: kind === "embedded" ? name : id, label: name }));
  const typeOptions = cloud.instanceTypes.map(({ name, memoryMiB }) => ({
    value: name,
    label: name,
    description: `${memoryMiB} MiB`,
  }));
  const chosen = (options: readonly { value: string; label: string }[], value: string) =>
    options.find((option) => option.value === value) ?? (value === "" ? UNSAID : { value, label: value });
  return (
    <SpaceBetween size="m">
      <FormField label="Image">
        <Select
          options={[UNSAID, ...imageOptions]}
          selectedOption={chosen(imageOptions, fields.image)}
          onChange={({ detail }) => set({ image: detail.selectedOption.value ?? "" })}
        />
      </FormField>
      <FormField label="Instance type">
        <Select
          options={[UNSAID, ...typeOptions]}
          selectedOption={chosen(typeOptions, fields.type)}
          onChange={({ detail }) => set({ type: detail.selectedOption.value ?? "" })}
        />
      </FormField>
      <KeyField keyName={fields.keyName} error={undefined} onChange={(keyName) => set({ keyName })} />
      <FormField label="User data" description="A script (#!…) or #cloud-config, run once at the first start.">
        <Textarea
          value={fields.userData}
          rows={4}
          spellcheck={false}
          onChange={({ detail }) => set({ userData: detail.value })}
        />
      </FormField>
      <FormField
        label="Everything else, as JSON"
        description='As instances.launch takes it, e.g. {"tags": {"team": "web"}, "rootVolumeGiB": 2}'
      >
        <Textarea
          value={fields.more}
          rows={4}
          spellcheck={false}
          onChange={({ detail }) => set({ more: detail.value })}
        />
      </FormField>
    </SpaceBetween>
  );
}
