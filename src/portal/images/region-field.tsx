import FormField from "@cloudscape-design/components/form-field";
import Select from "@cloudscape-design/components/select";
import { REGIONS } from "../../api/regions.ts";

/** Where a copy shall be. */
export function RegionField({ region, onChange }: { region: string; onChange: (region: string) => void }) {
  return (
    <FormField label="Region" description="Instances and volumes are made of it there alone.">
      <Select
        selectedOption={{ value: region }}
        options={REGIONS.map((value) => ({ value }))}
        filteringType="auto"
        onChange={({ detail }) => onChange(detail.selectedOption.value ?? region)}
      />
    </FormField>
  );
}
