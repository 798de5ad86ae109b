import { useState } from "react";
import type { Image } from "../../api/types.ts";
import { usePortal } from "../live/portal-context.ts";
import { useImages } from "../live/use-images.ts";
import { ActionsMenu } from "../resources/actions-menu.tsx";
import { Question } from "../resources/question.tsx";
import { ResourceTable } from "../resources/resource-table.tsx";
import { navigate } from "../routing/use-route.ts";
import { Page } from "../shell/page.tsx";
import { COLUMNS } from "./columns.tsx";

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

type ImageAction = "launch" | "deregister";

function ImageActions({ image }: { image: Image | undefined }) {
  const { cloud } = usePortal();
  const [deregistering, setDeregistering] = useState<Image | null>(null);
  return (
    <>
      <ActionsMenu<ImageAction>
        items={[
          { action: "launch", text: "Launch instances", whyNot: whyNot("launch", image) },
          { action: "deregister", text: "Deregister…", whyNot: whyNot("deregister", image) },
        ]}
        onAction={(action) => {
          if (image === undefined) return;
          if (action === "deregister") setDeregistering(image);
          else navigate({ page: "launch", imageId: image.id });
        }}
      />
      {deregistering !== null && (
        <Question
          title={`Deregister ${deregistering.name}?`}
          submit="Deregister"
          consequence="No more instances can be launched from it. Existing instances and its snapshots stay."
          onSubmit={() => cloud.images.deregister(deregistering.id)}
          onClose={() => setDeregistering(null)}
        />
      )}
    </>
  );
}

function whyNot(action: ImageAction, image: Image | undefined): string | null {
  if (image === undefined) return "Select an image first";
  if (action === "launch") return image.state === "available" ? null : `The image is ${image.state}`;
  return image.kind === "own" ? null : "It comes with the page";
}
