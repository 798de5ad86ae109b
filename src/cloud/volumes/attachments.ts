import { CloudError, hasCode } from "../../base/errors.ts";
import { Emitter } from "../../base/event.ts";
import { type AttachedVolume, CDROM_PLACE, type ImageRef } from "../../protocol/vm-contract.ts";
import {
  byLetter,
  checkDevice,
  checkDeviceIsFree,
  freeDevice,
  isCdromDevice,
  isRootDevice,
  placeOf,
} from "./device-names.ts";
import { type DiskContext, imageUrlOf, volumeOf } from "./disk-context.ts";
import type { LinkedInstance } from "./instance-link.ts";
import { attached, incorrectState, instanceBetween, zoneMismatch } from "./volume-errors.ts";
import type { AttachVolumeRequest, DetachVolumeRequest } from "./volume-info.ts";
import type { VolumeMaker } from "./volume-maker.ts";
import type { AttachmentRecord, VolumeRecord } from "./volume-record.ts";
import { limitsOf } from "./volume-types.ts";

type AttachedRecord = VolumeRecord & { readonly attachment: AttachmentRecord };

export interface InstanceVolume {
  readonly id: string;
  readonly record: AttachedRecord;
}

/** Which volume is attached where. A volume's record says it; here it is done. */
export class Attachments {
  readonly #context: DiskContext;
  readonly #maker: VolumeMaker;
  /** What the guests that run call their disks, by instance and volume. */
  readonly #guestDevices = new Map<string, ReadonlyMap<string, string>>();
  /** Those that are being detached, by volume. */
  readonly #detaching = new Map<string, Promise<void>>();
  readonly #named = new Emitter<void>();

  constructor(context: DiskContext, maker: VolumeMaker) {
    this.#context = context;
    this.#maker = maker;
  }

  /** Fires after a guest's name for a disk has become known, or void. */
  readonly onNames = this.#named.event;

  /** An instance's disk, e.g. "/dev/vdb"; null while it has none of that id, or does not see it. */
  guestDevice(instanceId: string | undefined, volumeId: string): string | null {
    return this.#guestDevices.get(instanceId ?? "")?.get(volumeId) ?? null;
  }

  /** All volumes of an instance, in the order of their device names, the root first. */
  of(instanceId: string): readonly InstanceVolume[] {
    return this.#context.registry.volumesOfInstance
      .of(instanceId)
      .map(([id, record]) => ({ id, record }))
      .filter((entry): entry is InstanceVolume => isAttached(entry.record))
      .sort((a, b) => byLetter(a.record.attachment.device, b.record.attachment.device));
  }

  /** The root volume; undefined while it is detached (F37). */
  rootOf(instanceId: string): InstanceVolume | undefined {
    return this.of(instanceId).find(({ record }) => isRootDevice(record.attachment.device));
  }

  /** An instance cannot start without its root volume (F37). */
  checkRoot(instanceId: string, rootDevice: string): void {
    if (this.rootOf(instanceId) !== undefined) return;
    throw new CloudError(
      "InvalidParameterValue",
      `Invalid value '${instanceId}' for instanceId. Instance does not have a volume attached at root (${rootDevice})`,
      { instanceId, rootDevice },
    );
  }

  /** An instance cannot start without the keys of its volumes: `Volume.KeyUnavailable`. */
  checkKeys(instanceId: string): void {
    for (const { id, record } of this.of(instanceId)) this.#context.keys.check(record.keyId, id);
  }

  /** The disks for a machine that is about to be built; makes those that are not there yet. */
  async disksFor(instanceId: string): Promise<AttachedVolume[]> {
    const ids = this.of(instanceId).map(({ id }) => id);
    return await this.#context.queue.run(ids, async () => {
      for (const id of ids) await this.#maker.make(id);
      return await Promise.all(this.of(instanceId).map((volume) => this.#disk(volume)));
    });
  }

  /** The guest that starts now finds its disks in the order of their places, and names them so. */
  nameInOrder(instanceId: string, disks: readonly { readonly volumeId: string; readonly device: string }[]): void {
    const isCdrom = ({ device }: { device: string }) => device === CDROM_PLACE;
    const sorted = disks.filter((disk) => !isCdrom(disk)).sort((a, b) => a.device.localeCompare(b.device));
    const cds = disks.filter(isCdrom).map(({ volumeId, device }) => [volumeId, `/dev/${device}`] as const);
    const names = sorted.map(({ volumeId }, index) => {
      return [volumeId, `/dev/vd${String.fromCharCode("a".charCodeAt(0) + index)}`] as const;
    });
    this.#guestDevices.set(instanceId, new Map([...names, ...cds]));
    this.#named.fire();
  }

  /** What the guest itself says that it calls its disks, e.g. "vdb". */
  named(instanceId: string, names: Readonly<Record<string, string>>): void {
    const paths = Object.entries(names).map(([volumeId, name]) => [volumeId, `/dev/${name}`] as const);
    this.#guestDevices.set(instanceId, new Map(paths));
    this.#named.fire();
  }

  /** The instance's machine is gone: nothing is named, and nothing is held any more. */
  async wentDown(instanceId: string): Promise<void> {
    this.#guestDevices.delete(instanceId);
    const busy = this.of(instanceId).filter(({ record }) => record.attachment.state === "busy");
    const changes = busy.map(({ id, record }) => this.#put(id, record, "attached"));
    if (changes.length > 0) await this.#context.registry.commit(changes);
    this.#named.fire();
  }

  /** What an earlier page was about to do: nothing runs now, so that it is done at once. */
  async settleOld(): Promise<void> {
    const { registry } = this.#context;
    const changes = registry.volumes.entries().flatMap(([id, record]) => {
      if (record.attachment === null || record.attachment.state === "attached" || record.state === "creating")
        return [];
      if (record.attachment.state === "detaching") return [registry.volumes.put(id, detachedFrom(record))];
      return [this.#put(id, record as AttachedRecord, "attached")];
    });
    if (changes.length > 0) await registry.commit(changes);
  }

  /** `begun`: it is "attaching". */
  async attach(
    { volumeId, instanceId, device: wanted }: AttachVolumeRequest,
    begun: () => void = () => {},
  ): Promise<void> {
    volumeOf(this.#context, volumeId);
    if (wanted !== undefined) checkDevice(wanted);
    await this.#context.queue.run([volumeId], async () => {
      const { registry, clock, findInstance } = this.#context;
      const record = volumeOf(this.#context, volumeId);
      const instance = findInstance(instanceId);
      if (record.attachment !== null) throw attached(volumeId, record.attachment.instanceId);
      if (record.state !== "available") throw incorrectState(volumeId, record, "'available'");
      if (record.zone !== instance.zone) throw zoneMismatch(volumeId, record, instance);
      const { state } = instance;
      if (state !== "running" && state !== "stopped") throw instanceBetween(instanceId, state);
      const taken = [...this.of(instanceId).map((other) => other.record.attachment.device), ...instance.storeDevices];
      const device = wanted ?? freeDevice(taken);
      if (isCdromDevice(device)) checkHasCdrom(instance.id, await instance.bootImage());
      checkDeviceIsFree(device, taken);
      if (state === "running") {
        instance.checkRoom();
        this.#context.keys.check(record.keyId, volumeId);
      }
      const attachment: AttachmentRecord = {
        instanceId,
        device,
        state: state === "running" ? "attaching" : "attached",
        deleteOnTermination: false,
        attachedAt: clock.now(),
      };
      const next: AttachedRecord = { ...record, state: "in-use", attachment };
      await registry.commit([registry.volumes.put(volumeId, next)]);
      begun();
      if (state === "running") await this.#plug(volumeId, record, next, instance);
    });
  }

  /** `begun`: it is "detaching". */
  async detach(request: DetachVolumeRequest, begun: () => void = () => {}): Promise<void> {
    const { volumeId, force = false } = request;
    volumeOf(this.#context, volumeId);
    if (force && (await this.#overtake(request))) return;
    const detaching = this.#context.queue.run([volumeId], async () => {
      const { registry, findInstance } = this.#context;
      const record = this.#attached(request);
      const { attachment } = record;
      const instance = findInstance(attachment.instanceId);
      if (instance.state !== "stopped" && isRootDevice(attachment.device)) {
        throw new CloudError(
          "OperationNotPermitted",
          `Unable to detach root volume '${volumeId}' from instance '${instance.id}'`,
          { volumeId, instanceId: instance.id },
        );
      }
      if (instance.state === "running") await this.#unplug(volumeId, record, instance, { force, begun });
      else if (instance.state !== "stopped") throw instanceBetween(instance.id, instance.state);
      this.#name(attachment.instanceId, volumeId, null);
      await registry.commit([registry.volumes.put(volumeId, detachedFrom(volumeOf(this.#context, volumeId)))]);
    });
    this.#detaching.set(volumeId, detaching);
    try {
      await detaching;
    } finally {
      if (this.#detaching.get(volumeId) === detaching) this.#detaching.delete(volumeId);
    }
  }

  /**
   * A forced detach does not wait for its turn behind an orderly one: it has the machine make that one forced. Says whether
   * that has detached the volume.
   */
  async #overtake(request: DetachVolumeRequest): Promise<boolean> {
    const underWay = this.#detaching.get(request.volumeId);
    if (underWay === undefined) return false;
    const { attachment } = this.#attached(request);
    // What comes of it shows in the orderly one.
    const { volumes } = this.#context.findInstance(attachment.instanceId);
    await volumes.detach(request.volumeId, true).catch(() => {});
    return await underWay.then(
      () => true,
      () => false,
    );
  }

  /** A volume that is attached as a request says. `IncorrectState`, `InvalidAttachment.NotFound`. */
  #attached({ volumeId, instanceId, device }: DetachVolumeRequest): AttachedRecord {
    const record = volumeOf(this.#context, volumeId);
    if (!isAttached(record)) throw incorrectState(volumeId, record, "'in-use'");
    const { attachment } = record;
    const wrongInstance = instanceId !== undefined && instanceId !== attachment.instanceId;
    if (!wrongInstance && (device === undefined || device === attachment.device)) return record;
    throw new CloudError(
      "InvalidAttachment.NotFound",
      `The volume ${volumeId} is not attached to instance ${instanceId ?? attachment.instanceId} as device ${device ?? attachment.device}`,
      { volumeId },
    );
  }

  async setDeleteOnTermination(volumeId: string, deleteOnTermination: boolean): Promise<void> {
    volumeOf(this.#context, volumeId);
    await this.#context.queue.run([volumeId], async () => {
      const { registry } = this.#context;
      const record = volumeOf(this.#context, volumeId);
      if (record.attachment === null) throw incorrectState(volumeId, record, "'in-use'");
      const attachment = { ...record.attachment, deleteOnTermination };
      await registry.commit([registry.volumes.put(volumeId, { ...record, attachment })]);
    });
  }

  /** The instance is on its way out: what goes with it is deleted, the rest is available again (F43). */
  async release(instanceId: string): Promise<void> {
    const ids = this.of(instanceId).map(({ id }) => id);
    await this.#context.queue.run(ids, async () => {
      const { registry } = this.#context;
      const changes = this.of(instanceId).map(({ id, record }) => {
        const goes = record.attachment.deleteOnTermination;
        const { state } = detachedFrom(record);
        return registry.volumes.put(id, { ...record, state: goes ? "deleting" : state, attachment: null });
      });
      if (changes.length > 0) await registry.commit(changes);
    });
    // Also what an earlier try had marked: the instance is gone when its volumes are.
    for (const id of ids) await this.#maker.finish(id);
  }

  async #plug(volumeId: string, before: VolumeRecord, record: AttachedRecord, instance: LinkedInstance): Promise<void> {
    const { registry } = this.#context;
    try {
      const { guestDevice } = await instance.volumes.attach(await this.#disk({ id: volumeId, record }));
      if (guestDevice !== null) this.#name(instance.id, volumeId, `/dev/${guestDevice}`);
    } catch (error) {
      await registry.commit([registry.volumes.put(volumeId, before)]);
      throw error;
    }
    await registry.commit([this.#put(volumeId, volumeOf(this.#context, volumeId) as AttachedRecord, "attached")]);
  }

  async #unplug(
    volumeId: string,
    record: AttachedRecord,
    instance: LinkedInstance,
    { force, begun }: { readonly force: boolean; readonly begun: () => void },
  ): Promise<void> {
    const { registry } = this.#context;
    await registry.commit([this.#put(volumeId, record, "detaching")]);
    begun();
    try {
      await instance.volumes.detach(volumeId, force);
    } catch (error) {
      // The machine went down meanwhile: then nobody holds it any more. One that was never plugged in is not held either.
      const now = this.#context.findInstance(instance.id).state;
      if (now === "stopped" || hasCode(error, "InvalidAttachment.NotFound")) return;
      const state = hasCode(error, "VolumeInUse") && now === "running" ? "busy" : "attached";
      await registry.commit([this.#put(volumeId, record, state)]);
      throw error;
    }
  }

  async #disk({ id, record }: InstanceVolume): Promise<AttachedVolume> {
    const imageUrl = await imageUrlOf(this.#context, record.imageId);
    const key = await this.#context.keys.open(record.keyId, id);
    return {
      volumeId: id,
      device: placeOf(record.attachment.device),
      readOnly: isCdromDevice(record.attachment.device),
      limits: limitsOf(record),
      ...(imageUrl === null ? {} : { imageUrl }),
      ...(key === undefined ? {} : { key }),
    };
  }

  #name(instanceId: string, volumeId: string, guestDevice: string | null): void {
    const names = new Map(this.#guestDevices.get(instanceId));
    if (guestDevice === null) names.delete(volumeId);
    else names.set(volumeId, guestDevice);
    this.#guestDevices.set(instanceId, names);
    this.#named.fire();
  }

  #put(id: string, record: AttachedRecord, state: AttachmentRecord["state"]) {
    return this.#context.registry.volumes.put(id, { ...record, attachment: { ...record.attachment, state } });
  }
}

const isAttached = (record: VolumeRecord): record is AttachedRecord => record.attachment !== null;

/** A volume whose blocks are not made yet goes on being made. */
function detachedFrom(record: VolumeRecord): VolumeRecord {
  return { ...record, state: record.state === "in-use" ? "available" : record.state, attachment: null };
}

/** `InvalidParameterValue` for one that starts with a kernel: only a BIOS' machine has a CD-ROM drive. */
function checkHasCdrom(instanceId: string, { bootMode }: ImageRef): void {
  if (bootMode === "legacy-bios") return;
  const text = `The instance '${instanceId}' has no CD-ROM drive: it boots its kernel directly. Attach the volume as a disk.`;
  throw new CloudError("InvalidParameterValue", text, { instanceId });
}
