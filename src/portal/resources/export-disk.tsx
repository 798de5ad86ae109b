import FormField from "@cloudscape-design/components/form-field";
import Select from "@cloudscape-design/components/select";
import { useState } from "react";
import type { ExportFormat, ExportOptions } from "../../api/volume-types.ts";
import { Dialog } from "./dialog.tsx";
import { type BytesDone, Progress } from "./progress.tsx";
import { saveFile } from "./save-file.ts";
import { useAbortOnClose } from "./use-abort-on-close.ts";

interface FormatOption {
  readonly value: ExportFormat;
  readonly label: string;
  readonly description: string;
  readonly ending: string;
}

const FORMATS: readonly [FormatOption, ...FormatOption[]] = [
  { value: "qcow2", label: "qcow2", description: "QEMU's: takes no space for what is empty", ending: "qcow2" },
  { value: "raw.zst", label: "raw, packed with zstd", description: "Small; unpack it with zstd", ending: "img.zst" },
  { value: "raw", label: "raw", description: "Every byte of the disk", ending: "img" },
];

interface ExportDiskProps {
  readonly label: string;
  /** Of the file, without its ending. */
  readonly name: string;
  readonly open: (options: ExportOptions) => Promise<ReadableStream<Uint8Array<ArrayBuffer>>>;
  readonly onClose: () => void;
}

/** Writes a volume or a snapshot into a file. Closing the dialog ends it. */
export function ExportDisk({ label, name, open, onClose }: ExportDiskProps) {
  const [format, setFormat] = useState(FORMATS[0]);
  const [progress, setProgress] = useState<BytesDone | null>(null);
  const working = useAbortOnClose();

  const save = () =>
    saveFile(
      `${name}.${format.ending}`,
      () => open({ format: format.value, onProgress: setProgress }),
      working.current.signal,
    );

  return (
    <Dialog title={`Export ${label}`} submit="Export" onSubmit={save} onClose={onClose}>
      <FormField label="Format">
        <Select
          selectedOption={format}
          options={FORMATS}
          onChange={({ detail }) =>
            setFormat(FORMATS.find(({ value }) => value === detail.selectedOption.value) ?? FORMATS[0])
          }
        />
      </FormField>
      {progress !== null && <Progress label="Written" progress={progress} />}
    </Dialog>
  );
}
