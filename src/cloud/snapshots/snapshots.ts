import { type Disposable, DisposableStore } from "../../base/disposable.ts";
import { CloudError } from "../../base/errors.ts";
import { Emitter } from "../../base/event.ts";
import { reportUnexpected, untilBegun } from "../background.ts";
import { byAge } from "../by-age.ts";
import { copyRoute } from "../copy-route.ts";
import { type ExportOptions, exportDisk, type Progress } from "../disk-export.ts";
import { checkParameters, type Parameters } from "../parameters.ts";
import { ownedIn, scopeOf } from "../scope.ts";
import { changePermissions, encryptedSnapshotNotShared, PERMISSION_CHANGE, type PermissionChange } from "../sharing.ts";
import { checkTags, type Tags } from "../tags.ts";
import type { Attachments } from "../volumes/attachments.ts";
import { isCdromDevice, isRootDevice } from "../volumes/device-names.ts";
import {
  completedSnapshot,
  type DiskContext,
  imageUrlOf,
  snapshotOf,
  visibleSnapshotOf,
  volumeOf,
} from "../volumes/disk-context.ts";
import { checkSource } from "./disk-import.ts";
import type {
  CopySnapshotRequest,
  CreateSnapshotRequest,
  CreateSnapshotsRequest,
  ImportSnapshotRequest,
  SnapshotInfo,
  SnapshotUsage,
} from "./snapshot-info.ts";
import type { SnapshotMaker, SnapshotPlan } from "./snapshot-maker.ts";
import { describeSnapshot, type SnapshotRecord } from "./snapshot-record.ts";
import { isVisibleSnapshot } from "./visible-snapshot.ts";

const SECTOR_BYTES = 512;

const DESCRIBED = { description: true, name: true, tags: true } as const;
const CREATE: Parameters<CreateSnapshotRequest> = { ...DESCRIBED, volumeId: true, freeze: true };
const CREATE_MANY: Parameters<CreateSnapshotsRequest> = {
  ...DESCRIBED,
  instanceId: true,
  excludeBootVolume: true,
  freeze: true,
};
const COPY: Parameters<CopySnapshotRequest> = {
  ...DESCRIBED,
  snapshotId: true,
  encrypted: true,
  region: true,
  sourceRegion: true,
};
const IMPORT: Parameters<ImportSnapshotRequest> = {
  ...DESCRIBED,
  source: true,
  encrypted: true,
  signal: true,
  onProgress: true,
};

type SnapshotOptions = Omit<CreateSnapshotRequest, "volumeId">;

/** The snapshots, as the public API shows them: `api/snapshot-types.ts` says what each call does and how it fails. */
export class CloudSnapshots implements Disposable {
  readonly #context: DiskContext;
  readonly #maker: SnapshotMaker;
  readonly #attachments: Attachments;
  /** Percent, of those that are being imported. */
  readonly #progress: Map<string, number>;
  readonly #changed = new Emitter<void>();
  readonly #owned = new DisposableStore();

  constructor(context: DiskContext, maker: SnapshotMaker, attachments: Attachments, progress = new Map()) {
    this.#context = context;
    this.#maker = maker;
    this.#attachments = attachments;
    this.#progress = progress;
    this.#owned.add(context.registry.snapshots.onChange(() => this.#changed.fire()));
    // Which images use a snapshot is part of what is shown of it.
    this.#owned.add(context.registry.images.onChange(() => this.#changed.fire()));
  }

  readonly onChange = this.#changed.event;

  /** The same, for whom `context` is. */
  seenIn(context: DiskContext): CloudSnapshots {
    return new CloudSnapshots(context, this.#maker, this.#attachments, this.#progress);
  }

  dispose(): void {
    this.#owned.dispose();
  }

  list(): SnapshotInfo[] {
    return this.#context.registry.snapshots
      .entries()
      .filter(([, record]) => !record.deleting && isVisibleSnapshot(record, this.#context.view))
      .sort(byAge(({ startedAt }) => startedAt))
      .map(([id, record]) => this.#describe(id, record));
  }

  get(snapshotId: string): SnapshotInfo {
    return this.#describe(snapshotId, visibleSnapshotOf(this.#context, snapshotId));
  }

  async create(request: CreateSnapshotRequest): Promise<SnapshotInfo> {
    const [plan] = await this.#take(this.#volumeIn(request), request);
    return this.get((plan as SnapshotPlan).snapshotId);
  }

  /** As `create`, but resolves as EC2 does: when it is "pending", and has its point in time. */
  async begin(request: CreateSnapshotRequest): Promise<SnapshotInfo> {
    const [snapshot] = await this.#begin(this.#volumeIn(request), request);
    return snapshot as SnapshotInfo;
  }

  async createMany(request: CreateSnapshotsRequest): Promise<SnapshotInfo[]> {
    const plans = await this.#take(this.#volumesIn(request), request);
    return plans.map(({ snapshotId }) => this.get(snapshotId));
  }

  /** As `createMany`, but resolves as EC2 does: when they are "pending", and have their point in time. */
  async beginMany(request: CreateSnapshotsRequest): Promise<SnapshotInfo[]> {
    return await this.#begin(this.#volumesIn(request), request);
  }

  async copy(request: CopySnapshotRequest): Promise<SnapshotInfo> {
    const { snapshotId, done } = await this.#copy(request);
    await done;
    return this.get(snapshotId);
  }

  /** As `copy`, but resolves as EC2 does: when it is "pending". */
  async beginCopy(request: CopySnapshotRequest): Promise<SnapshotInfo> {
    const { snapshotId, done } = await this.#copy(request);
    done.catch(reportUnexpected);
    return this.get(snapshotId);
  }

  async share(snapshotId: string, change: PermissionChange): Promise<SnapshotInfo> {
    checkParameters(change, PERMISSION_CHANGE);
    const record = this.own(snapshotId);
    const createVolumePermissions = changePermissions(record.createVolumePermissions, change);
    if (record.keyId !== null && createVolumePermissions.length > 0) throw encryptedSnapshotNotShared(snapshotId);
    const { registry } = this.#context;
    await registry.commit([registry.snapshots.put(snapshotId, { ...record, createVolumePermissions })]);
    return this.get(snapshotId);
  }

  /** One's own: what only the owner may look at, or change. Another's: `AuthFailure`. */
  own(snapshotId: string): SnapshotRecord {
    const record = visibleSnapshotOf(this.#context, snapshotId);
    if (this.#context.view.sees(record)) return record;
    const text = `Not authorized for snapshot:${snapshotId}: it belongs to another account.`;
    throw new CloudError("AuthFailure", text, { snapshotId });
  }

  #volumeIn(request: CreateSnapshotRequest): string[] {
    checkParameters(request, CREATE);
    volumeOf(this.#context, request.volumeId);
    return [request.volumeId];
  }

  #volumesIn(request: CreateSnapshotsRequest): string[] {
    checkParameters(request, CREATE_MANY);
    const { id } = this.#context.findInstance(request.instanceId);
    // What is in the CD-ROM drive cannot be written: it is as it was when it was put there.
    const volumes = this.#attachments
      .of(id)
      .filter(({ record }) => !isCdromDevice(record.attachment.device))
      .filter(({ record }) => request.excludeBootVolume !== true || !isRootDevice(record.attachment.device));
    if (volumes.length === 0) {
      throw new CloudError("IncorrectState", `There are no volumes attached to ${id} to take.`, { instanceId: id });
    }
    return volumes.map((volume) => volume.id);
  }

  async #copy(request: CopySnapshotRequest): Promise<{ snapshotId: string; done: Promise<void> }> {
    checkParameters(request, COPY);
    const { description = "", name, tags, encrypted } = request;
    const { keys, view, registry } = this.#context;
    const { from, owned } = copyRoute(view, request);
    const there = { ...this.#context, view: from };
    completedSnapshot(there, request.snapshotId);
    const checked = checkTags(tags, name);
    const [keyId = null] = await keys.provide([keys.sourceOf(scopeOf(owned), encrypted, request.snapshotId)]);
    const { sizeBytes, imageId } = completedSnapshot(there, request.snapshotId);
    const plan = this.#maker.planCopy({ ...owned, sizeBytes, imageId, keyId, description, tags: checked });
    await registry.commit(this.#maker.begin([plan]));
    const done = this.#maker.copy([plan], [{ snapshotId: request.snapshotId, image: null }], () => []);
    return { snapshotId: plan.snapshotId, done };
  }

  async import(request: ImportSnapshotRequest): Promise<SnapshotInfo> {
    checkParameters(request, IMPORT);
    const { description = "", name, tags, encrypted, signal, onProgress } = request;
    const source = checkSource(request.source);
    const { keys, view } = this.#context;
    const checked = checkTags(tags, name);
    const [keyId = null] = await keys.provide([keys.sourceOf(view.makesIn, encrypted, null)]);
    // How large the disk is shows when it is read.
    const owned = ownedIn(view.makesIn);
    const what = { ...owned, sizeBytes: SECTOR_BYTES, imageId: null, keyId, description, tags: checked };
    const plan = this.#maker.planCopy(what);
    const { snapshotId } = plan;
    const tell = (progress: Progress) => {
      const { doneBytes, totalBytes } = progress;
      if (totalBytes !== null && totalBytes > 0) {
        this.#progress.set(snapshotId, Math.min(99, Math.floor((100 * doneBytes) / totalBytes)));
        this.#changed.fire();
      }
      onProgress?.(progress);
    };
    try {
      await this.#maker.import(plan, source, { signal, onProgress: tell });
    } finally {
      this.#progress.delete(snapshotId);
    }
    return this.get(snapshotId);
  }

  async export(snapshotId: string, options: ExportOptions = {}): Promise<ReadableStream<Uint8Array<ArrayBuffer>>> {
    const { imageId, keyId } = completedSnapshot(this.#context, snapshotId);
    const key = await this.#context.keys.open(keyId, snapshotId);
    const imageUrl = await imageUrlOf(this.#context, imageId);
    return await exportDisk(this.#context.work, { kind: "snapshot", id: snapshotId }, { imageUrl, key }, options);
  }

  async delete(snapshotId: string): Promise<void> {
    const record = this.own(snapshotId);
    const [imageId] = this.#imagesOf(snapshotId);
    const user = imageId ?? this.#context.bootedFrom(snapshotId);
    if (user !== undefined) {
      const text = `The snapshot ${snapshotId} is currently in use by ${user}`;
      throw new CloudError("InvalidSnapshot.InUse", text, { snapshotId, ...(imageId && { imageId }) });
    }
    if (record.state === "pending") {
      const text = `Snapshot '${snapshotId}' is being taken. Wait until it is completed.`;
      throw new CloudError("IncorrectState", text, { snapshotId, state: record.state });
    }
    const { registry } = this.#context;
    const [making] =
      registry.volumes.entries().find(([, it]) => it.state === "creating" && it.snapshotId === snapshotId) ?? [];
    if (making !== undefined) {
      const text = `Volume '${making}' is being made from snapshot '${snapshotId}'. Wait until it is available.`;
      throw new CloudError("IncorrectState", text, { snapshotId, volumeId: making });
    }
    await registry.commit([registry.snapshots.put(snapshotId, { ...record, deleting: true })]);
    await this.#maker.remove(snapshotId);
  }

  async usage(snapshotId: string): Promise<SnapshotUsage> {
    snapshotOf(this.#context, snapshotId);
    const { work } = this.#context;
    return await (await work.client()).snapshotUsage({ database: work.database, snapshotId });
  }

  async setTags(snapshotId: string, tags: Tags): Promise<SnapshotInfo> {
    const record = this.own(snapshotId);
    const { registry } = this.#context;
    await registry.commit([registry.snapshots.put(snapshotId, { ...record, tags: checkTags(tags) })]);
    return this.get(snapshotId);
  }

  /** Takes them; they are "pending" until they are completed. */
  async #take(volumeIds: readonly string[], request: SnapshotOptions): Promise<SnapshotPlan[]> {
    const plans = await this.#plan(volumeIds, request);
    await this.#maker.take(plans, { freeze: request.freeze ?? false });
    return plans;
  }

  /** Takes them, and gives what they are as soon as they have their point in time. */
  async #begin(volumeIds: readonly string[], request: SnapshotOptions): Promise<SnapshotInfo[]> {
    const plans = await this.#plan(volumeIds, request);
    const begun = plans.map(({ snapshotId }) => this.get(snapshotId));
    await untilBegun((taken) => this.#maker.take(plans, { freeze: request.freeze ?? false, taken }));
    return begun;
  }

  async #plan(volumeIds: readonly string[], { description, name, tags }: SnapshotOptions): Promise<SnapshotPlan[]> {
    const given = { tags: checkTags(tags, name), ...(description === undefined ? {} : { description }) };
    const plans = this.#maker.plan(volumeIds, given);
    await this.#context.registry.commit(this.#maker.begin(plans));
    return plans;
  }

  #describe(id: string, record: SnapshotRecord): SnapshotInfo {
    const progress = this.#progress.get(id) ?? 0;
    return describeSnapshot(id, record, this.#context.view, { imageIds: this.#imagesOf(id), progress });
  }

  #imagesOf(snapshotId: string): string[] {
    return this.#context.registry.images
      .entries()
      .filter(([, { state, devices }]) => {
        const counts = state !== "failed" && state !== "deregistered";
        return counts && devices.some((device) => device.snapshotId === snapshotId);
      })
      .map(([id]) => id);
  }
}
