import type { Client } from "../protocol/contract.ts";
import type { AttachedVolume, AttachResult, GrowResult, VmContract, VolumeLimits } from "../protocol/vm-contract.ts";
import type { DeviceAction } from "./transitions.ts";

/** Runs a call of the machine while the instance is in a state that allows the action; else `IncorrectInstanceState`. */
export type RunVolumeAction = <T>(action: DeviceAction, call: (client: Client<VmContract>) => Promise<T>) => Promise<T>;

/**
 * What can be done to the volumes of a running instance; `vmContract` has the details and the errors. In any other
 * state, and when the machine goes down meanwhile, everything rejects with `IncorrectInstanceState`.
 */
export class InstanceVolumes {
  readonly #run: RunVolumeAction;

  constructor(run: RunVolumeAction) {
    this.#run = run;
  }

  async attach(volume: AttachedVolume): Promise<AttachResult> {
    return await this.#run("attach-volume", (client) => client.attachVolume(volume));
  }

  async detach(volumeId: string, force = false): Promise<void> {
    await this.#run("detach-volume", (client) => client.detachVolume({ volumeId, force }));
  }

  async resize(volumeId: string, sizeBytes: number): Promise<void> {
    await this.#run("resize-volume", (client) => client.resizeVolume({ volumeId, sizeBytes }));
  }

  async growFileSystem(volumeId: string): Promise<GrowResult> {
    return await this.#run("grow-file-system", (client) => client.growFileSystem({ volumeId }));
  }

  /** All at one point in time. */
  async snapshot(
    volumes: readonly { readonly volumeId: string; readonly snapshotId: string }[],
    options: { readonly freeze: boolean },
  ): Promise<void> {
    await this.#run("snapshot-volumes", (client) =>
      client.snapshotVolumes({ volumes: [...volumes], freeze: options.freeze }),
    );
  }

  async setLimits(volumeId: string, limits: VolumeLimits): Promise<void> {
    await this.#run("limit-volume", (client) => client.setVolumeLimits({ volumeId, ...limits }));
  }
}
