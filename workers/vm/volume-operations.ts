import { CloudError, toCloudError } from "../../src/base/errors.ts";
import {
  type AttachedVolume,
  type AttachResult,
  CDROM_PLACE,
  type GrowResult,
  type VolumeLimits,
} from "../../src/protocol/vm-contract.ts";
import type { DiskUse, GuestDisks } from "./guest-disks.ts";
import type { MachineDisks } from "./machine-disks.ts";
import type { PluggedDisk } from "./plugged-disk.ts";
import type { MachineBlockDevice } from "./resources.ts";

export interface VolumeOperationsParts {
  readonly disks: MachineDisks;
  readonly guest: GuestDisks;
  openVolume(volume: AttachedVolume): Promise<MachineBlockDevice>;
  /** Throws `IncorrectInstanceState` when the machine does not run. */
  expectRunning(): void;
  /** What a guest that has just come up calls its disks, by volume. */
  onNames(names: Readonly<Record<string, string>>): void;
}

interface SnapshotRequest {
  readonly volumes: readonly { readonly volumeId: string; readonly snapshotId: string }[];
  readonly freeze: boolean;
}

/** An orderly detach, which force may overtake. */
interface Detach {
  isForced: boolean;
  readonly forced: Promise<void>;
  force(): void;
}

/** What is done to the volumes of a machine while it runs, one after the other; `vmContract` says what may come of it. */
export class VolumeOperations {
  readonly #parts: VolumeOperationsParts;
  #turn: Promise<unknown> = Promise.resolve();
  readonly #detaching = new Map<string, { readonly detach: Detach; readonly done: Promise<void> }>();

  constructor(parts: VolumeOperationsParts) {
    this.#parts = parts;
  }

  /** Runs `work` while no operation is under way. */
  inTurn<T>(work: () => T | Promise<T>): Promise<T> {
    const turn = this.#turn.then(work);
    this.#turn = turn.catch(() => {});
    return turn;
  }

  attach(volume: AttachedVolume): Promise<AttachResult> {
    return this.#operation(async () => {
      const { disks, openVolume, expectRunning } = this.#parts;
      if (volume.device === CDROM_PLACE) throw whileStopped(volume.volumeId, "put into its CD-ROM drive");
      disks.checkFree(volume);
      const disk = await openVolume(volume);
      try {
        expectRunning();
        disks.checkFree(volume);
      } catch (thrown) {
        await disk.close();
        throw thrown;
      }
      const plugged = disks.plug(volume, disk);
      plugged.announced = false;
      const guestDevice = await this.#announce(plugged);
      expectRunning();
      return { guestDevice };
    });
  }

  /** A forced one does not wait behind an orderly one of the same volume: it makes that one forced too. */
  async detach({ volumeId, force }: { volumeId: string; force: boolean }): Promise<void> {
    const underWay = this.#detaching.get(volumeId);
    if (force && underWay !== undefined) {
      underWay.detach.force();
      const isDone = await underWay.done.then(
        () => true,
        () => false,
      );
      if (isDone) return;
    }
    const detach = newDetach(force);
    const entry = { detach, done: this.#operation(() => this.#detach(volumeId, detach)) };
    this.#detaching.set(volumeId, entry);
    try {
      await entry.done;
    } finally {
      if (this.#detaching.get(volumeId) === entry) this.#detaching.delete(volumeId);
    }
  }

  async #detach(volumeId: string, detach: Detach): Promise<void> {
    const plugged = this.#parts.disks.get(volumeId);
    checkDetachable(plugged);
    if (!detach.isForced && !plugged.isUnplugged) {
      const released = this.#release(plugged);
      // Once it is forced nobody waits for what the guest makes of it.
      released.catch(() => {});
      await Promise.race([released, detach.forced]);
    }
    if (!plugged.isUnplugged) await this.#takeAway(plugged);
    await plugged.close();
    if (plugged.isUnplugged) this.#parts.disks.remove(plugged);
  }

  resize({ volumeId, sizeBytes }: { volumeId: string; sizeBytes: number }): Promise<void> {
    return this.#operation(async () => {
      const { disk, device, spec, isUnplugged, isCdrom } = this.#parts.disks.get(volumeId);
      if (isCdrom) throw whileStopped(volumeId, "resized");
      if (disk.resize === undefined) throw notAVolume(spec.volumeId, "resized");
      await disk.resize(sizeBytes);
      if (!isUnplugged) device.capacityChanged();
    });
  }

  /** Beside the others: it may take minutes, and the guest sees to it that a mounted disk stays. */
  async growFileSystem({ volumeId }: { volumeId: string }): Promise<GrowResult> {
    this.#parts.expectRunning();
    const { slot } = this.#parts.disks.get(volumeId);
    const grown = await this.#parts.guest.grow(slot);
    if (grown.fileSystems.length > 0) return grown;
    const text = `The guest has nothing of the volume '${volumeId}' mounted. Mount its file system, then grow it.`;
    throw new CloudError("Volume.NotMounted", text, { volumeId });
  }

  snapshot({ volumes, freeze }: SnapshotRequest): Promise<void> {
    return this.#operation(async () => {
      const all = volumes.map(({ volumeId, snapshotId }) => {
        const { slot, disk, isCdrom } = this.#parts.disks.get(volumeId);
        if (isCdrom) throw whileStopped(volumeId, "snapshotted");
        if (disk.snapshot === undefined) throw notAVolume(volumeId, "snapshotted");
        return { slot, take: disk.snapshot.bind(disk, snapshotId) };
      });
      let taken: Promise<void>[] = [];
      // The guest does not run meanwhile: between the first call and the last one nothing is acknowledged to it.
      const takeAll = () => {
        taken = all.map(({ take }) => take());
        // Looked at below, when the guest has thawed.
        for (const each of taken) each.catch(() => {});
      };
      try {
        if (!freeze) takeAll();
        else
          await this.#parts.guest.freeze(
            all.map(({ slot }) => slot),
            takeAll,
          );
      } finally {
        // Nobody may act on an outcome while a snapshot is still being stored.
        await Promise.allSettled(taken);
      }
      await Promise.all(taken);
    });
  }

  setLimits({ volumeId, ...limits }: { volumeId: string } & VolumeLimits): void {
    this.#parts.expectRunning();
    this.#parts.disks.get(volumeId).device.setLimits(limits);
  }

  /** The guest can be told what it has missed, and asked what it calls its disks. */
  agentReady(): void {
    this.inTurn(async () => {
      const { disks, guest, onNames } = this.#parts;
      for (const plugged of disks.unannounced) await this.#announce(plugged);
      // The root alone is the first disk that it finds.
      const named = disks.plugged.filter(({ isCdrom }) => !isCdrom);
      const cds = disks.plugged.filter(({ isCdrom }) => isCdrom);
      if (named.length < 2) return;
      const names = await guest.names(named.map(({ slot }) => slot));
      onNames(
        Object.fromEntries([
          ...named.flatMap(({ slot, spec }) => {
            const name = names.get(slot);
            return name === undefined ? [] : [[spec.volumeId, name]];
          }),
          ...cds.map(({ spec }) => [spec.volumeId, spec.device]),
        ]),
      );
    }).catch(() => {
      // An agent that went away comes again, and so does this.
    });
  }

  #operation<T>(work: () => Promise<T>): Promise<T> {
    return this.inTurn(() => {
      this.#parts.expectRunning();
      return work();
    });
  }

  /** Gives the guest's name for a new disk, `null` when it cannot be told of it now. */
  async #announce(plugged: PluggedDisk): Promise<string | null> {
    try {
      const name = await this.#parts.guest.rescan(plugged.slot);
      plugged.announced = name !== undefined;
      return name ?? null;
    } catch (thrown) {
      if (isAgentError(thrown)) return null;
      throw thrown;
    }
  }

  /** The guest lets go of the disk, or this throws and nothing has changed. */
  async #release(plugged: PluggedDisk): Promise<void> {
    const { disk, device, slot, spec } = plugged;
    // What cannot be stored must not leave the guest, which still has it.
    if (!disk.readOnly) await disk.flush();
    try {
      const use = await this.#parts.guest.release(slot);
      if (use !== undefined) throw inUse(spec.volumeId, use);
    } catch (thrown) {
      // A guest without a driver on the device has nothing to let go of.
      if (!isAgentError(thrown) || device.inUse) throw thrown;
    }
    if (device.inUse) throw inUse(spec.volumeId, NO_USE);
    await device.drain();
    plugged.unplug();
  }

  async #takeAway(plugged: PluggedDisk): Promise<void> {
    const { device, slot } = plugged;
    try {
      await this.#parts.guest.forceRelease(slot);
    } catch (thrown) {
      if (!isAgentError(thrown)) throw thrown;
    }
    if (device.inUse) await device.disconnect();
    else {
      await device.drain();
      plugged.unplug();
    }
  }
}

function newDetach(isForced: boolean): Detach {
  let tell = () => {};
  const forced = new Promise<void>((resolve) => {
    tell = resolve;
  });
  const detach: Detach = {
    isForced,
    forced,
    force() {
      detach.isForced = true;
      tell();
    },
  };
  return detach;
}

const NO_USE: DiskUse = { mountPoints: [], swaps: [], holders: [], processes: [] };

function checkDetachable({ isRoot, isCdrom, isInstanceStore, spec: { volumeId } }: PluggedDisk): void {
  if (isCdrom) throw whileStopped(volumeId, "taken from its CD-ROM drive");
  if (isRoot) {
    const text = `The root volume '${volumeId}' cannot be detached while the instance runs. Stop the instance first.`;
    throw new CloudError("OperationNotPermitted", text, { volumeId });
  }
  if (isInstanceStore) throw notAVolume(volumeId, "detached");
}

function whileStopped(volumeId: string, done: string): CloudError {
  const text = `The volume '${volumeId}' cannot be ${done} while the instance runs. Stop the instance first.`;
  return new CloudError("OperationNotPermitted", text, { volumeId });
}

function notAVolume(volumeId: string, done: string): CloudError {
  return new CloudError("OperationNotPermitted", `The instance-store disk '${volumeId}' cannot be ${done}.`, {
    volumeId,
  });
}

function inUse(volumeId: string, use: DiskUse): CloudError {
  const by = [
    ...use.mountPoints.map((path) => `mounted on ${path}`),
    ...use.swaps.map((path) => `swap space (${path})`),
    ...use.holders.map((name) => `held by ${name}`),
    ...use.processes.map((id) => `open in process ${id}`),
  ];
  const how = by.length === 0 ? "in use" : by.join(", ");
  const text = `The guest still uses the volume '${volumeId}': it is ${how}. Unmount it there first, or force the detachment.`;
  return new CloudError("VolumeInUse", text, { volumeId, ...use });
}

/** Nobody in the guest could be asked. */
const isAgentError = (thrown: unknown) => toCloudError(thrown).code.startsWith("Agent.");
