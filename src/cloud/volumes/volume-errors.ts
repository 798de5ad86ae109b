import { CloudError } from "../../base/errors.ts";
import type { InstanceState } from "../../lifecycle/states.ts";
import type { VolumeRecord } from "./volume-record.ts";

export const volumeNotFound = (volumeId: string) =>
  new CloudError("InvalidVolume.NotFound", `The volume '${volumeId}' does not exist.`, { volumeId });

/** The volume is not in a state in which that can be done. */
export const incorrectState = (volumeId: string, { state }: Pick<VolumeRecord, "state">, wanted: string) =>
  new CloudError("IncorrectState", `Volume '${volumeId}' is in the '${state}' state; it must be ${wanted}.`, {
    volumeId,
    state,
  });

/** F40: an instance can only have volumes of its zone. */
export const zoneMismatch = (
  volumeId: string,
  { zone }: Pick<VolumeRecord, "zone">,
  instance: { readonly id: string; readonly zone: string },
) =>
  new CloudError(
    "InvalidVolume.ZoneMismatch",
    `The volume '${volumeId}' is not in the same availability zone as instance '${instance.id}'`,
    { volumeId, zone, instanceId: instance.id, instanceZone: instance.zone },
  );

/** The instance is on its way between two states: its disks cannot be touched. */
export const instanceBetween = (instanceId: string, state: InstanceState) =>
  new CloudError(
    "IncorrectInstanceState",
    `The instance '${instanceId}' is ${state}. Wait until it is running or stopped.`,
    { instanceId, state },
  );

/** F41's text. */
export const attached = (volumeId: string, instanceId: string) =>
  new CloudError("VolumeInUse", `Volume ${volumeId} is currently attached to ${instanceId}`, { volumeId, instanceId });
