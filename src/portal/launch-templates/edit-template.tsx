import FormField from "@cloudscape-design/components/form-field";
import Input from "@cloudscape-design/components/input";
import Select from "@cloudscape-design/components/select";
import { useState } from "react";
import type { LaunchTemplate, LaunchTemplateVersion } from "../../api/types.ts";
import { instanceLabel } from "../actions/perform.ts";
import { usePortal } from "../live/portal-context.ts";
import { useInstances } from "../live/use-instances.ts";
import { Dialog } from "../resources/dialog.tsx";
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
        <FormField label="Name" description="3 to 128 letters, digits, and ( ) . / _ -">
          <Input value={name} autoFocus onChange={({ detail }) => setName(detail.value)} />
        </FormField>
      )}
      <FormField label="Description of this version">
        <Input value={description} onChange={({ detail }) => setDescription(detail.value)} />
      </FormField>
      {instances.length > 0 && (
        <FormField label="As an instance is" description="Fills in what is below.">
          <Select
            options={instances.map((instance) => ({ value: instance.id, label: instanceLabel(instance) }))}
            selectedOption={null}
            placeholder="Choose an instance"
            onChange={({ detail }) => takeFrom(detail.selectedOption.value ?? "")}
          />
        </FormField>
      )}
      <DataFields fields={fields} onChange={setFields} />
    </Dialog>
  );
}
