import type { Image } from "../../api/types.ts";
import { usePortal } from "../live/portal-context.ts";
import { askedAction, tagsAction } from "../resources/common-actions.tsx";
import { type ResourceAction, ResourceActions } from "../resources/resource-actions.tsx";
import { navigate } from "../routing/route.ts";
import { CreateVolume } from "../volumes/create-volume.tsx";
import { CopyImage } from "./copy-image.tsx";
import { DeprecateImage } from "./deprecate-image.tsx";
import { DeregisterImage } from "./deregister-image.tsx";
import { ExportBundle } from "./export-bundle.tsx";
import { Share } from "./share.tsx";

export const NOUN = ["image", "images"] as const;

const labelOf = ({ name }: Image) => name;

/** What can be done with an image; most of it by its owner alone. */
export function ImageActions({ images }: { images: readonly Image[] }) {
  const { cloud } = usePortal();
  const common = { noun: NOUN, labelOf, several: false } as const;
  const actions: readonly ResourceAction<Image>[] = [
    {
      text: "Launch instances",
      whyNot: mustBeAvailable,
      act: ([{ id }]) => navigate({ page: "launch", id }),
    },
    {
      text: "Create volume…",
      whyNot: mustBeAvailable,
      dialog: ([{ id, diskBytes, blockDevices }], close) => (
        <CreateVolume
          from={{ kind: "image", id, sizeBytes: diskBytes, encrypted: blockDevices[0]?.encrypted ?? false }}
          onClose={close}
        />
      ),
    },
    {
      text: "Share…",
      whyNot: (image) => mustBeOwn(image) ?? mustBeAvailable(image),
      dialog: ([image], close) => (
        <Share
          title={`Share ${image.name}`}
          use="launch it"
          permissions={image.launchPermissions}
          callOf={(change) => ({ member: "images.share", args: [image.id, change] })}
          onShare={(change) => cloud.images.share(image.id, change)}
          onClose={close}
        />
      ),
    },
    {
      text: "Copy…",
      whyNot: mustBeAvailable,
      dialog: ([image], close) => <CopyImage image={image} onClose={close} />,
    },
    tagsAction({ labelOf, member: "images", setTags: (id, tags) => cloud.images.setTags(id, tags), whyNot: mustBeOwn }),
    {
      text: "Deprecate…",
      whyNot: mustBeOwn,
      dialog: ([image], close) => <DeprecateImage image={image} onClose={close} />,
    },
    images[0]?.state === "disabled"
      ? askedAction({
          ...common,
          verb: "Enable",
          whyNot: mustBeOwn,
          consequence: "It can be launched again. It is shared with nobody.",
          act: ({ id }) => cloud.images.enable(id),
          callOf: ({ id }) => ({ member: "images.enable", args: [id] }),
        })
      : askedAction({
          ...common,
          verb: "Disable",
          whyNot: (image) => mustBeOwn(image) ?? mustBeAvailable(image),
          consequence:
            "No more instances can be launched from it until it is enabled again, and it is shared with nobody any more. Existing instances stay.",
          act: ({ id }) => cloud.images.disable(id),
          callOf: ({ id }) => ({ member: "images.disable", args: [id] }),
        }),
    {
      text: "Export bundle…",
      whyNot: mustBeAvailable,
      dialog: ([image], close) => <ExportBundle image={image} onClose={close} />,
    },
    {
      text: "Deregister…",
      whyNot: mustBeOwn,
      dialog: ([image], close) => <DeregisterImage image={image} onClose={close} />,
    },
  ];
  return <ResourceActions noun={NOUN} items={images} actions={actions} />;
}

function mustBeOwn({ kind, shared, ownerId }: Image): string | null {
  if (kind !== "own") return "It comes with the page";
  return shared ? `It belongs to ${ownerId}` : null;
}

const mustBeAvailable = ({ state }: Image) => (state === "available" ? null : `The image is ${state}`);
