import type { SelectProps } from "@cloudscape-design/components/select";
import type { Image } from "../../api/types.ts";
import { usePortal } from "../live/portal-context.ts";
import { SelectField } from "../resources/fields.tsx";
import { describeType, whyTypeDoesNotFit } from "./launch-form.ts";

interface TypeFieldProps {
  readonly type: string;
  readonly description?: string;
  readonly error?: string | undefined;
  /** What is to run on it; types that it does not fit cannot be chosen. */
  readonly image?: Image | undefined;
  /** Before the types. */
  readonly others?: readonly SelectProps.Option[];
  readonly onChange: (type: string) => void;
}

/** The instance type. */
export function TypeField({ type, image, others = [], ...field }: TypeFieldProps) {
  const { cloud } = usePortal();
  const types = cloud.instanceTypes.map((one) => {
    const reason = whyTypeDoesNotFit(one, image);
    return {
      value: one.name,
      label: one.name,
      description: describeType(one),
      ...(reason !== null && { disabled: true, disabledReason: reason }),
    };
  });
  return <SelectField label="Type" {...field} value={type} options={[...others, ...types]} triggerVariant="option" />;
}
