import FormField from "@cloudscape-design/components/form-field";
import Multiselect from "@cloudscape-design/components/multiselect";
import { usePortal } from "../live/portal-context.ts";
import { useRerenderOn } from "../live/use-live.ts";

interface GroupsFieldProps {
  readonly description: string;
  readonly error?: string | undefined;
  /** Whose groups can be chosen. */
  readonly vpcId: string | undefined;
  readonly groupIds: readonly string[];
  readonly onChange: (groupIds: readonly string[]) => void;
}

/** The security groups of an interface. */
export function GroupsField({ description, error, vpcId, groupIds, onChange }: GroupsFieldProps) {
  const { securityGroups } = usePortal().cloud;
  useRerenderOn(securityGroups.onChange);
  const options = securityGroups
    .list()
    .filter((group) => group.vpcId === vpcId)
    .map((group) => ({ value: group.id, label: group.name, labelTag: group.id, description: group.description }));
  return (
    <FormField label="Security groups" description={description} errorText={error}>
      <Multiselect
        options={options}
        filteringType="auto"
        placeholder="Choose security groups"
        selectedOptions={groupIds.map((id) => options.find(({ value }) => value === id) ?? { value: id })}
        onChange={({ detail }) => onChange(detail.selectedOptions.map(({ value = "" }) => value))}
      />
    </FormField>
  );
}
