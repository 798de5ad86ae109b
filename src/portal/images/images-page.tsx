import Tabs from "@cloudscape-design/components/tabs";
import { useState } from "react";
import type { Image } from "../../api/types.ts";
import { usePortal } from "../live/portal-context.ts";
import { useImages } from "../live/use-images.ts";
import { ActionsMenu } from "../resources/actions-menu.tsx";
import { Question } from "../resources/question.tsx";
import { ResourceTable } from "../resources/resource-table.tsx";
import { navigate } from "../routing/use-route.ts";
import { Page } from "../shell/page.tsx";
import { ManageTags } from "../tags/manage-tags.tsx";
import { CreateVolume } from "../volumes/create-volume.tsx";
import { columnsOf } from "./columns.tsx";
import { CopyImage } from "./copy-image.tsx";
import { DeprecateImage } from "./deprecate-image.tsx";
import { DeregisterImage } from "./deregister-image.tsx";
import { ExportBundle } from "./export-bundle.tsx";
import { type ImageKind, KINDS } from "./image-kinds.ts";
import { ImportBundle } from "./import-bundle.tsx";
import { Share } from "./share.tsx";

export default function ImagesPage() {
  const images = useImages();
  const [kind, setKind] = useState<ImageKind>("all");
  return (
    <Page
      title="Images"
      description="What instances are launched from: those that come with the page, your own, and what others share."
    >
      <Tabs
        activeTabId={kind}
        onChange={({ detail }) => setKind(detail.activeTabId as ImageKind)}
        ariaLabel="Images"
        tabs={KINDS.map((tab) => ({
          id: tab.kind,
          label: tab.label,
          content: <ImageTable images={images?.filter(tab.has) ?? null} kind={tab.kind} empty={tab.empty} />,
        }))}
      />
    </Page>
  );
}

interface ImageTableProps {
  /** Null until they are known. */
  readonly images: readonly Image[] | null;
  readonly kind: ImageKind;
  readonly empty: string;
}

function ImageTable({ images, kind, empty }: ImageTableProps) {
  return (
    <ResourceTable
      items={images ?? []}
      loading={images === null}
      columns={columnsOf(kind)}
      noun={["image", "images"]}
      selection="single"
      initialSorting={{ column: "created", descending: true }}
      filterPlaceholder="Find an image by name, category, product code, ID"
      nameOf={({ name }) => name}
      actions={([image]) => <ImageActions image={image} />}
      empty={empty}
    />
  );
}

type ImageAction =
  | "launch"
  | "volume"
  | "share"
  | "copy"
  | "tags"
  | "deprecate"
  | "disable"
  | "enable"
  | "export"
  | "import"
  | "deregister";

/** Only its owner does these. */
const OWNERS: readonly ImageAction[] = ["share", "tags", "deprecate", "disable", "enable", "deregister"];

function ImageActions({ image }: { image: Image | undefined }) {
  const [asking, setAsking] = useState<{ action: ImageAction; image: Image | undefined } | null>(null);
  const close = () => setAsking(null);
  return (
    <>
      <ActionsMenu<ImageAction>
        items={[
          { action: "launch", text: "Launch instances", whyNot: whyNot("launch", image) },
          { action: "volume", text: "Create volume…", whyNot: whyNot("volume", image) },
          { action: "share", text: "Share…", whyNot: whyNot("share", image) },
          { action: "copy", text: "Copy…", whyNot: whyNot("copy", image) },
          { action: "tags", text: "Manage tags…", whyNot: whyNot("tags", image) },
          { action: "deprecate", text: "Deprecate…", whyNot: whyNot("deprecate", image) },
          image?.state === "disabled"
            ? { action: "enable", text: "Enable…", whyNot: whyNot("enable", image) }
            : { action: "disable", text: "Disable…", whyNot: whyNot("disable", image) },
          { action: "export", text: "Export bundle…", whyNot: whyNot("export", image) },
          { action: "import", text: "Import bundle…", whyNot: null },
          { action: "deregister", text: "Deregister…", whyNot: whyNot("deregister", image) },
        ]}
        onAction={(action) => {
          if (action !== "launch") setAsking({ action, image });
          else if (image !== undefined) navigate({ page: "launch", imageId: image.id });
        }}
      />
      {asking?.action === "volume" && asking.image && (
        <CreateVolume
          from={{
            kind: "image",
            id: asking.image.id,
            sizeBytes: asking.image.diskBytes,
            encrypted: asking.image.blockDevices[0]?.encrypted ?? false,
          }}
          onClose={close}
        />
      )}
      {asking?.action === "share" && asking.image && <ShareImage image={asking.image} onClose={close} />}
      {asking?.action === "copy" && asking.image && <CopyImage image={asking.image} onClose={close} />}
      {asking?.action === "tags" && asking.image && <ImageTags image={asking.image} onClose={close} />}
      {asking?.action === "deprecate" && asking.image && <DeprecateImage image={asking.image} onClose={close} />}
      {(asking?.action === "disable" || asking?.action === "enable") && asking.image && (
        <SwitchImage image={asking.image} on={asking.action === "enable"} onClose={close} />
      )}
      {asking?.action === "export" && asking.image && <ExportBundle image={asking.image} onClose={close} />}
      {asking?.action === "import" && <ImportBundle onClose={close} />}
      {asking?.action === "deregister" && asking.image && <DeregisterImage image={asking.image} onClose={close} />}
    </>
  );
}

interface OneImage {
  readonly image: Image;
  readonly onClose: () => void;
}

function ShareImage({ image, onClose }: OneImage) {
  const { cloud } = usePortal();
  return (
    <Share
      title={`Share ${image.name}`}
      use="launch it"
      permissions={image.launchPermissions}
      callOf={(change) => ({ member: "images.share", args: [image.id, change] })}
      onShare={(change) => cloud.images.share(image.id, change)}
      onClose={onClose}
    />
  );
}

function ImageTags({ image, onClose }: OneImage) {
  const { cloud } = usePortal();
  return (
    <ManageTags
      label={image.name}
      id={image.id}
      tags={image.tags}
      callOf={(tags) => ({ member: "images.setTags", args: [image.id, tags] })}
      onSave={(tags) => cloud.images.setTags(image.id, tags)}
      onClose={onClose}
    />
  );
}

function SwitchImage({ image, on, onClose }: OneImage & { readonly on: boolean }) {
  const { cloud } = usePortal();
  const member = on ? "images.enable" : "images.disable";
  return (
    <Question
      title={`${on ? "Enable" : "Disable"} ${image.name}?`}
      submit={on ? "Enable" : "Disable"}
      consequence={
        on
          ? "It can be launched again. It is shared with nobody."
          : "No more instances can be launched from it until it is enabled again, and it is shared with nobody any more. Existing instances stay."
      }
      onSubmit={() => (on ? cloud.images.enable(image.id) : cloud.images.disable(image.id))}
      calls={[{ member, args: [image.id] }]}
      onClose={onClose}
    />
  );
}

function whyNot(action: ImageAction, image: Image | undefined): string | null {
  if (image === undefined) return "Select an image first";
  if (OWNERS.includes(action)) {
    if (image.kind !== "own") return "It comes with the page";
    if (image.shared) return `It belongs to ${image.ownerId}`;
  }
  if (["deregister", "tags", "deprecate", "enable"].includes(action)) return null;
  return image.state === "available" ? null : `The image is ${image.state}`;
}
