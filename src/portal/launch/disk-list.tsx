import AttributeEditor from "@cloudscape-design/components/attribute-editor";
import Checkbox from "@cloudscape-design/components/checkbox";
import Input from "@cloudscape-design/components/input";
import Select from "@cloudscape-design/components/select";
import type { Image } from "../../api/types.ts";
import { formatBytes } from "../format/bytes.ts";
import { usePortal } from "../live/portal-context.ts";
import { useRerenderOn } from "../live/use-live.ts";
import { VOLUME_TYPE_OPTIONS, type VolumeTypeOption } from "../volumes/volume-fields.ts";
import { type DiskContent, type DiskFields, newDisk, whatIsWrong } from "./disk-fields.ts";

interface DiskListProps {
  readonly image: Image | undefined;
  readonly disks: readonly DiskFields[];
  /** Say what is wrong with them: the form was sent. */
  readonly judged: boolean;
  readonly onChange: (disks: readonly DiskFields[]) => void;
}

const PLACEHOLDERS: Readonly<Record<string, string>> = { memory: "as its memory", blank: "" };

/** The disks that the instances get beside the root volume (F45). */
export function DiskList({ image, disks, judged, onChange }: DiskListProps) {
  const { cloud } = usePortal();
  useRerenderOn(cloud.snapshots.onChange);
  useRerenderOn(cloud.encryption.onChange);
  const contents = [
    { value: "blank", label: "Blank volume" },
    { value: "memory", label: "In memory", description: "Instance store: kept over a reboot, gone at stop" },
    ...cloud.snapshots
      .list()
      .filter(({ state }) => state === "completed")
      .map(({ id, sizeBytes, description }) => ({
        value: id,
        label: id,
        description: `${formatBytes(sizeBytes)} ${description}`.trim(),
      })),
  ];
  const change = (index: number, what: Partial<DiskFields>) =>
    onChange(disks.map((disk, i) => (i === index ? { ...disk, ...what } : disk)));
  const isEncrypted = (content: DiskContent) =>
    cloud.encryption.encryptByDefault ||
    cloud.snapshots.list().some(({ id, encrypted }) => id === content && encrypted);
  const next = newDisk(disks, image);

  return (
    <AttributeEditor
      items={disks}
      addButtonText="Add a disk"
      removeButtonText="Remove"
      disableAddButton={next === undefined}
      empty={`No disk beside the root volume${ofImage(image)}.`}
      onAddButtonClick={() => next && onChange([...disks, next])}
      onRemoveButtonClick={({ detail }) => onChange(disks.filter((_, index) => index !== detail.itemIndex))}
      definition={[
        {
          label: "Device",
          control: ({ device }, index) => (
            <Input
              value={device}
              spellcheck={false}
              autoComplete={false}
              onChange={({ detail }) => change(index, { device: detail.value })}
            />
          ),
        },
        {
          label: "Content",
          control: ({ content }, index) => (
            <Select
              options={contents}
              selectedOption={contents.find(({ value }) => value === content) ?? { value: content, label: content }}
              onChange={({ detail }) => {
                const chosen = detail.selectedOption.value as DiskContent;
                // A snapshot's own size is what is wanted most often.
                change(index, { content: chosen, sizeGiB: chosen === "blank" ? "1" : "" });
              }}
            />
          ),
        },
        {
          label: "Size (GiB)",
          errorText: (disk) => (judged ? whatIsWrong(disk) : null),
          control: ({ content, sizeGiB }, index) => (
            <Input
              value={sizeGiB}
              type="number"
              inputMode="numeric"
              disabled={content === "memory"}
              placeholder={PLACEHOLDERS[content] ?? "as the snapshot"}
              onChange={({ detail }) => change(index, { sizeGiB: detail.value })}
            />
          ),
        },
        {
          label: "Type",
          control: ({ content, type }, index) => (
            <Select
              options={VOLUME_TYPE_OPTIONS}
              disabled={content === "memory"}
              selectedOption={VOLUME_TYPE_OPTIONS.find(({ value }) => value === type) ?? null}
              onChange={({ detail }) => change(index, { type: (detail.selectedOption as VolumeTypeOption).value })}
            />
          ),
        },
        {
          label: "Encryption",
          control: ({ content, encrypted }, index) => (
            <Checkbox
              checked={content !== "memory" && (encrypted || isEncrypted(content))}
              disabled={content === "memory" || isEncrypted(content)}
              onChange={({ detail }) => change(index, { encrypted: detail.checked })}
            >
              Encrypt
            </Checkbox>
          ),
        },
        {
          label: "At termination",
          control: ({ content, deleteOnTermination }, index) => (
            <Checkbox
              checked={content === "memory" || deleteOnTermination}
              disabled={content === "memory"}
              onChange={({ detail }) => change(index, { deleteOnTermination: detail.checked })}
            >
              Delete
            </Checkbox>
          ),
        },
      ]}
    />
  );
}

function ofImage(image: Image | undefined): string {
  const others = (image?.blockDevices ?? []).slice(1);
  if (others.length === 0) return "";
  return ` and the image's ${others.map(({ device, sizeBytes }) => `${device} (${formatBytes(sizeBytes)})`).join(", ")}`;
}
