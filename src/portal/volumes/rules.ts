import type { Volume } from "../../api/volume-types.ts";

export type VolumeAction =
  | "attach"
  | "detach"
  | "force-detach"
  | "modify"
  | "grow"
  | "keep"
  | "let-go"
  | "tags"
  | "snapshot"
  | "rollback"
  | "export"
  | "delete";

/**
 * Why an action cannot be clicked for a volume; null when it can. It only decides what is offered: the cloud decides
 * what is legal (F40–F42), and its refusal is shown.
 */
export function whyNot(action: VolumeAction, volumes: readonly Volume[]): string | null {
  const [volume, second] = volumes;
  if (volume === undefined) return "Select a volume first";
  if (second === undefined) return whyNotOne(action, volume);
  if (!FOR_SEVERAL.includes(action)) return "Select one volume";
  return volumes.map((each) => whyNotOne(action, each)).find((reason) => reason !== null) ?? null;
}

const FOR_SEVERAL: readonly VolumeAction[] = ["detach", "force-detach", "delete"];

function whyNotOne(action: VolumeAction, volume: Volume): string | null {
  const attached = volume.attachment !== null;
  switch (action) {
    case "attach":
    case "delete":
      return volume.state === "available" ? null : `The volume must be available; it is ${volume.state}`;
    case "detach":
    case "force-detach":
      return attached ? null : "The volume is not attached";
    case "keep":
      if (volume.attachment === null) return "The volume is not attached";
      return volume.attachment.deleteOnTermination ? null : "It stays when its instance is terminated";
    case "let-go":
      if (volume.attachment === null) return "The volume is not attached";
      return volume.attachment.deleteOnTermination ? "It is deleted with its instance" : null;
    case "grow":
      return volume.attachment?.guestDevice ? null : "The volume must be attached to an instance that runs";
    case "tags":
      return null;
    case "modify":
    case "snapshot":
      return isSettled(volume) ? null : `The volume is ${volume.state}`;
    case "rollback":
    case "export":
      return isSettled(volume) && !volume.attachment?.guestDevice
        ? null
        : "Detach the volume or stop its instance first";
  }
}

const isSettled = ({ state }: Volume) => state === "available" || state === "in-use";
