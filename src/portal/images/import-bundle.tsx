import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import FormField from "@cloudscape-design/components/form-field";
import RadioGroup from "@cloudscape-design/components/radio-group";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useRef, useState } from "react";
import type { BundleFile } from "../../api/types.ts";
import { usePortal } from "../live/portal-context.ts";
import { Dialog } from "../resources/dialog.tsx";
import { TextField } from "../resources/fields.tsx";
import { type BytesDone, Progress } from "../resources/progress.tsx";
import { useAbortOnClose } from "../resources/use-abort-on-close.ts";
import { ImageNameField } from "./name-field.tsx";

type Kind = "file" | "folder" | "url";

/** Makes an image of a bundle: a tar file, a folder, or one on this page's server. Closing the dialog cancels it. */
export function ImportBundle({ onClose }: { onClose: () => void }) {
  const { cloud } = usePortal();
  const [kind, setKind] = useState<Kind>("file");
  const [files, setFiles] = useState<readonly File[]>([]);
  const [url, setUrl] = useState("");
  const [name, setName] = useState("");
  const [progress, setProgress] = useState<BytesDone | null>(null);
  const working = useAbortOnClose();

  const choose = (next: Kind) => {
    setKind(next);
    setFiles([]);
  };
  const run = () =>
    cloud.images.importBundle({
      // A URL that is none throws here, and is shown in the dialog.
      source: kind === "url" ? new URL(url.trim(), location.href).href : sourceOf(kind, files),
      name: name.trim(),
      signal: working.current.signal,
      onProgress: setProgress,
    });

  const isChosen = kind === "url" ? url.trim() !== "" : files.length > 0;
  return (
    <Dialog
      title="Import a bundle"
      submit="Import"
      disabled={!isChosen || name.trim() === ""}
      onSubmit={run}
      onClose={onClose}
    >
      <FormField label="From">
        <RadioGroup
          value={kind}
          onChange={({ detail }) => choose(detail.value as Kind)}
          items={[
            { value: "file", label: "A file", description: "A tar file that an export has written" },
            { value: "folder", label: "A folder", description: "With an image.json in it" },
            {
              value: "url",
              label: "A URL",
              description: "Of a folder beside this page: its policy lets it read no other server",
            },
          ]}
        />
      </FormField>
      {kind === "url" ? (
        <TextField label="URL" value={url} placeholder="images/web/" onChange={setUrl} />
      ) : (
        <FilesField key={kind} kind={kind} files={files} onChange={setFiles} />
      )}
      <ImageNameField name={name} onChange={setName} />
      {progress !== null && <Progress label="Imported" progress={progress} />}
    </Dialog>
  );
}

interface FilesFieldProps {
  readonly kind: "file" | "folder";
  readonly files: readonly File[];
  readonly onChange: (files: readonly File[]) => void;
}

/** The browser's own field: Cloudscape's takes no folders. */
function FilesField({ kind, files, onChange }: FilesFieldProps) {
  const field = useRef<HTMLInputElement>(null);
  const [first] = files;
  const chosen = kind === "folder" ? first?.webkitRelativePath.split("/")[0] : first?.name;
  return (
    <FormField label={kind === "folder" ? "Folder" : "File"}>
      <SpaceBetween direction="horizontal" size="xs" alignItems="center">
        <Button iconName="upload" formAction="none" onClick={() => field.current?.click()}>
          {kind === "folder" ? "Choose a folder" : "Choose a file"}
        </Button>
        <Box color="text-body-secondary">{chosen ?? ""}</Box>
      </SpaceBetween>
      <input
        ref={field}
        type="file"
        hidden
        aria-label={kind === "folder" ? "Folder of the bundle" : "File of the bundle"}
        {...(kind === "folder" ? { webkitdirectory: "" } : { accept: ".tar" })}
        onChange={({ target }) => onChange([...(target.files ?? [])])}
      />
    </FormField>
  );
}

/** A file's path in its folder is lost on its way into another thread: it goes beside it. */
function sourceOf(kind: Kind, files: readonly File[]): Blob | readonly BundleFile[] {
  const [first] = files;
  if (kind === "file" && first !== undefined) return first;
  return files.map((blob) => ({ path: blob.webkitRelativePath, blob }));
}
