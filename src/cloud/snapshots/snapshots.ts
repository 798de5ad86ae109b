import { type Disposable, DisposableStore } from "../../base/disposable.ts";
import { CloudError } from "../../base/errors.ts";
import { Emitter } from "../../base/event.ts";
import { byAge } from "../by-age.ts";
import { type ExportOptions, exportDisk, type Progress } from "../disk-export.ts";
import { checkParameters, type Parameters } from "../parameters.ts";
import { checkTags, type Tags } from "../tags.ts";
import type { Attachments } from "../volumes/attachments.ts";
import { isCdromDevice, isRootDevice } from "../volumes/device-names.ts";
import { completedSnapshot, type DiskContext, imageUrlOf, snapshotOf } from "../volumes/disk-context.ts";
import { checkSource } from "./disk-import.ts";
import type {
  CreateSnapshotRequest,
  CreateSnapshotsRequest,
  ImportSnapshotRequest,
  SnapshotInfo,
  SnapshotUsage,
} from "./snapshot-info.ts";
import type { SnapshotMaker } from "./snapshot-maker.ts";
import { describeSnapshot, type SnapshotRecord } from "./snapshot-record.ts";

const SECTOR_BYTES = 512;

const DESCRIBED = { description: true, name: true, tags: true } as const;
const CREATE: Parameters<CreateSnapshotRequest> = { ...DESCRIBED, volumeId: true, freeze: true };
const CREATE_MANY: Parameters<CreateSnapshotsRequest> = {
  ...DESCRIBED,
  instanceId: true,
  excludeBootVolume: true,
  freeze: true,
};
const IMPORT: Parameters<ImportSnapshotRequest> = {
  ...DESCRIBED,
  source: true,
  encrypted: true,
  signal: true,
  onProgress: true,
};

/** The snapshots, as the public API shows them: `api/snapshot-types.ts` says what each call does and how it fails. */
export class CloudSnapshots implements Disposable {
  readonly #context: DiskContext;
  readonly #maker: SnapshotMaker;
  readonly #attachments: Attachments;
  /** Percent, of those that are being imported. */
  readonly #progress = new Map<string, number>();
  readonly #changed = new Emitter<void>();
  readonly #owned = new DisposableStore();

  constructor(context: DiskContext, maker: SnapshotMaker, attachments: Attachments) {
    this.#context = context;
    this.#maker = maker;
    this.#attachments = attachments;
    this.#owned.add(context.registry.snapshots.onChange(() => this.#changed.fire()));
    // Which images use a snapshot is part of what is shown of it.
    this.#owned.add(context.registry.images.onChange(() => this.#changed.fire()));
  }

  readonly onChange = this.#changed.event;

  dispose(): void {
    this.#owned.dispose();
  }

  list(): SnapshotInfo[] {
    return this.#context.registry.snapshots
      .entries()
      .filter(([, record]) => !record.deleting)
      .sort(byAge(({ startedAt }) => startedAt))
      .map(([id, record]) => this.#describe(id, record));
  }

  get(snapshotId: string): SnapshotInfo {
    return this.#describe(snapshotId, snapshotOf(this.#context, snapshotId));
  }

  async create(request: CreateSnapshotRequest): Promise<SnapshotInfo> {
    checkParameters(request, CREATE);
    const [snapshot] = await this.#take([request.volumeId], request);
    return snapshot as SnapshotInfo;
  }

  async createMany(request: CreateSnapshotsRequest): Promise<SnapshotInfo[]> {
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
    return await this.#take(
      volumes.map((volume) => volume.id),
      request,
    );
  }

  async import(request: ImportSnapshotRequest): Promise<SnapshotInfo> {
    checkParameters(request, IMPORT);
    const { description = "", name, tags, encrypted, signal, onProgress } = request;
    const source = checkSource(request.source);
    const { keys } = this.#context;
    const checked = checkTags(tags, name);
    const [keyId = null] = await keys.provide([keys.sourceOf(encrypted, null)]);
    // How large the disk is shows when it is read.
    const what = { sizeBytes: SECTOR_BYTES, imageId: null, keyId, description, tags: checked };
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
    const record = snapshotOf(this.#context, snapshotId);
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
    const record = snapshotOf(this.#context, snapshotId);
    const { registry } = this.#context;
    await registry.commit([registry.snapshots.put(snapshotId, { ...record, tags: checkTags(tags) })]);
    return this.get(snapshotId);
  }

  async #take(
    volumeIds: readonly string[],
    { description, name, tags, freeze = false }: Omit<CreateSnapshotRequest, "volumeId">,
  ): Promise<SnapshotInfo[]> {
    const given = { tags: checkTags(tags, name), ...(description === undefined ? {} : { description }) };
    const plans = this.#maker.plan(volumeIds, given);
    await this.#context.registry.commit(this.#maker.begin(plans));
    await this.#maker.take(plans, { freeze });
    return plans.map(({ snapshotId }) => this.get(snapshotId));
  }

  #describe(id: string, record: SnapshotRecord): SnapshotInfo {
    return describeSnapshot(id, record, this.#imagesOf(id), this.#progress.get(id) ?? 0);
  }

  #imagesOf(snapshotId: string): string[] {
    return this.#context.registry.images
      .entries()
      .filter(([, { state, devices }]) => {
        const counts = state === "pending" || state === "available";
        return counts && devices.some((device) => device.snapshotId === snapshotId);
      })
      .map(([id]) => id);
  }
}
