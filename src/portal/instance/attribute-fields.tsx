import Checkbox from "@cloudscape-design/components/checkbox";
import SpaceBetween from "@cloudscape-design/components/space-between";
import type { Instance } from "../../api/types.ts";
import { SelectField } from "../resources/fields.tsx";
import type { AttributeValues } from "./attributes.ts";

const SHUTDOWN = [
  { value: "stop", label: "Stop", description: "The disks are kept" },
  { value: "terminate", label: "Terminate", description: "The instance goes, and the disks that go with it" },
] as const;

interface AttributeFieldsProps {
  readonly rootDeviceType: Instance["rootDeviceType"];
  readonly values: AttributeValues;
  readonly onChange: (change: Partial<AttributeValues>) => void;
}

/** What becomes of an instance in case, who can end it, and what it can read of itself: at launch and afterwards. */
export function AttributeFields({ rootDeviceType, values, onChange }: AttributeFieldsProps) {
  // What a root in memory does not have (F19, F21): it cannot be stopped.
  const lasting = rootDeviceType === "ebs";
  return (
    <SpaceBetween size="s">
      <SelectField
        label="When its guest shuts down"
        description="By poweroff or shutdown -h in the instance."
        options={SHUTDOWN}
        disabled={!lasting}
        value={lasting ? values.shutdown : "terminate"}
        onChange={(shutdown) => onChange({ shutdown })}
      />
      <Checkbox
        checked={values.protectTermination}
        description="It cannot be terminated before the protection is taken off."
        onChange={({ detail }) => onChange({ protectTermination: detail.checked })}
      >
        Termination protection
      </Checkbox>
      <Checkbox
        checked={values.protectStop && lasting}
        disabled={!lasting}
        description="It can neither be stopped nor terminated before the protection is taken off."
        onChange={({ detail }) => onChange({ protectStop: detail.checked })}
      >
        Stop protection
      </Checkbox>
      <Checkbox
        checked={values.recover}
        description="After the page was closed or reloaded, or has crashed, it starts again by itself."
        onChange={({ detail }) => onChange({ recover: detail.checked })}
      >
        Automatic recovery
      </Checkbox>
      <Checkbox
        checked={values.requireTokens}
        description="Version 2 of the instance metadata service only."
        onChange={({ detail }) => onChange({ requireTokens: detail.checked })}
      >
        Metadata with tokens only
      </Checkbox>
      <Checkbox
        checked={values.metadataTags}
        description="The instance can read its own tags there."
        onChange={({ detail }) => onChange({ metadataTags: detail.checked })}
      >
        Tags in the metadata
      </Checkbox>
    </SpaceBetween>
  );
}
