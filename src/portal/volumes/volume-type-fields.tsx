import { NumberField, SelectField } from "../resources/fields.tsx";
import { VOLUME_TYPE_OPTIONS, type VolumeTypeOption, volumeTypeOption } from "./volume-fields.ts";

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
      <SelectField
        label="Type"
        description="How fast the guest finds it."
        value={type.value}
        options={VOLUME_TYPE_OPTIONS}
        onChange={(value) => onTypeChange(volumeTypeOption(value))}
      />
      {type.iops && <NumberField label="IOPS" description={type.iops} value={iops} onChange={onIopsChange} />}
    </>
  );
}
