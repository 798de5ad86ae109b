import Box from "@cloudscape-design/components/box";
import Checkbox from "@cloudscape-design/components/checkbox";
import ExpandableSection from "@cloudscape-design/components/expandable-section";
import SpaceBetween from "@cloudscape-design/components/space-between";
import StatusIndicator from "@cloudscape-design/components/status-indicator";
import { useState } from "react";
import type { Image } from "../../api/types.ts";
import type { VolumeType } from "../../api/volume-types.ts";
import { EncryptedField } from "../encryption/encrypted-field.tsx";
import { formatBytes } from "../format/bytes.ts";
import { NumberField, SelectField } from "../resources/fields.tsx";
import { VOLUME_TYPE_OPTIONS } from "../volumes/volume-fields.ts";
import { DiskList } from "./disk-list.tsx";
import type { LaunchErrors, LaunchFields } from "./launch-form.ts";

interface StorageFieldsProps {
  readonly image: Image | undefined;
  readonly fields: LaunchFields;
  readonly errors: LaunchErrors;
  readonly onChange: (change: Partial<LaunchFields>) => void;
}

/** The disks of the new instances: the root volume, and others. */
export function StorageFields({ image, fields, errors, onChange }: StorageFieldsProps) {
  const [expanded, setExpanded] = useState(false);
  const wrong = errors.rootVolumeGiB !== undefined || errors.disks !== undefined;
  const { root, rootVolumeGiB, disks } = fields;
  const asImage = { value: "", label: `As the image says${image ? ` (${image.blockDevices[0]?.type ?? "gp3"})` : ""}` };
  return (
    <ExpandableSection
      headerText="Storage"
      // An error must not be hidden.
      expanded={expanded || wrong}
      onChange={({ detail }) => setExpanded(detail.expanded)}
    >
      <SpaceBetween size="l">
        <NumberField
          label="Root volume size (GiB) – optional"
          description={`The disk grows to this size at first boot. ${image ? `The image's own is ${formatBytes(image.diskBytes)}.` : ""}`}
          error={errors.rootVolumeGiB}
          value={rootVolumeGiB}
          inputMode="decimal"
          step={0.25}
          onChange={(size) => onChange({ rootVolumeGiB: size })}
        />
        <SelectField<VolumeType | "">
          label="Root volume type"
          description="How fast the guest finds it."
          options={[asImage, ...VOLUME_TYPE_OPTIONS]}
          value={root.type ?? ""}
          onChange={(type) => onChange({ root: { ...root, type: type || null } })}
        />
        <Checkbox
          checked={root.deleteOnTermination}
          description="Else it stays as a volume, which can be attached to another instance."
          onChange={({ detail }) => onChange({ root: { ...root, deleteOnTermination: detail.checked } })}
        >
          Delete the root volume at termination
        </Checkbox>
        <EncryptedField
          label="Encrypt the root volume"
          checked={root.encrypted}
          encryptedSource={image?.blockDevices[0]?.encrypted ? "image" : null}
          copies={image?.kind === "own"}
          onChange={(encrypted) => onChange({ root: { ...root, encrypted } })}
        />
        {/* A form field around them would mark every field of every disk as wrong. */}
        <SpaceBetween size="xs">
          <Box variant="awsui-key-label">Other disks of each instance</Box>
          <DiskList
            image={image}
            disks={disks}
            judged={errors.disks !== undefined}
            onChange={(changed) => onChange({ disks: changed })}
          />
          {errors.disks !== undefined && <StatusIndicator type="error">{errors.disks}</StatusIndicator>}
        </SpaceBetween>
      </SpaceBetween>
    </ExpandableSection>
  );
}
