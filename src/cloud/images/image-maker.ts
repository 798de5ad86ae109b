import { CloudError, toCloudError } from "../../base/errors.ts";
import { newId } from "../../base/ids.ts";
import type { StoreOperation } from "../../store/key-value-store.ts";
import { reportBackground } from "../background.ts";
import { copyRoute } from "../copy-route.ts";
import { checkParameters, type Parameters } from "../parameters.ts";
import type { Change } from "../record-table.ts";
import { type Owned, scopeOf, type View } from "../scope.ts";
import type { SnapshotMaker, SnapshotPlan } from "../snapshots/snapshot-maker.ts";
import { isVisibleSnapshot } from "../snapshots/visible-snapshot.ts";
import { checkTags, type Tags } from "../tags.ts";
import type { Attachments, InstanceVolume } from "../volumes/attachments.ts";
import { isCdromDevice } from "../volumes/device-names.ts";
import { completedSnapshot, type DiskContext } from "../volumes/disk-context.ts";
import { instanceBetween } from "../volumes/volume-errors.ts";
import { checkHasNoBlank } from "./boot-plan.ts";
import { type CatalogueDevice, type CatalogueImage, type ImageCatalogue, refOfDevice } from "./image-catalogue.ts";
import type { CopyImageRequest, CreateImageRequest, RegisterImageRequest } from "./image-info.ts";
import { IMAGE_NAME } from "./image-name.ts";
import type { ImageDevice, OwnImageRecord } from "./own-image-record.ts";
import { planRegistration } from "./registration.ts";

export type NewImage = Pick<CreateImageRequest, "name" | "description" | "tags">;

export const NEW_IMAGE = { name: true, description: true, tags: true, snapshotTags: true } as const;

const COPY: Parameters<CopyRequest> = {
  ...NEW_IMAGE,
  image: true,
  encrypted: true,
  region: true,
  sourceRegion: true,
  copyTags: true,
};

type CopyRequest = Omit<CopyImageRequest, "clientToken">;

/** An image that is being made. */
export interface Making {
  readonly id: string;
  /** What is written to its volumes from then on is not in it; nothing comes when it fails before. */
  readonly taken: Promise<void>;
  /** It is available; rejects when it has failed. */
  readonly done: Promise<void>;
}

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

  /** F29. */
  async fromInstance(request: CreateImageRequest): Promise<Making> {
    checkParameters(request, { ...NEW_IMAGE, instanceId: true, noReboot: true });
    const instance = this.#context.findInstance(request.instanceId);
    this.checkName(request.name, instance);
    const { state } = instance;
    if (instance.rootDeviceType !== "ebs") {
      const text = `The instance '${instance.id}' does not have an 'ebs' root device type: no image can be made of it.`;
      throw new CloudError("UnsupportedOperation", text, { instanceId: instance.id });
    }
    if (state !== "running" && state !== "stopped") throw instanceBetween(instance.id, state);
    this.#attachments.checkRoot(instance.id, instance.rootDevice);
    const ref = await instance.bootImage();
    this.checkName(request.name, instance);
    // What is in the CD-ROM drive is no disk of the instance.
    const volumes = this.#attachments.of(instance.id).filter(({ record }) => !isCdromDevice(record.attachment.device));
    const id = newId("ami", this.#context.random);
    const plans = this.#snapshots.plan(
      volumes.map((volume) => volume.id),
      { description: `Created by CreateImage(${instance.id}) for ${id}`, tags: checkTags(request.snapshotTags) },
    );
    const devices = volumes.map((volume, index) => deviceOf(volume, (plans[index] as SnapshotPlan).snapshotId));
    const record = this.newRecord(request, instance, { ref, devices, sourceInstanceId: instance.id });
    const reboots = state === "running" && request.noReboot !== true;
    // Once it has gone down for the restart its file systems are unmounted; the next mount is a kernel's boot away.
    const before = reboots ? () => instance.reboot() : async () => {};
    let tell = () => {};
    const taken = new Promise<void>((resolve) => {
      tell = resolve;
    });
    const { done } = await this.make(id, record, plans, (completed) =>
      this.#snapshots.take(plans, { freeze: false, before, taken: tell, completed }),
    );
    // A restart takes as long as it takes: nobody waits for it, as with EC2.
    if (reboots) tell();
    return { id, taken, done };
  }

  /** An image of which a snapshot is the root volume; gives its id. */
  async register(request: RegisterImageRequest): Promise<string> {
    checkParameters(request, {
      ...NEW_IMAGE,
      snapshotId: true,
      rootDeviceType: true,
      bootMode: true,
      kernelImage: true,
      commandLine: true,
      blockDevices: true,
    });
    const { ref, devices, owned } = await planRegistration(this.#context, this.#catalogue, request);
    this.checkName(request.name, owned);
    const record = this.newRecord(request, owned, { ref, devices: [...devices], sourceInstanceId: null });
    const { registry, random } = this.#context;
    const id = newId("ami", random);
    await registry.commit([registry.images.put(id, { ...record, state: "available" })]);
    return id;
  }

  /** F35: with snapshots of its own. */
  async copy(request: CopyRequest, remember: (ids: readonly string[]) => Change[]): Promise<Making> {
    checkParameters(request, COPY);
    const { view, keys } = this.#context;
    const { from, owned } = copyRoute(view, request);
    const source = await this.#catalogue.find(request.image, from);
    this.checkName(request.name, owned);
    checkHasNoBlank(source, "copied");
    this.#checkStorage(source, from);
    const keyFrom = source.devices.map(({ snapshotId }) =>
      keys.sourceOf(scopeOf(owned), request.encrypted, snapshotId),
    );
    const keyIds = await keys.provide(keyFrom);
    this.checkName(request.name, owned);
    const id = newId("ami", this.#context.random);
    const plans = source.devices.map((device, index) => {
      const description = `Copied for ${id} from ${source.name} (${source.id})`;
      const tags = checkTags(request.snapshotTags);
      return this.#snapshots.planCopy({
        ...owned,
        sizeBytes: device.sizeBytes,
        imageId: this.#baseOf(device),
        keyId: keyIds[index] ?? null,
        description,
        tags,
      });
    });
    const devices = source.devices.map(({ imageId: _, ...device }, index) => ({
      ...device,
      snapshotId: (plans[index] as SnapshotPlan).snapshotId,
    }));
    const region = this.#context.registry.images.get(source.id)?.region ?? request.sourceRegion ?? owned.region;
    const tags = { ...(request.copyTags === true && this.#tagsOf(source.id, from)), ...request.tags };
    const record = this.newRecord({ ...request, tags }, owned, { ref: source.ref, devices, sourceInstanceId: null });
    const sourced = { ...record, sourceImage: { id: source.id, region } };
    const sources = source.devices.map(({ snapshotId }, index) => ({
      snapshotId,
      image: refOfDevice(source.ref, index),
    }));
    // What the copy stands on is looked up by the image's id, which nobody may have launched yet.
    const others = source.kind === "embedded" ? this.#catalogue.remember(source) : [];
    const copyAll = (completed: () => Change[]) => this.#snapshots.copy(plans, sources, completed);
    const { done } = await this.make(id, sourced, plans, copyAll, { changes: remember([id]), others });
    return { id, taken: Promise.resolve(), done };
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

  /**
   * Makes the record and its snapshots "pending", then what `take` does, which `done` is the end of; one that is cancelled
   * leaves nothing behind.
   */
  async make(
    id: string,
    record: OwnImageRecord,
    plans: readonly SnapshotPlan[],
    take: (completed: () => Change[]) => Promise<void>,
    {
      changes = [],
      others = [],
    }: { readonly changes?: readonly Change[]; readonly others?: readonly StoreOperation[] } = {},
  ): Promise<{ readonly done: Promise<void> }> {
    const { registry } = this.#context;
    await registry.commit([...this.#snapshots.begin(plans), registry.images.put(id, record), ...changes], others);
    // Who sees it may have tagged it, or shared it, meanwhile.
    const now = () => registry.images.get(id) ?? record;
    const finish = async () => {
      try {
        await take(() => [registry.images.put(id, { ...now(), state: "available" })]);
      } catch (thrown) {
        const { code, message } = toCloudError(thrown);
        const failed = { ...now(), state: "failed" as const, stateReason: { code, message } };
        const isCancelled = code === "Image.Cancelled";
        await registry.commit([isCancelled ? registry.images.delete(id) : registry.images.put(id, failed)]);
        throw thrown;
      }
    };
    return { done: finish() };
  }

  newRecord(
    { name, description = "", tags }: NewImage,
    { ownerId, region }: Owned,
    what: Pick<OwnImageRecord, "ref" | "devices" | "sourceInstanceId">,
  ): OwnImageRecord {
    return {
      ownerId,
      region,
      name,
      description,
      tags: checkTags(tags),
      state: "pending",
      stateReason: null,
      createdAt: this.#context.clock.now(),
      sourceImage: null,
      launchPermissions: [],
      productCodes: [],
      deprecatedAt: null,
      ...what,
    };
  }

  /** Those of one's own image. */
  #tagsOf(imageId: string, view: View): Tags {
    const record = this.#context.registry.images.get(imageId);
    return record !== undefined && view.sees(record) ? record.tags : {};
  }

  /** What a device is made from stands on an image itself, or its snapshot does. */
  #baseOf({ snapshotId, imageId }: CatalogueDevice): string | null {
    return snapshotId === null ? imageId : (this.#context.registry.snapshots.get(snapshotId)?.imageId ?? null);
  }

  /** Who may launch an image may not have its snapshots: a copy reads them (EC2 User Guide, "Copy an AMI"). */
  #checkStorage({ id, devices }: CatalogueImage, view: View): void {
    for (const { snapshotId } of devices) {
      if (snapshotId === null) continue;
      const record = this.#context.registry.snapshots.get(snapshotId);
      if (record === undefined || !isVisibleSnapshot(record, view)) {
        const text = `You do not have permission to access the storage of this ami (${id}): its owner shares the image, and not its snapshots.`;
        throw new CloudError("InvalidRequest", text, { imageId: id, snapshotId });
      }
      completedSnapshot({ ...this.#context, view }, snapshotId);
    }
  }

  /**
   * `InvalidAMIName.Malformed`; `InvalidAMIName.Duplicate` when its owner has an image of that name in that region;
   * `ResourceLimitExceeded` when there is no room for one more (F71).
   */
  checkName(name: string, { ownerId, region }: Owned): void {
    this.#context.quotas.check("images", { accountId: ownerId, region }, 1);
    if (!IMAGE_NAME.test(name)) {
      const text =
        "AMI names must be between 3 and 128 characters long, and may contain letters, numbers, spaces and ( ) [ ] . / - ' @ _";
      throw new CloudError("InvalidAMIName.Malformed", text, { name });
    }
    const isTaken = (image: OwnImageRecord) =>
      image.name === name &&
      image.ownerId === ownerId &&
      image.region === region &&
      image.state !== "failed" &&
      image.state !== "deregistered";
    const other = this.#context.registry.images.entries().find(([, image]) => isTaken(image));
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
