import { CloudError, toCloudError } from "../../base/errors.ts";
import { newId } from "../../base/ids.ts";
import type { StoreOperation } from "../../store/key-value-store.ts";
import { reportBackground } from "../background.ts";
import { checkParameters } from "../parameters.ts";
import type { Change } from "../record-table.ts";
import type { SnapshotMaker, SnapshotPlan } from "../snapshots/snapshot-maker.ts";
import { checkTags } from "../tags.ts";
import type { Attachments, InstanceVolume } from "../volumes/attachments.ts";
import { isCdromDevice } from "../volumes/device-names.ts";
import { completedSnapshot, type DiskContext } from "../volumes/disk-context.ts";
import { instanceBetween } from "../volumes/volume-errors.ts";
import { bootFrom, checkHasNoBlank, withBios, withBlankRoot, withCommandLine } from "./boot-plan.ts";
import { type CatalogueDevice, type CatalogueImage, type ImageCatalogue, refOfDevice } from "./image-catalogue.ts";
import type { CopyImageRequest, CreateImageRequest, RegisterImageRequest } from "./image-info.ts";
import type { ImageDevice, OwnImageRecord } from "./own-image-record.ts";
import { withRootDeviceType } from "./root-device-type.ts";

/** EC2 API, `CreateImage`: parameter Name. */
const NAME = /^[A-Za-z0-9()[\] ./\-'@_]{3,128}$/;

export type NewImage = Pick<CreateImageRequest, "name" | "description" | "tags">;

export const NEW_IMAGE = { name: true, description: true, tags: true } as const;

/** Makes images of instances, snapshots and other images. */
export class ImageMaker {
  readonly #context: DiskContext;
  readonly #catalogue: ImageCatalogue;
  readonly #snapshots: SnapshotMaker;
  readonly #attachments: Attachments;

  constructor(context: DiskContext, catalogue: ImageCatalogue, snapshots: SnapshotMaker, attachments: Attachments) {
    this.#context = context;
    this.#catalogue = catalogue;
    this.#snapshots = snapshots;
    this.#attachments = attachments;
  }

  /** F29. Gives the image's id. */
  async fromInstance(request: CreateImageRequest): Promise<string> {
    checkParameters(request, { ...NEW_IMAGE, instanceId: true, noReboot: true });
    const instance = this.#context.findInstance(request.instanceId);
    this.checkName(request.name);
    const { state } = instance;
    if (instance.rootDeviceType !== "ebs") {
      const text = `The instance '${instance.id}' does not have an 'ebs' root device type: no image can be made of it.`;
      throw new CloudError("UnsupportedOperation", text, { instanceId: instance.id });
    }
    if (state !== "running" && state !== "stopped") throw instanceBetween(instance.id, state);
    this.#attachments.checkRoot(instance.id, instance.rootDevice);
    const ref = await instance.bootImage();
    this.checkName(request.name);
    // What is in the CD-ROM drive is no disk of the instance.
    const volumes = this.#attachments.of(instance.id).filter(({ record }) => !isCdromDevice(record.attachment.device));
    const id = newId("ami", this.#context.random);
    const plans = this.#snapshots.plan(
      volumes.map((volume) => volume.id),
      { description: `Created by CreateImage(${instance.id}) for ${id}`, tags: {} },
    );
    const devices = volumes.map((volume, index) => deviceOf(volume, (plans[index] as SnapshotPlan).snapshotId));
    const record = this.newRecord(request, { ref, devices, sourceInstanceId: instance.id });
    // Once it has gone down for the restart its file systems are unmounted; the next mount is a kernel's boot away.
    const before = state === "running" && request.noReboot !== true ? () => instance.reboot() : async () => {};
    await this.make(id, record, plans, (completed) =>
      this.#snapshots.take(plans, { freeze: false, before, completed }),
    );
    return id;
  }

  /** An image of which a snapshot is the root volume. */
  async register(request: RegisterImageRequest): Promise<string> {
    checkParameters(request, {
      ...NEW_IMAGE,
      snapshotId: true,
      rootDeviceType: true,
      bootMode: true,
      kernelImage: true,
      commandLine: true,
    });
    completedSnapshot(this.#context, request.snapshotId);
    this.checkName(request.name);
    const loader = await bootFrom(this.#context, request);
    const kernel = await this.#catalogue.find(request.kernelImage ?? (this.#catalogue.names[0] as string));
    this.checkName(request.name);
    const { sizeBytes } = completedSnapshot(this.#context, request.snapshotId);
    const [{ imageId: _, ...root }] = kernel.devices as [CatalogueDevice];
    const device = { ...root, snapshotId: request.snapshotId, sizeBytes };
    const devices = loader === "cdrom" ? withBlankRoot(device) : [device];
    const booted = loader === "kernel" ? withCommandLine(kernel.ref, request.commandLine) : withBios(kernel.ref);
    const ref = withRootDeviceType(booted, request.rootDeviceType, devices);
    const record = this.newRecord(request, { ref, devices, sourceInstanceId: null });
    const { registry, random } = this.#context;
    const id = newId("ami", random);
    await registry.commit([registry.images.put(id, { ...record, state: "available" })]);
    return id;
  }

  /** F35: with snapshots of its own. */
  async copy(request: CopyImageRequest): Promise<string> {
    checkParameters(request, { ...NEW_IMAGE, image: true, encrypted: true });
    this.checkName(request.name);
    const source = await this.#catalogue.find(request.image);
    checkHasNoBlank(source, "copied");
    const { keys } = this.#context;
    const keyFrom = source.devices.map(({ snapshotId }) => keys.sourceOf(request.encrypted, snapshotId));
    const keyIds = await keys.provide(keyFrom);
    this.checkName(request.name);
    const id = newId("ami", this.#context.random);
    const plans = source.devices.map((device, index) => this.#planCopy(source, device, id, keyIds[index] ?? null));
    const devices = source.devices.map(({ imageId: _, ...device }, index) => ({
      ...device,
      snapshotId: (plans[index] as SnapshotPlan).snapshotId,
    }));
    const record = this.newRecord(request, { ref: source.ref, devices, sourceInstanceId: null });
    const sources = source.devices.map(({ snapshotId }, index) => ({
      snapshotId,
      image: refOfDevice(source.ref, index),
    }));
    // What the copy stands on is looked up by the image's id, which nobody may have launched yet.
    const others = source.kind === "embedded" ? this.#catalogue.remember(source) : [];
    await this.make(id, record, plans, (completed) => this.#snapshots.copy(plans, sources, completed), others);
    return id;
  }

  /** What an earlier page had begun: an image is available when all its snapshots are. */
  async finishOld(): Promise<void> {
    const { registry } = this.#context;
    for (const [id, record] of registry.images.entries()) {
      if (record.state !== "pending") continue;
      const states = record.devices.map(({ snapshotId }) => registry.snapshots.get(snapshotId ?? "")?.state);
      if (states.includes("pending")) continue;
      const closed = { code: "Server.PageClosed", message: "The page was closed before the image was made." };
      const isDone = states.every((state) => state === "completed");
      const next = isDone
        ? { ...record, state: "available" as const }
        : { ...record, state: "failed" as const, stateReason: closed };
      await registry.commit([registry.images.put(id, next)]).catch(reportBackground);
    }
  }

  /** Makes the record and its snapshots "pending", then what `take` does; one that is cancelled leaves nothing behind. */
  async make(
    id: string,
    record: OwnImageRecord,
    plans: readonly SnapshotPlan[],
    take: (completed: () => Change[]) => Promise<void>,
    others: readonly StoreOperation[] = [],
  ): Promise<void> {
    const { registry } = this.#context;
    await registry.commit([...this.#snapshots.begin(plans), registry.images.put(id, record)], others);
    try {
      await take(() => [registry.images.put(id, { ...record, state: "available" })]);
    } catch (thrown) {
      const { code, message } = toCloudError(thrown);
      const failed = { ...record, state: "failed" as const, stateReason: { code, message } };
      const isCancelled = code === "Image.Cancelled";
      await registry.commit([isCancelled ? registry.images.delete(id) : registry.images.put(id, failed)]);
      throw thrown;
    }
  }

  newRecord(
    { name, description = "", tags }: NewImage,
    what: Pick<OwnImageRecord, "ref" | "devices" | "sourceInstanceId">,
  ): OwnImageRecord {
    const createdAt = this.#context.clock.now();
    return { name, description, tags: checkTags(tags), state: "pending", stateReason: null, createdAt, ...what };
  }

  /** A copy of what a device is made from; EC2 names no volume as the source of a copied snapshot. */
  #planCopy({ id, name }: CatalogueImage, device: CatalogueDevice, copyId: string, keyId: string | null): SnapshotPlan {
    const imageId =
      device.snapshotId === null ? device.imageId : completedSnapshot(this.#context, device.snapshotId).imageId;
    const description = `Copied for ${copyId} from ${name} (${id})`;
    return this.#snapshots.planCopy({ sizeBytes: device.sizeBytes, imageId, keyId, description });
  }

  /** `InvalidAMIName.Malformed`, `InvalidAMIName.Duplicate`. */
  checkName(name: string): void {
    if (!NAME.test(name)) {
      const text =
        "AMI names must be between 3 and 128 characters long, and may contain letters, numbers, spaces and ( ) [ ] . / - ' @ _";
      throw new CloudError("InvalidAMIName.Malformed", text, { name });
    }
    const other = this.#context.registry.images
      .entries()
      .find(([, image]) => image.name === name && (image.state === "pending" || image.state === "available"));
    if (other === undefined && !this.#catalogue.names.includes(name)) return;
    const by = other === undefined ? "an image that comes with the page" : `AMI ${other[0]}`;
    throw new CloudError("InvalidAMIName.Duplicate", `AMI name ${name} is already in use by ${by}`, { name });
  }
}

function deviceOf({ record }: InstanceVolume, snapshotId: string): ImageDevice {
  const { attachment, sizeBytes, type, iops, throughputMiBps } = record;
  const { device, deleteOnTermination } = attachment;
  return { device, snapshotId, sizeBytes, type, iops, throughputMiBps, deleteOnTermination };
}
