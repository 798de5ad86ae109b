import { useState } from "react";
import type { Image } from "../../api/types.ts";
import { useImages } from "../live/use-images.ts";
import { ActionsMenu } from "../resources/actions-menu.tsx";
import { ResourceTable } from "../resources/resource-table.tsx";
import { navigate } from "../routing/use-route.ts";
import { Page } from "../shell/page.tsx";
import { CreateVolume } from "../volumes/create-volume.tsx";
import { COLUMNS } from "./columns.tsx";
import { DeregisterImage } from "./deregister-image.tsx";
import { ExportBundle } from "./export-bundle.tsx";
import { ImportBundle } from "./import-bundle.tsx";

export default function ImagesPage() {
  const images = useImages();
  return (
    <Page title="Images" description="What instances are launched from: those that come with the page, and your own.">
      <ResourceTable
        items={images ?? []}
        loading={images === null}
        columns={COLUMNS}
        noun={["image", "images"]}
        selection="single"
        initialSorting={{ column: "created", descending: true }}
        filterPlaceholder="Find an image by name, ID, description"
        nameOf={({ name }) => name}
        actions={([image]) => <ImageActions image={image} />}
        empty="No image can be had at the moment."
      />
    </Page>
  );
}

type ImageAction = "launch" | "volume" | "export" | "import" | "deregister";

function ImageActions({ image }: { image: Image | undefined }) {
  const [asking, setAsking] = useState<{ action: ImageAction; image: Image | undefined } | null>(null);
  const close = () => setAsking(null);
  return (
    <>
      <ActionsMenu<ImageAction>
        items={[
          { action: "launch", text: "Launch instances", whyNot: whyNot("launch", image) },
          { action: "volume", text: "Create volume…", whyNot: whyNot("volume", image) },
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
      {asking?.action === "export" && asking.image && <ExportBundle image={asking.image} onClose={close} />}
      {asking?.action === "import" && <ImportBundle onClose={close} />}
      {asking?.action === "deregister" && asking.image && <DeregisterImage image={asking.image} onClose={close} />}
    </>
  );
}

function whyNot(action: ImageAction, image: Image | undefined): string | null {
  if (image === undefined) return "Select an image first";
  if (action !== "deregister") return image.state === "available" ? null : `The image is ${image.state}`;
  return image.kind === "own" ? null : "It comes with the page";
}
