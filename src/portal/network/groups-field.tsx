import { usePortal } from "../live/portal-context.ts";
import { useRerenderOn } from "../live/use-live.ts";
import { MultiselectField } from "../resources/fields.tsx";

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
    <MultiselectField
      label="Security groups"
      description={description}
      error={error}
      options={options}
      placeholder="Choose security groups"
      values={groupIds}
      onChange={onChange}
    />
  );
}
