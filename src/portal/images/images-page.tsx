import Tabs from "@cloudscape-design/components/tabs";
import { useState } from "react";
import type { Image } from "../../api/types.ts";
import { useImages } from "../live/use-images.ts";
import { DialogButton } from "../resources/dialog-button.tsx";
import { ResourceTable } from "../resources/resource-table.tsx";
import { Page } from "../shell/page.tsx";
import { columnsOf } from "./columns.tsx";
import { ImageActions, NOUN } from "./image-actions.tsx";
import { type ImageKind, KINDS } from "./image-kinds.ts";
import { ImportBundle } from "./import-bundle.tsx";

export default function ImagesPage() {
  const images = useImages();
  const [kind, setKind] = useState<ImageKind>("all");
  return (
    <Page
      title="Images"
      description="What instances are launched from: those that come with the page, your own, and what others share."
      actions={<DialogButton text="Import a bundle" dialog={(close) => <ImportBundle onClose={close} />} />}
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
      noun={NOUN}
      selection="single"
      initialSorting={{ column: "created", descending: true }}
      filterPlaceholder="Find an image by name, category, product code, ID"
      nameOf={({ name }) => name}
      actions={(selected) => <ImageActions images={selected} />}
      empty={empty}
    />
  );
}
