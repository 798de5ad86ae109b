import FormField from "@cloudscape-design/components/form-field";
import Input from "@cloudscape-design/components/input";
import Select from "@cloudscape-design/components/select";
import { VOLUME_TYPE_OPTIONS, type VolumeTypeOption } from "./volume-fields.ts";

interface VolumeTypeFieldsProps {
  readonly type: VolumeTypeOption;
  readonly iops: string;
  readonly onTypeChange: (type: VolumeTypeOption) => void;
  readonly onIopsChange: (iops: string) => void;
}

/** The type of a volume, and its IOPS where they are provisioned. */
export function VolumeTypeFields({ type, iops, onTypeChange, onIopsChange }: VolumeTypeFieldsProps) {
  return (
    <>
      <FormField label="Type" description="How fast the guest finds it.">
        <Select
          selectedOption={type}
          options={VOLUME_TYPE_OPTIONS}
          onChange={({ detail }) => onTypeChange(detail.selectedOption as VolumeTypeOption)}
        />
      </FormField>
      {type.iops && (
        <FormField label="IOPS" description={type.iops}>
          <Input value={iops} type="number" inputMode="numeric" onChange={({ detail }) => onIopsChange(detail.value)} />
        </FormField>
      )}
    </>
  );
}
