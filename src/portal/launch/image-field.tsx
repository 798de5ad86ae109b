import FormField from "@cloudscape-design/components/form-field";
import Select from "@cloudscape-design/components/select";
import type { Image } from "../../api/types.ts";
import { formatBytes } from "../format/bytes.ts";

interface ImageFieldProps {
  /** Those that can be launched; null until they are known. */
  readonly images: readonly Image[] | null;
  readonly chosen: Image | undefined;
  readonly error: string | undefined;
  readonly onChoose: (imageId: string) => void;
}

/** The image of the launch, found by name, purpose or id. */
export function ImageField({ images, chosen, error, onChoose }: ImageFieldProps) {
  const waiting = images === null;
  return (
    <FormField label="Image" description="What is on the disk at first." errorText={error}>
      <Select
        statusType={waiting ? "loading" : "finished"}
        loadingText="Loading the images"
        placeholder={waiting ? "Loading the images" : "There is no image"}
        filteringType="auto"
        filteringPlaceholder="Find an image by name, purpose, ID"
        filteringAriaLabel="Find images"
        noMatch="No image matches"
        triggerVariant="option"
        selectedOption={chosen ? optionOf(chosen) : null}
        options={groupsOf(images ?? [])}
        onChange={({ detail }) => onChoose(detail.selectedOption.value ?? "")}
      />
    </FormField>
  );
}

/** EC2's kinds of images (F27), each as long as there are some. */
function groupsOf(images: readonly Image[]) {
  const kinds = [
    { label: "Public images", holds: ({ ownerAlias }: Image) => ownerAlias === "amazon" },
    { label: "Marketplace", holds: ({ ownerAlias }: Image) => ownerAlias === "aws-marketplace" },
    { label: "Own images", holds: ({ kind, shared }: Image) => kind === "own" && !shared },
    { label: "Shared with me", holds: ({ shared }: Image) => shared },
  ];
  return kinds
    .map(({ label, holds }) => ({ label, options: images.filter(holds).map(optionOf) }))
    .filter(({ options }) => options.length > 0);
}

function optionOf(image: Image) {
  const needs = `needs ${image.minimumMemoryMiB} MiB of memory`;
  return {
    value: image.id,
    label: image.kind === "own" ? image.name : `${image.title} (${image.name})`,
    labelTag: image.id,
    description:
      image.kind === "own"
        ? `${image.description || "Made here"}, ${needs}`
        : `Version ${image.version}, ${formatBytes(image.bootDownloadBytes)} to download at the first boot, ${needs}`,
    filteringTags: [image.description, ...image.categories, ...image.productCodes],
    tags: [...image.categories],
  };
}
