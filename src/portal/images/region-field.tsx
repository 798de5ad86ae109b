import { REGIONS } from "../../api/regions.ts";
import { SelectField } from "../resources/fields.tsx";

const OPTIONS = REGIONS.map((value) => ({ value }));

interface RegionFieldProps {
  readonly region: string;
  readonly description?: string;
  readonly error?: string | undefined;
  readonly onChange: (region: string) => void;
}

/** Where something new, such as a copy, shall be. */
export function RegionField(props: RegionFieldProps) {
  const { region, description = "Instances and volumes are made of it there alone.", error, onChange } = props;
  return (
    <SelectField
      label="Region"
      description={description}
      error={error}
      value={region}
      options={OPTIONS}
      filteringType="auto"
      onChange={onChange}
    />
  );
}
