import ExpandableSection from "@cloudscape-design/components/expandable-section";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useState } from "react";
import type { Image } from "../../api/types.ts";
import { AttributeFields } from "../instance/attribute-fields.tsx";
import { PasswordField, TextField } from "../resources/fields.tsx";
import type { LaunchErrors, LaunchFields } from "./launch-form.ts";
import { UserDataField } from "./user-data-field.tsx";

interface AdvancedFieldsProps {
  readonly image: Image | undefined;
  readonly fields: LaunchFields;
  readonly errors: LaunchErrors;
  readonly onChange: (change: Partial<LaunchFields>) => void;
}

/** What is seldom changed: placement, user data, protection, what becomes of the instance in case. */
export function AdvancedFields({ image, fields, errors, onChange }: AdvancedFieldsProps) {
  const [expanded, setExpanded] = useState(false);
  const wrong = [errors.userData, errors.zone, errors.password].some((error) => error !== undefined);
  return (
    <ExpandableSection
      headerText="Advanced details"
      // An error must not be hidden.
      expanded={expanded || wrong}
      onChange={({ detail }) => setExpanded(detail.expanded)}
    >
      <SpaceBetween size="l">
        <UserDataField
          label="User data – optional"
          value={fields.userData}
          error={errors.userData}
          onChange={(userData) => onChange({ userData })}
        />
        <PasswordField
          isNew
          label="Password – optional"
          description="Of the login user: 8 characters or more, of three of the classes lower case, upper case, digits, others. Without one there is no login by password."
          error={errors.password}
          value={fields.password}
          onChange={(password) => onChange({ password })}
        />
        <TextField
          label="Availability zone"
          description="Empty: us-east-1a."
          error={errors.zone}
          value={fields.zone}
          placeholder="us-east-1a"
          onChange={(zone) => onChange({ zone })}
        />
        <AttributeFields rootDeviceType={image?.rootDeviceType ?? "ebs"} values={fields} onChange={onChange} />
      </SpaceBetween>
    </ExpandableSection>
  );
}
