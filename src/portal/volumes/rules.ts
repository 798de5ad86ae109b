import type { Volume } from "../../api/volume-types.ts";

/**
 * Why something cannot be done with a volume; null when it can. It only decides what is offered: the cloud decides what
 * is legal (F40–F42), and its refusal is shown.
 */
type Rule = (volume: Volume) => string | null;

export const mustBeAvailable: Rule = ({ state }) =>
  state === "available" ? null : `The volume must be available; it is ${state}`;

export const mustBeAttached: Rule = ({ attachment }) => (attachment === null ? "The volume is not attached" : null);

export const mustGoWithInstance: Rule = (volume) =>
  mustBeAttached(volume) ??
  (volume.attachment?.deleteOnTermination ? null : "It stays when its instance is terminated");

export const mustStay: Rule = (volume) =>
  mustBeAttached(volume) ?? (volume.attachment?.deleteOnTermination ? "It is deleted with its instance" : null);

export const mustBeInGuest: Rule = ({ attachment }) =>
  attachment?.guestDevice ? null : "The volume must be attached to an instance that runs";

export const mustBeSettled: Rule = ({ state }) =>
  state === "available" || state === "in-use" ? null : `The volume is ${state}`;

export const mustRest: Rule = (volume) =>
  mustBeSettled(volume) === null && !volume.attachment?.guestDevice
    ? null
    : "Detach the volume or stop its instance first";
