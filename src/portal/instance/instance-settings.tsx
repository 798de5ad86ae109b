import Alert from "@cloudscape-design/components/alert";
import { useState } from "react";
import type { Instance } from "../../api/types.ts";
import { Dialog } from "../resources/dialog.tsx";
import { labelOf } from "../resources/label.ts";
import { AttributeFields } from "./attribute-fields.tsx";
import { changesOf, valuesOf } from "./attributes.ts";

/** Changes an instance's attributes, in any state (F13, F19, F21). */
export function InstanceSettings({ instance, onClose }: { instance: Instance; onClose: () => void }) {
  const [before] = useState(() => valuesOf(instance));
  const [values, setValues] = useState(before);
  const { metadataOptions, maintenanceOptions, ...attributes } = changesOf(before, values, instance.rootDeviceType);
  const setsAttributes = Object.keys(attributes).length > 0;
  const { id } = instance;
  const calls = [
    ...(setsAttributes ? [{ member: "instance.modify", id, args: [attributes] }] : []),
    ...(metadataOptions ? [{ member: "instance.modifyMetadataOptions", id, args: [metadataOptions] }] : []),
    ...(maintenanceOptions ? [{ member: "instance.modifyMaintenanceOptions", id, args: [maintenanceOptions] }] : []),
  ];
  const save = async () => {
    if (setsAttributes) await instance.modify(attributes);
    if (metadataOptions) await instance.modifyMetadataOptions(metadataOptions);
    if (maintenanceOptions) await instance.modifyMaintenanceOptions(maintenanceOptions);
  };
  return (
    <Dialog
      title={`Settings of ${labelOf(instance)}`}
      submit="Save"
      disabled={calls.length === 0}
      onSubmit={save}
      onClose={onClose}
      calls={calls}
    >
      <Alert type="info">They take effect at once. Type, kernel and user data are changed while it is stopped.</Alert>
      <AttributeFields
        rootDeviceType={instance.rootDeviceType}
        values={values}
        onChange={(change) => setValues({ ...values, ...change })}
      />
    </Dialog>
  );
}
