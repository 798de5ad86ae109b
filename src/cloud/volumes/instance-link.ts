import type { InstanceVolumes } from "../../lifecycle/instance-volumes.ts";
import type { MachineCards } from "../../lifecycle/machine.ts";
import type { InstanceState, RootDeviceType } from "../../lifecycle/states.ts";
import type { ImageRef } from "../../protocol/vm-contract.ts";
import type { Place } from "../placement.ts";

/** What volumes and network interfaces know of an instance. */
export interface LinkedInstance extends Place {
  readonly id: string;
  readonly state: InstanceState;
  /** The name under which its root volume is attached. */
  readonly rootDevice: string;
  readonly rootDeviceType: RootDeviceType;
  /** The disks of a running instance. */
  readonly volumes: InstanceVolumes;
  /** The network cards of a running instance. */
  readonly interfaces: MachineCards;
  /** Device names that its instance-store volumes take. */
  readonly storeDevices: readonly string[];
  /** Throws `InsufficientInstanceCapacity` when the page has no memory for one more open volume (F70). */
  checkRoom(): void;
  /** What it boots with now. */
  bootImage(): Promise<ImageRef>;
  /** Restarts the guest; resolves when it has gone down and begins anew. */
  reboot(): Promise<void>;
}

/** Finds an instance by its id; throws `InvalidInstanceID.NotFound` or `InvalidInstanceID.Malformed`. */
export type FindInstance = (instanceId: string) => LinkedInstance;
