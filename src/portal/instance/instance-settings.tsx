import Alert from "@cloudscape-design/components/alert";
import { useState } from "react";
import type { Instance } from "../../api/types.ts";
import { instanceLabel } from "../actions/perform.ts";
import { Dialog } from "../resources/dialog.tsx";
import { AttributeFields } from "./attribute-fields.tsx";
import { changesOf, valuesOf } from "./attributes.ts";

/** Changes an instance's attributes, in any state (F13, F19, F21). */
export function InstanceSettings({ instance, onClose }: { instance: Instance; onClose: () => void }) {
  const [before] = useState(() => valuesOf(instance));
  const [values, setValues] = useState(before);
  const request = changesOf(before, values, instance.rootDeviceType);
  return (
    <Dialog
      title={`Settings of ${instanceLabel(instance)}`}
      submit="Save"
      disabled={Object.keys(request).length === 0}
      onSubmit={() => instance.modify(request)}
      onClose={onClose}
      calls={[{ member: "instance.modify", id: instance.id, args: [request] }]}
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
