import type { Instance } from "../../api/types.ts";
import { SelectField } from "../resources/fields.tsx";
import { labelOf } from "../resources/label.ts";

interface InstanceFieldProps {
  /** Those that can be chosen. */
  readonly instances: readonly Instance[];
  readonly label?: string;
  readonly description: string;
  readonly error?: string | undefined;
  readonly instanceId: string;
  readonly onChange: (instanceId: string) => void;
}

/** One of some instances. */
export function InstanceField({
  instances,
  label = "Instance",
  description,
  error,
  instanceId,
  onChange,
}: InstanceFieldProps) {
  return (
    <SelectField
      label={label}
      description={description}
      error={error}
      value={instanceId}
      options={instances.map((instance) => ({
        value: instance.id,
        label: labelOf(instance),
        description:
          instance.privateIpAddress === null ? instance.state : `${instance.state}, ${instance.privateIpAddress}`,
      }))}
      placeholder="Choose an instance"
      empty="There is none that it can be"
      onChange={onChange}
    />
  );
}
