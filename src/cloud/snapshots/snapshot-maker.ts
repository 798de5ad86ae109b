import { CloudError, hasCode, toCloudError } from "../../base/errors.ts";
import { newId } from "../../base/ids.ts";
import type { ImageRef } from "../../protocol/vm-contract.ts";
import { reportBackground } from "../background.ts";
import type { Progress } from "../disk-export.ts";
import type { Change } from "../record-table.ts";
import { scopeOf } from "../scope.ts";
import type { Tags } from "../tags.ts";
import { type DiskContext, volumeOf } from "../volumes/disk-context.ts";
import type { LinkedInstance } from "../volumes/instance-link.ts";
import { runningInstance } from "../volumes/modification.ts";
import { incorrectState } from "../volumes/volume-errors.ts";
import { maxPendingSnapshots } from "../volumes/volume-types.ts";
import { type DiskSource, type ImportControl, importDisk, passingVolume } from "./disk-import.ts";
import type { SnapshotRecord } from "./snapshot-record.ts";

const MAX_DESCRIPTION = 255;

export interface SnapshotPlan {
  readonly snapshotId: string;
  readonly volumeId: string;
  readonly record: SnapshotRecord;
}

export interface TakeOptions {
  /** Have the guest freeze its file systems meanwhile. */
  readonly freeze: boolean;
  readonly before?: () => Promise<void>;
  /** The point in time is taken: what is written from now on is not in the snapshots. */
  readonly taken?: () => void;
  readonly completed?: () => Change[];
}

/** A snapshot, or where there is none an image, whose disk is copied. */
export interface CopySource {
  readonly snapshotId: string | null;
  readonly image: ImageRef | null;
}

/** The source that EC2 gives for a copied snapshot. */
const NO_VOLUME = "vol-ffffffff";

const PAGE_CLOSED = {
  code: "Server.PageClosed",
  message: "The page was closed before the snapshot was taken. Take another one.",
};

/** Takes snapshots, and finishes what an earlier page had begun. */
export class SnapshotMaker {
  readonly #context: DiskContext;
  /** Those that this page takes: what else is pending was an earlier page's. */
  readonly #underWay = new Set<string>();

  constructor(context: DiskContext) {
    this.#context = context;
  }

  /** Checks that snapshots of these volumes may be taken, and what they will be; nothing is stored yet. */
  plan(volumeIds: readonly string[], { description = "", tags }: { description?: string; tags: Tags }): SnapshotPlan[] {
    const { random, clock } = this.#context;
    checkDescription(description);
    const volumes = volumeIds.map((volumeId) => volumeOf(this.#context, volumeId));
    const [first] = volumes;
    // All of them are of one instance, or there is one.
    if (first !== undefined) this.#context.quotas.check("snapshots", scopeOf(first), volumes.length);
    return volumeIds.map((volumeId) => {
      const volume = volumeOf(this.#context, volumeId);
      const isSteady = volume.attachment === null || ["attached", "busy"].includes(volume.attachment.state);
      if ((volume.state !== "available" && volume.state !== "in-use") || !isSteady) {
        throw incorrectState(volumeId, volume, "'available' or 'in-use'");
      }
      this.#checkPending(volumeId, maxPendingSnapshots(volume.type));
      const record: SnapshotRecord = {
        ownerId: volume.ownerId,
        region: volume.region,
        volumeId,
        sizeBytes: volume.sizeBytes,
        imageId: volume.imageId,
        keyId: volume.keyId,
        description,
        tags: { ...tags },
        state: "pending",
        stateReason: null,
        startedAt: clock.now(),
        createVolumePermissions: [],
        deleting: false,
      };
      return { snapshotId: newId("snap", random), volumeId, record };
    });
  }

  /** The changes that make planned snapshots "pending": to be stored before `take`. */
  begin(plans: readonly SnapshotPlan[]): Change[] {
    for (const { snapshotId } of plans) this.#underWay.add(snapshotId);
    return plans.map(({ snapshotId, record }) => this.#context.registry.snapshots.put(snapshotId, record));
  }

  /**
   * Takes pending snapshots at one point in time, once `before` is done, and stores that they are completed together with
   * the changes of `completed`. When they cannot be taken they are in "error", and this rejects.
   */
  async take(plans: readonly SnapshotPlan[], options: TakeOptions): Promise<void> {
    const { freeze, before = async () => {}, taken, completed = () => [] } = options;
    const volumeIds = plans.map(({ volumeId }) => volumeId);
    const work = async () => {
      await before();
      const sizes = await this.#context.queue.run(volumeIds, () => this.#takeNow(plans, freeze));
      taken?.();
      return sizes;
    };
    await this.#complete(plans, work, completed);
  }

  /** What a copy of a snapshot, or of an image's disk, will be. */
  planCopy(
    what: Pick<SnapshotRecord, "ownerId" | "region" | "sizeBytes" | "imageId" | "keyId" | "description"> & {
      tags?: Tags;
    },
  ): SnapshotPlan {
    const { random, clock } = this.#context;
    checkDescription(what.description);
    this.#context.quotas.check("snapshots", scopeOf(what), 1);
    const record: SnapshotRecord = {
      ...what,
      volumeId: NO_VOLUME,
      tags: { ...what.tags },
      state: "pending",
      stateReason: null,
      startedAt: clock.now(),
      createVolumePermissions: [],
      deleting: false,
    };
    return { snapshotId: newId("snap", random), volumeId: NO_VOLUME, record };
  }

  /** As `take`, of other snapshots or of an image's disk. */
  async copy(plans: readonly SnapshotPlan[], sources: readonly CopySource[], completed: () => Change[]): Promise<void> {
    const { work, keys } = this.#context;
    const copyAll = async () => {
      for (const [index, { snapshotId, record }] of plans.entries()) {
        const source = sources[index] as CopySource;
        const volumeId = passingVolume(snapshotId);
        try {
          const { sizeBytes, keyId } = record;
          const key = await keys.openForNew(keyId, source.snapshotId, snapshotId);
          const image = source.snapshotId === null ? source.image : null;
          await work.create(volumeId, { sizeBytes, image, snapshotId: source.snapshotId, key });
          await work.snapshot(volumeId, snapshotId);
        } finally {
          await work.delete(volumeId);
        }
      }
      return plans.map(({ record }) => record.sizeBytes);
    };
    await this.#complete(plans, copyAll, completed);
  }

  /** Makes a planned snapshot of an image file. One that is cancelled leaves nothing behind. */
  async import(plan: SnapshotPlan, source: DiskSource, options: ImportControl): Promise<void> {
    await this.#context.registry.commit(this.begin([plan]));
    await this.importAll([plan], [source], options);
  }

  /** As `import`, of pending snapshots, once `before` is done, with the changes of `completed`: all of them or none. */
  async importAll(
    plans: readonly SnapshotPlan[],
    sources: readonly DiskSource[],
    { onProgress, ...options }: ImportControl,
    { before = async () => {}, completed = () => [] }: Partial<Pick<TakeOptions, "before" | "completed">> = {},
  ): Promise<void> {
    const { registry, work, keys } = this.#context;
    const copyAll = async () => {
      await before();
      const sizes: number[] = [];
      for (const [index, { snapshotId, record }] of plans.entries()) {
        const key = await keys.open(record.keyId, snapshotId);
        const control = { ...options, key, onProgress: (progress: Progress) => onProgress(progress, index) };
        sizes.push(await importDisk(work, snapshotId, sources[index] as DiskSource, control));
      }
      return sizes;
    };
    try {
      await this.#complete(plans, copyAll, completed);
    } catch (thrown) {
      if (hasCode(thrown, "Image.Cancelled"))
        await registry.commit(plans.flatMap(({ snapshotId }) => this.#deletion(snapshotId)));
      throw thrown;
    }
  }

  /** Completes what the block store has, gives up what it has not, deletes what was being deleted. */
  async finishOld(): Promise<void> {
    const { registry, work } = this.#context;
    for (const [id, record] of registry.snapshots.entries()) {
      try {
        if (record.deleting) await this.remove(id);
        else if (record.state === "pending" && !this.#underWay.has(id)) {
          if (record.volumeId === NO_VOLUME) await work.delete(passingVolume(id));
          const sizeBytes = await work.snapshotBytes(id);
          const change =
            sizeBytes === undefined
              ? this.#finished(id, record, "error", PAGE_CLOSED)
              : this.#finished(id, { ...record, sizeBytes }, "completed", null);
          await registry.commit([change]);
        }
      } catch (error) {
        // The next page tries again.
        reportBackground(error);
      }
    }
  }

  /** Deletes a snapshot that is marked as "deleting". */
  async remove(snapshotId: string): Promise<void> {
    const { registry, work, onGarbage } = this.#context;
    await work.deleteSnapshot(snapshotId);
    await registry.commit(this.#deletion(snapshotId));
    onGarbage();
  }

  /** With the key, when nothing else is encrypted with it. */
  #deletion(snapshotId: string): Change[] {
    const { registry, keys } = this.#context;
    const keyId = registry.snapshots.get(snapshotId)?.keyId ?? null;
    return [registry.snapshots.delete(snapshotId), ...keys.releases(keyId, snapshotId)];
  }

  /** `work` gives the sizes. */
  async #complete(
    plans: readonly SnapshotPlan[],
    work: () => Promise<number[]>,
    completed: () => Change[],
  ): Promise<void> {
    try {
      const sizes = await work();
      const done = plans.map(({ snapshotId, record }, index) =>
        this.#finished(snapshotId, { ...record, sizeBytes: sizes[index] ?? record.sizeBytes }, "completed", null),
      );
      await this.#context.registry.commit([...done, ...completed()]);
    } catch (thrown) {
      const { code, message } = toCloudError(thrown);
      await this.#giveUp(plans, { code, message });
      throw thrown;
    } finally {
      for (const { snapshotId } of plans) this.#underWay.delete(snapshotId);
    }
  }

  async #takeNow(plans: readonly SnapshotPlan[], freeze: boolean): Promise<number[]> {
    const { work } = this.#context;
    const machines = plans.map(({ volumeId }) => this.#machineOf(volumeId));
    const [machine] = machines;
    if (machines.some((other) => other?.id !== machine?.id)) {
      const text =
        "The volumes are not attached to the same instance any more: one was attached or detached meanwhile.";
      throw new CloudError("IncorrectState", text, { volumeIds: plans.map(({ volumeId }) => volumeId) });
    }
    if (machine !== undefined) await machine.volumes.snapshot(plans.map(toRequest), { freeze });
    // Nobody writes to them: whenever they are taken is the same point in time.
    else for (const { volumeId, snapshotId } of plans) await work.snapshot(volumeId, snapshotId);
    return plans.map(({ volumeId }) => volumeOf(this.#context, volumeId).sizeBytes);
  }

  #machineOf(volumeId: string): LinkedInstance | undefined {
    return runningInstance(this.#context, volumeId, volumeOf(this.#context, volumeId));
  }

  async #giveUp(plans: readonly SnapshotPlan[], reason: SnapshotRecord["stateReason"]): Promise<void> {
    const { registry, work } = this.#context;
    for (const { snapshotId } of plans) await work.deleteSnapshot(snapshotId).catch(reportBackground);
    await registry.commit(plans.map(({ snapshotId, record }) => this.#finished(snapshotId, record, "error", reason)));
  }

  #finished(
    id: string,
    record: SnapshotRecord,
    state: "completed" | "error",
    stateReason: SnapshotRecord["stateReason"],
  ): Change {
    const { snapshots } = this.#context.registry;
    const tags = snapshots.get(id)?.tags ?? record.tags;
    return snapshots.put(id, { ...record, tags, state, stateReason });
  }

  /** F49: "ConcurrentSnapshotLimitExceeded". */
  #checkPending(volumeId: string, limit: number): void {
    const pending = this.#context.registry.snapshots
      .entries()
      .filter(([, record]) => record.volumeId === volumeId && record.state === "pending");
    if (pending.length < limit) return;
    const text = `Maximum allowed in-progress snapshots for volume ${volumeId} exceeded: ${limit} at a time.`;
    throw new CloudError("ConcurrentSnapshotLimitExceeded", text, { volumeId, limit });
  }
}

function checkDescription(description: string): void {
  if (description.length <= MAX_DESCRIPTION) return;
  const text = `A description has at most ${MAX_DESCRIPTION} characters.`;
  throw new CloudError("InvalidParameterValue", text, { length: description.length });
}

const toRequest = ({ volumeId, snapshotId }: SnapshotPlan) => ({ volumeId, snapshotId });
