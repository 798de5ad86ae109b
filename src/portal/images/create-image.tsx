import Checkbox from "@cloudscape-design/components/checkbox";
import { useState } from "react";
import type { CreateImageRequest } from "../../api/image-types.ts";
import type { Instance } from "../../api/types.ts";
import { usePortal } from "../live/portal-context.ts";
import { Dialog } from "../resources/dialog.tsx";
import { TextField } from "../resources/fields.tsx";
import { labelOf } from "../resources/label.ts";
import { typed } from "../resources/typed.ts";
import { ImageNameField } from "./name-field.tsx";

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
    ...typed({ description }),
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
      title={`Create an image of ${labelOf(instance)}`}
      submit="Create image"
      disabled={name.trim() === ""}
      onSubmit={create}
      calls={[{ member: "images.createFromInstance", args: [request] }]}
      onClose={onClose}
    >
      <ImageNameField name={name} onChange={setName} />
      <TextField label="Description" description="May be empty." value={description} onChange={setDescription} />
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
