import FormField from "@cloudscape-design/components/form-field";
import RadioGroup from "@cloudscape-design/components/radio-group";
import { useState } from "react";
import type { Image } from "../../api/types.ts";
import { usePortal } from "../live/portal-context.ts";
import { Dialog } from "../resources/dialog.tsx";
import { canPickFolder, pickFolder } from "../resources/folder-picker.ts";
import { type BytesDone, Progress } from "../resources/progress.tsx";
import { saveFile } from "../resources/save-file.ts";
import { useAbortOnClose } from "../resources/use-abort-on-close.ts";

type Target = "file" | "folder";

/** Writes an image as a bundle into a file or a folder. Closing the dialog ends it. */
export function ExportBundle({ image, onClose }: { image: Image; onClose: () => void }) {
  const { cloud } = usePortal();
  const [target, setTarget] = useState<Target>("file");
  const [progress, setProgress] = useState<BytesDone | null>(null);
  const working = useAbortOnClose();

  const save = async () => {
    const { signal } = working.current;
    const options = { signal, onProgress: setProgress };
    if (target === "file") {
      const name = `${image.name.replaceAll(/[^\w.-]+/g, "-")}.tar`;
      await saveFile(name, () => cloud.images.exportBundle(image.id, options), signal);
      return;
    }
    const folder = await pickFolder("readwrite");
    if (folder !== undefined) await cloud.images.exportBundleTo(image.id, folder, options);
  };

  return (
    <Dialog title={`Export ${image.name} as a bundle`} submit="Export" onSubmit={save} onClose={onClose}>
      <FormField
        label="Where to"
        description="With all its volumes, not encrypted. Unpacked on any static web server, others launch it from there."
      >
        <RadioGroup
          value={target}
          onChange={({ detail }) => setTarget(detail.value as Target)}
          items={[
            { value: "file", label: "A file", description: "An uncompressed tar file" },
            {
              value: "folder",
              label: "A folder",
              description: canPickFolder()
                ? "Empty, or an earlier export's"
                : "This browser lets no page write into folders: Chrome and Edge do",
              disabled: !canPickFolder(),
            },
          ]}
        />
      </FormField>
      {progress !== null && <Progress label="Read of its volumes" progress={progress} />}
    </Dialog>
  );
}
