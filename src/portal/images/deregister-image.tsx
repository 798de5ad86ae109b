import Alert from "@cloudscape-design/components/alert";
import Checkbox from "@cloudscape-design/components/checkbox";
import { useState } from "react";
import type { Image } from "../../api/types.ts";
import { usePortal } from "../live/portal-context.ts";
import { Dialog } from "../resources/dialog.tsx";

/** Takes an image out of the list, with its snapshots when that is wanted (F33). */
export function DeregisterImage({ image, onClose }: { image: Image; onClose: () => void }) {
  const { cloud } = usePortal();
  const [deleteAssociatedSnapshots, setDelete] = useState(false);
  return (
    <Dialog
      title={`Deregister ${image.name}?`}
      submit="Deregister"
      onSubmit={() => cloud.images.deregister(image.id, { deleteAssociatedSnapshots })}
      calls={[{ member: "images.deregister", args: [image.id, { deleteAssociatedSnapshots }] }]}
      onClose={onClose}
    >
      <Alert type="warning">No more instances can be launched from it. Existing instances stay.</Alert>
      <Checkbox
        checked={deleteAssociatedSnapshots}
        description="Those that no other image uses. Their space comes back."
        onChange={({ detail }) => setDelete(detail.checked)}
      >
        Delete its snapshots too
      </Checkbox>
    </Dialog>
  );
}
