import ExpandableSection from "@cloudscape-design/components/expandable-section";
import FormField from "@cloudscape-design/components/form-field";
import Input from "@cloudscape-design/components/input";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Textarea from "@cloudscape-design/components/textarea";
import { useState } from "react";
import type { Image } from "../../api/types.ts";
import { AttributeFields } from "../instance/attribute-fields.tsx";
import type { LaunchErrors, LaunchFields } from "./launch-form.ts";

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
        <FormField
          label="User data – optional"
          description="A script that begins with #!, run as root at the first start, or a #cloud-config. At most 16 KiB."
          errorText={errors.userData}
        >
          <Textarea
            value={fields.userData}
            rows={6}
            spellcheck={false}
            placeholder={'#!/bin/sh\necho "hello from $(hostname)"'}
            onChange={({ detail }) => onChange({ userData: detail.value })}
          />
        </FormField>
        <FormField
          label="Password – optional"
          description="Of the login user: 8 characters or more, of three of the classes lower case, upper case, digits, others. Without one there is no login by password."
          errorText={errors.password}
        >
          <Input
            value={fields.password}
            type="password"
            autoComplete="new-password"
            onChange={({ detail }) => onChange({ password: detail.value })}
          />
        </FormField>
        <FormField label="Availability zone" description="Empty: us-east-1a." errorText={errors.zone}>
          <Input
            value={fields.zone}
            placeholder="us-east-1a"
            autoComplete={false}
            spellcheck={false}
            onChange={({ detail }) => onChange({ zone: detail.value })}
          />
        </FormField>
        <AttributeFields rootDeviceType={image?.rootDeviceType ?? "ebs"} values={fields} onChange={onChange} />
      </SpaceBetween>
    </ExpandableSection>
  );
}
