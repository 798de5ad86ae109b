import FileUpload from "@cloudscape-design/components/file-upload";
import FormField from "@cloudscape-design/components/form-field";
import Input from "@cloudscape-design/components/input";
import { useState } from "react";
import { usePortal } from "../live/portal-context.ts";
import { Dialog } from "../resources/dialog.tsx";
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
        <FileUpload
          value={files}
          onChange={({ detail }) => setFiles(detail.value.slice(-1))}
          showFileSize
          i18nStrings={{
            uploadButtonText: () => "Choose a file",
            dropzoneText: () => "Drop a file here",
            removeFileAriaLabel: () => "Remove the file",
            limitShowFewer: "Show fewer",
            limitShowMore: "Show more",
            errorIconAriaLabel: "Error",
          }}
        />
      </FormField>
      <FormField label="Or a URL" description="Of a file beside this page: its policy lets it read no other server.">
        <Input
          value={url}
          disabled={files.length > 0}
          placeholder="disks/disk.qcow2"
          autoComplete={false}
          spellcheck={false}
          onChange={({ detail }) => setUrl(detail.value)}
        />
      </FormField>
      <FormField label="Description" description="Empty: the file's name.">
        <Input value={description} autoComplete={false} onChange={({ detail }) => setDescription(detail.value)} />
      </FormField>
      {progress !== null && <Progress label="Imported" progress={progress} />}
    </Dialog>
  );
}
