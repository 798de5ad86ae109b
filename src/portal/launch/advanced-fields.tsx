import Checkbox from "@cloudscape-design/components/checkbox";
import ExpandableSection from "@cloudscape-design/components/expandable-section";
import FormField from "@cloudscape-design/components/form-field";
import Input from "@cloudscape-design/components/input";
import Select from "@cloudscape-design/components/select";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Textarea from "@cloudscape-design/components/textarea";
import { useState } from "react";
import type { Image } from "../../api/types.ts";
import type { LaunchErrors, LaunchFields } from "./launch-form.ts";

interface AdvancedFieldsProps {
  readonly image: Image | undefined;
  readonly fields: LaunchFields;
  readonly errors: LaunchErrors;
  readonly onChange: (change: Partial<LaunchFields>) => void;
}

const SHUTDOWN = [
  { value: "stop", label: "Stop", description: "The disks are kept" },
  { value: "terminate", label: "Terminate", description: "The instance goes, and the disks that go with it" },
] as const;

/** What is seldom changed: placement, user data, protection, what becomes of the instance in case. */
export function AdvancedFields({ image, fields, errors, onChange }: AdvancedFieldsProps) {
  const [expanded, setExpanded] = useState(false);
  const wrong = errors.userData !== undefined || errors.zone !== undefined;
  // What a root in memory does not have (F19, F21): it cannot be stopped.
  const lasting = image?.rootDeviceType !== "instance-store";
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
        <FormField label="Availability zone" description="Empty: us-east-1a." errorText={errors.zone}>
          <Input
            value={fields.zone}
            placeholder="us-east-1a"
            autoComplete={false}
            spellcheck={false}
            onChange={({ detail }) => onChange({ zone: detail.value })}
          />
        </FormField>
        <FormField label="When its guest shuts down" description="By poweroff or shutdown -h in the instance.">
          <Select
            options={SHUTDOWN}
            disabled={!lasting}
            selectedOption={SHUTDOWN.find(({ value }) => value === (lasting ? fields.shutdown : "terminate")) ?? null}
            onChange={({ detail }) => onChange({ shutdown: detail.selectedOption.value as LaunchFields["shutdown"] })}
          />
        </FormField>
        <Checkbox
          checked={fields.protectTermination}
          description="It cannot be terminated before the protection is taken off."
          onChange={({ detail }) => onChange({ protectTermination: detail.checked })}
        >
          Termination protection
        </Checkbox>
        <Checkbox
          checked={fields.protectStop && lasting}
          disabled={!lasting}
          description="It can neither be stopped nor terminated before the protection is taken off."
          onChange={({ detail }) => onChange({ protectStop: detail.checked })}
        >
          Stop protection
        </Checkbox>
        <Checkbox
          checked={fields.recover}
          description="After the page was closed or reloaded, or has crashed, it starts again by itself."
          onChange={({ detail }) => onChange({ recover: detail.checked })}
        >
          Automatic recovery
        </Checkbox>
        <Checkbox
          checked={fields.requireTokens}
          description="Version 2 of the instance metadata service only."
          onChange={({ detail }) => onChange({ requireTokens: detail.checked })}
        >
          Metadata with tokens only
        </Checkbox>
        <Checkbox
          checked={fields.metadataTags}
          description="The instance can read its own tags there."
          onChange={({ detail }) => onChange({ metadataTags: detail.checked })}
        >
          Tags in the metadata
        </Checkbox>
      </SpaceBetween>
    </ExpandableSection>
  );
}
