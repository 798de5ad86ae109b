import { useState } from "react";
import type { LaunchTemplate, LaunchTemplateVersion } from "../../api/types.ts";
import { InstanceField } from "../instances/instance-field.tsx";
import { usePortal } from "../live/portal-context.ts";
import { useInstances } from "../live/use-live.ts";
import { Dialog } from "../resources/dialog.tsx";
import { TextField } from "../resources/fields.tsx";
import { useAction } from "../resources/use-action.ts";
import { DataFields } from "./data-fields.tsx";
import { dataOfFields, fieldsOfData, NO_FIELDS } from "./template-data.ts";

interface EditTemplateProps {
  /** The template that gets a version, and the one that it begins with; a new template without. */
  readonly of?: { readonly template: LaunchTemplate; readonly version: LaunchTemplateVersion };
  readonly onClose: () => void;
}

/** Makes a launch template, or another version of one. */
export function EditTemplate({ of, onClose }: EditTemplateProps) {
  const { cloud } = usePortal();
  const run = useAction();
  const instances = useInstances(cloud).filter(({ state }) => state !== "terminated");
  const [name, setName] = useState("");
  const [description, setDescription] = useState("");
  const [fields, setFields] = useState(() => (of === undefined ? NO_FIELDS : fieldsOfData(of.version.data)));
  const takeFrom = (instanceId: string) =>
    run(`Could not read what ${instanceId} is like`, async () =>
      setFields(fieldsOfData(await cloud.launchTemplates.dataOfInstance(instanceId))),
    );
  const submit = async () => {
    const data = dataOfFields(fields);
    if (of === undefined) return await cloud.launchTemplates.create({ name: name.trim(), description, data });
    return await cloud.launchTemplates.createVersion({ id: of.template.id, description, data });
  };
  return (
    <Dialog
      title={of === undefined ? "Create a launch template" : `Another version of ${of.template.name}`}
      submit={of === undefined ? "Create launch template" : "Create version"}
      disabled={of === undefined && name.trim() === ""}
      onSubmit={submit}
      onClose={onClose}
    >
      {of === undefined && (
        <TextField
          label="Name"
          description="3 to 128 letters, digits, and ( ) . / _ -"
          value={name}
          autoFocus
          onChange={setName}
        />
      )}
      <TextField label="Description of this version" value={description} onChange={setDescription} />
      {instances.length > 0 && (
        <InstanceField
          label="As an instance is"
          instances={instances}
          description="Fills in what is below."
          instanceId=""
          onChange={takeFrom}
        />
      )}
      <DataFields fields={fields} onChange={setFields} />
    </Dialog>
  );
}
