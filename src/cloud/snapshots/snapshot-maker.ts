import { CloudError, reportUncaught, toCloudError } from "../../base/errors.ts";
import { newId } from "../../base/ids.ts";
import type { ImageRef } from "../../protocol/vm-contract.ts";
import type { Change } from "../record-table.ts";
import type { Tags } from "../tags.ts";
import { type DiskContext, volumeOf } from "../volumes/disk-context.ts";
import type { LinkedInstance } from "../volumes/instance-link.ts";
import { runningInstance } from "../volumes/modification.ts";
import { incorrectState } from "../volumes/volume-errors.ts";
import { maxPendingSnapshots } from "../volumes/volume-types.ts";
import type { SnapshotRecord } from "./snapshot-record.ts";

/** EBS's default quota is 100 000 a region; what stands here is in memory and read at opening. */
export const MAX_SNAPSHOTS = 10_000;

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
  readonly completed?: () => Change[];
}

/** A snapshot, or where there is none an image, whose disk is copied. */
export interface CopySource {
  readonly snapshotId: string | null;
  readonly image: ImageRef;
}

/** The source that EC2 gives for a copied snapshot. */
const NO_VOLUME = "vol-ffffffff";

/** A volume that a copy passes through. */
const passingVolume = (snapshotId: string) => `vol-${snapshotId.slice("snap-".length)}`;

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
    const { registry, random, clock } = this.#context;
    if (description.length > MAX_DESCRIPTION) {
      const text = `A description has at most ${MAX_DESCRIPTION} characters.`;
      throw new CloudError("InvalidParameterValue", text, { length: description.length });
    }
    if (registry.snapshots.size + volumeIds.length > MAX_SNAPSHOTS) {
      const text = `There are ${registry.snapshots.size} snapshots; at most ${MAX_SNAPSHOTS} are allowed. Delete some first.`;
      throw new CloudError("SnapshotLimitExceeded", text, { limit: MAX_SNAPSHOTS });
    }
    return volumeIds.map((volumeId) => {
      const volume = volumeOf(this.#context, volumeId);
      const isSteady = volume.attachment === null || ["attached", "busy"].includes(volume.attachment.state);
      if ((volume.state !== "available" && volume.state !== "in-use") || !isSteady) {
        throw incorrectState(volumeId, volume, "'available' or 'in-use'");
      }
      this.#checkPending(volumeId, maxPendingSnapshots(volume.type));
      const record: SnapshotRecord = {
        volumeId,
        sizeBytes: volume.sizeBytes,
        imageId: volume.imageId,
        description,
        tags: { ...tags },
        state: "pending",
        stateReason: null,
        startedAt: clock.now(),
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
    const { freeze, before = async () => {}, completed = () => [] } = options;
    const volumeIds = plans.map(({ volumeId }) => volumeId);
    const work = async () => {
      await before();
      await this.#context.queue.run(volumeIds, () => this.#takeNow(plans, freeze));
    };
    await this.#complete(plans, work, completed);
  }

  /** What a copy of a snapshot, or of an image's disk, will be. */
  planCopy(what: Pick<SnapshotRecord, "sizeBytes" | "imageId" | "description">): SnapshotPlan {
    const { random, clock } = this.#context;
    const record: SnapshotRecord = {
      ...what,
      volumeId: NO_VOLUME,
      tags: {},
      state: "pending",
      stateReason: null,
      startedAt: clock.now(),
      deleting: false,
    };
    return { snapshotId: newId("snap", random), volumeId: NO_VOLUME, record };
  }

  /** As `take`, of other snapshots or of an image's disk. */
  async copy(plans: readonly SnapshotPlan[], sources: readonly CopySource[], completed: () => Change[]): Promise<void> {
    const { work } = this.#context;
    const copyAll = async () => {
      for (const [index, { snapshotId, record }] of plans.entries()) {
        const source = sources[index] as CopySource;
        const volumeId = passingVolume(snapshotId);
        try {
          await work.create(
            volumeId,
            record.sizeBytes,
            source.snapshotId === null ? source.image : null,
            source.snapshotId,
          );
          await work.snapshot(volumeId, snapshotId);
        } finally {
          await work.delete(volumeId);
        }
      }
    };
    await this.#complete(plans, copyAll, completed);
  }

  /** Completes what the block store has, gives up what it has not, deletes what was being deleted. */
  async finishOld(): Promise<void> {
    const { registry, work } = this.#context;
    for (const [id, record] of registry.snapshots.entries()) {
      try {
        if (record.deleting) await this.remove(id);
        else if (record.state === "pending" && !this.#underWay.has(id)) {
          if (record.volumeId === NO_VOLUME) await work.delete(passingVolume(id));
          const isThere = await work.hasSnapshot(id);
          const change = isThere
            ? this.#finished(id, record, "completed", null)
            : this.#finished(id, record, "error", PAGE_CLOSED);
          await registry.commit([change]);
        }
      } catch (error) {
        // The next page tries again.
        reportUncaught(error);
      }
    }
  }

  /** Deletes a snapshot that is marked as "deleting". */
  async remove(snapshotId: string): Promise<void> {
    const { registry, work, onGarbage } = this.#context;
    await work.deleteSnapshot(snapshotId);
    await registry.commit([registry.snapshots.delete(snapshotId)]);
    onGarbage();
  }

  async #complete(plans: readonly SnapshotPlan[], work: () => Promise<void>, completed: () => Change[]): Promise<void> {
    try {
      await work();
      const done = plans.map(({ snapshotId, record }) => this.#finished(snapshotId, record, "completed", null));
      await this.#context.registry.commit([...done, ...completed()]);
    } catch (thrown) {
      const { code, message } = toCloudError(thrown);
      await this.#giveUp(plans, { code, message });
      throw thrown;
    } finally {
      for (const { snapshotId } of plans) this.#underWay.delete(snapshotId);
    }
  }

  async #takeNow(plans: readonly SnapshotPlan[], freeze: boolean): Promise<void> {
    const { work } = this.#context;
    const machines = plans.map(({ volumeId }) => this.#machineOf(volumeId));
    const [machine] = machines;
    if (machines.some((other) => other?.id !== machine?.id)) {
      throw new TypeError("snapshots of one point in time are of one instance");
    }
    if (machine !== undefined) await machine.volumes.snapshot(plans.map(toRequest), { freeze });
    // Nobody writes to them: whenever they are taken is the same point in time.
    else for (const { volumeId, snapshotId } of plans) await work.snapshot(volumeId, snapshotId);
  }

  #machineOf(volumeId: string): LinkedInstance | undefined {
    return runningInstance(this.#context, volumeId, volumeOf(this.#context, volumeId));
  }

  async #giveUp(plans: readonly SnapshotPlan[], reason: SnapshotRecord["stateReason"]): Promise<void> {
    const { registry, work } = this.#context;
    for (const { snapshotId } of plans) await work.deleteSnapshot(snapshotId).catch(reportUncaught);
    await registry.commit(plans.map(({ snapshotId, record }) => this.#finished(snapshotId, record, "error", reason)));
  }

  #finished(
    id: string,
    record: SnapshotRecord,
    state: "completed" | "error",
    stateReason: SnapshotRecord["stateReason"],
  ): Change {
    const { snapshots } = this.#context.registry;
    return snapshots.put(id, { ...(snapshots.get(id) ?? record), state, stateReason });
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

const toRequest = ({ volumeId, snapshotId }: SnapshotPlan) => ({ volumeId, snapshotId });
