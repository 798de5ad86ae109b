import type { Volume } from "../../api/volume-types.ts";
import { usePortal } from "../live/portal-context.ts";
import { askedAction, tagsAction } from "../resources/common-actions.tsx";
import { ExportDisk } from "../resources/export-disk.tsx";
import { labelOf } from "../resources/label.ts";
import { onAll } from "../resources/on-all.ts";
import { type ResourceAction, ResourceActions } from "../resources/resource-actions.tsx";
import { useAction } from "../resources/use-action.ts";
import { CreateSnapshot } from "../snapshots/create-snapshot.tsx";
import { AttachVolume } from "./attach-volume.tsx";
import { ModifyVolume } from "./modify-volume.tsx";
import { RollBackVolume } from "./roll-back-volume.tsx";
import * as rules from "./rules.ts";

const NOUN = ["volume", "volumes"] as const;

/** Everything that can be done with one volume, and what can be done with several. */
export function VolumeActions({ volumes }: { volumes: readonly Volume[] }) {
  const { cloud } = usePortal();
  const run = useAction();
  const setDeleteOnTermination = (volume: Volume, on: boolean) =>
    run(`Could not change ${labelOf(volume)}`, () => cloud.volumes.setDeleteOnTermination(volume.id, on));
  const actions: readonly ResourceAction<Volume>[] = [
    {
      text: "Attach…",
      whyNot: rules.mustBeAvailable,
      dialog: ([volume], close) => <AttachVolume volume={volume} onClose={close} />,
    },
    {
      text: "Detach",
      several: true,
      whyNot: rules.mustBeAttached,
      act: (items) => run("Could not detach", () => onAll(items, ({ id }) => cloud.volumes.detach({ volumeId: id }))),
    },
    askedAction<Volume>({
      verb: "Force detach",
      noun: NOUN,
      labelOf,
      whyNot: rules.mustBeAttached,
      consequence: "The disk is taken from the guest as when its cable is pulled: what it had not written yet is lost.",
      act: ({ id }) => cloud.volumes.detach({ volumeId: id, force: true }),
      callOf: ({ id }) => ({ member: "volumes.detach", args: [{ volumeId: id, force: true }] }),
    }),
    {
      text: "Modify…",
      whyNot: rules.mustBeSettled,
      dialog: ([volume], close) => <ModifyVolume volume={volume} onClose={close} />,
    },
    {
      text: "Grow the file system",
      whyNot: rules.mustBeInGuest,
      act: ([volume]) =>
        run(`Could not grow the file system on ${labelOf(volume)}`, () => cloud.volumes.growFileSystem(volume.id)),
    },
    {
      text: "Keep at termination",
      whyNot: rules.mustGoWithInstance,
      act: ([volume]) => setDeleteOnTermination(volume, false),
    },
    {
      text: "Delete at termination",
      whyNot: rules.mustStay,
      act: ([volume]) => setDeleteOnTermination(volume, true),
    },
    tagsAction<Volume>({ labelOf, member: "volumes", setTags: (id, tags) => cloud.volumes.setTags(id, tags) }),
    {
      text: "Create snapshot…",
      whyNot: rules.mustBeSettled,
      dialog: ([volume], close) => <CreateSnapshot volume={volume} onClose={close} />,
    },
    {
      text: "Roll back to a snapshot…",
      whyNot: rules.mustRest,
      dialog: ([volume], close) => <RollBackVolume volume={volume} onClose={close} />,
    },
    {
      text: "Export…",
      whyNot: rules.mustRest,
      dialog: ([volume], close) => (
        <ExportDisk
          label={labelOf(volume)}
          name={volume.name || volume.id}
          open={(options) => cloud.volumes.export(volume.id, options)}
          onClose={close}
        />
      ),
    },
    askedAction<Volume>({
      verb: "Delete",
      noun: NOUN,
      labelOf,
      whyNot: rules.mustBeAvailable,
      consequence: "Everything on it is deleted. Snapshots stay. This cannot be undone.",
      act: ({ id }) => cloud.volumes.delete(id),
      callOf: ({ id }) => ({ member: "volumes.delete", args: [id] }),
    }),
  ];
  return <ResourceActions noun={NOUN} items={volumes} actions={actions} />;
}
