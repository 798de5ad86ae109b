import { REGIONS } from "../../api/regions.ts";
import { SelectField } from "../resources/fields.tsx";

const OPTIONS = REGIONS.map((value) => ({ value }));

/** Where a copy shall be. */
export function RegionField({ region, onChange }: { region: string; onChange: (region: string) => void }) {
  return (
    <SelectField
      label="Region"
      description="Instances and volumes are made of it there alone."
      value={region}
      options={OPTIONS}
      filteringType="auto"
      onChange={onChange}
    />
  );
}
