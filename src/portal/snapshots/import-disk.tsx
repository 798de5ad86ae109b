import FormField from "@cloudscape-design/components/form-field";
import { useState } from "react";
import { usePortal } from "../live/portal-context.ts";
import { Dialog } from "../resources/dialog.tsx";
import { FileField, TextField } from "../resources/fields.tsx";
import { type BytesDone, Progress } from "../resources/progress.tsx";
import { useAbortOnClose } from "../resources/use-abort-on-close.ts";

/** Makes a snapshot of a disk's file, from this computer or from a URL. Closing the dialog cancels it. */
export function ImportDisk({ onClose }: { onClose: () => void }) {
  const { cloud } = usePortal();
  const [files, setFiles] = useState<readonly File[]>([]);
  const [url, setUrl] = useState("");
  const [description, setDescription] = useState("");
  const [progress, setProgress] = useState<BytesDone | null>(null);
  const working = useAbortOnClose();

  const run = async () => {
    const [file] = files;
    // A URL that is none throws here, and is shown in the dialog.
    await cloud.snapshots.import({
      source: file ?? new URL(url.trim(), location.href).href,
      description: description.trim() || (file?.name ?? url.trim()),
      signal: working.current.signal,
      onProgress: setProgress,
    });
  };

  return (
    <Dialog
      title="Import a disk"
      submit="Import"
      disabled={files.length === 0 && url.trim() === ""}
      onSubmit={run}
      onClose={onClose}
    >
      <FormField
        label="File"
        description="A raw disk or CD image, one packed with gzip or zstd, or a qcow2 without a backing file. Its snapshot can be registered as an image, to launch instances from."
      >
        <FileField files={files} onChange={(file) => setFiles(file === undefined ? [] : [file])} />
      </FormField>
      <TextField
        label="Or a URL"
        description="Of a file beside this page: its policy lets it read no other server."
        value={url}
        disabled={files.length > 0}
        placeholder="disks/disk.qcow2"
        onChange={setUrl}
      />
      <TextField
        label="Description"
        description="Empty: the file's name."
        value={description}
        onChange={setDescription}
      />
      {progress !== null && <Progress label="Imported" progress={progress} />}
    </Dialog>
  );
}
