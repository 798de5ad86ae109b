import Checkbox from "@cloudscape-design/components/checkbox";
import FormField from "@cloudscape-design/components/form-field";
import Input from "@cloudscape-design/components/input";
import { useState } from "react";
import type { CreateImageRequest } from "../../api/image-types.ts";
import type { Instance } from "../../api/types.ts";
import { instanceLabel } from "../actions/perform.ts";
import { usePortal } from "../live/portal-context.ts";
import { Dialog } from "../resources/dialog.tsx";

/** Makes an image of an instance with all its volumes. */
export function CreateImage({ instance, onClose }: { instance: Instance; onClose: () => void }) {
  const { cloud, notifications } = usePortal();
  const [name, setName] = useState("");
  const [description, setDescription] = useState("");
  const [noReboot, setNoReboot] = useState(false);
  const running = instance.state === "running";

  const request: CreateImageRequest = {
    instanceId: instance.id,
    name: name.trim(),
    ...(description.trim() !== "" && { description: description.trim() }),
    ...(running && noReboot && { noReboot }),
  };
  const create = async () => {
    const image = await cloud.images.createFromInstance(request);
    notifications.show({
      kind: "success",
      header: `The image ${image.name} is available`,
      message: "Choose it when you launch instances.",
      code: null,
      advice: null,
    });
  };

  return (
    <Dialog
      title={`Create an image of ${instanceLabel(instance)}`}
      submit="Create image"
      disabled={name.trim() === ""}
      onSubmit={create}
      calls={[{ member: "images.createFromInstance", args: [request] }]}
      onClose={onClose}
    >
      <FormField label="Image name" description="3 to 128 letters, digits and ( ) [ ] . / - ' @ _.">
        <Input value={name} autoComplete={false} spellcheck={false} onChange={({ detail }) => setName(detail.value)} />
      </FormField>
      <FormField label="Description" description="May be empty.">
        <Input value={description} autoComplete={false} onChange={({ detail }) => setDescription(detail.value)} />
      </FormField>
      {running && (
        <Checkbox
          checked={noReboot}
          description="The instance is restarted first otherwise, so that everything has been written."
          onChange={({ detail }) => setNoReboot(detail.checked)}
        >
          Do not restart it
        </Checkbox>
      )}
    </Dialog>
  );
}
