import { hasCode, toCloudError } from "../../base/errors.ts";
import { reportBackground, reportUnexpected } from "../background.ts";
import { type DiskContext, volumeOf } from "./disk-context.ts";
import type { VolumeRecord } from "./volume-record.ts";

/**
 * Does in the block store what the records say is to be done, and says so in them: makes what is "creating", deletes what
 * is "deleting", finishes what is "modifying". All of it can be done again, so a page goes on where an earlier one stopped.
 */
export class VolumeMaker {
  readonly #context: DiskContext;
  readonly #making = new Map<string, Promise<void>>();

  constructor(context: DiskContext) {
    this.#context = context;
  }

  /** Goes on with what an earlier page began. What fails is reported, and tried again by the next page. */
  finishOld(): void {
    for (const [id, record] of this.#context.registry.volumes.entries()) {
      if (record.state === "creating" || record.state === "deleting" || isModifying(record)) {
        this.finish(id).catch((error) => {
          // A key that is locked away now: it goes on when it is unlocked.
          if (!hasCode(error, "Volume.KeyUnavailable")) reportBackground(error);
        });
      }
    }
  }

  /** Makes a volume that is "creating". How that ends stands in its record too. */
  start(volumeId: string): Promise<void> {
    const making = this.#context.queue.run([volumeId], () => this.make(volumeId));
    this.#making.set(volumeId, making);
    making.catch(reportUnexpected).finally(() => this.#making.delete(volumeId));
    return making;
  }

  /** Resolves when a volume that is being made is there; rejects when that fails. */
  async made(volumeId: string): Promise<void> {
    await this.#making.get(volumeId);
  }

  /** Brings one volume to rest. */
  async finish(volumeId: string): Promise<void> {
    await this.#context.queue.run([volumeId], async () => {
      await this.make(volumeId);
      await this.#modify(volumeId);
      if (this.#context.registry.volumes.get(volumeId)?.state === "deleting") await this.remove(volumeId);
    });
  }

  /** Makes a volume that is "creating"; the caller has its turn. A volume of its own that cannot be made is in "error". */
  async make(volumeId: string): Promise<void> {
    const { registry, work, keys } = this.#context;
    const record = registry.volumes.get(volumeId);
    if (record?.state !== "creating") return;
    try {
      const { sizeBytes, imageId, snapshotId, keyId } = record;
      const key = await keys.openForNew(keyId, snapshotId, volumeId);
      const image = imageId === null || snapshotId !== null ? null : await this.#context.imageRef(imageId);
      await work.create(volumeId, { sizeBytes, image, snapshotId, key });
    } catch (thrown) {
      // That of an instance is tried again when the instance starts; one whose key is locked away, when it is unlocked.
      const again = record.attachment !== null || hasCode(thrown, "Volume.KeyUnavailable");
      if (!again) await this.#fail(volumeId, record, thrown);
      throw thrown;
    }
    const { attachment } = record;
    const made: VolumeRecord =
      attachment === null
        ? { ...record, state: "available" }
        : { ...record, state: "in-use", attachment: { ...attachment, state: "attached" } };
    await registry.commit([registry.volumes.put(volumeId, made)]);
  }

  /** Deletes a volume that is "deleting", for good; the caller has its turn. */
  async remove(volumeId: string): Promise<void> {
    const { registry, work, keys, onGarbage } = this.#context;
    await work.delete(volumeId);
    const keyId = registry.volumes.get(volumeId)?.keyId ?? null;
    await registry.commit([registry.volumes.delete(volumeId), ...keys.releases(keyId, volumeId)]);
    onGarbage();
  }

  /** An earlier page began to grow it: of what is detached or stopped now, the block store does the rest. */
  async #modify(volumeId: string): Promise<void> {
    const { registry, work } = this.#context;
    const record = registry.volumes.get(volumeId);
    if (record?.modification == null || !isModifying(record)) return;
    const { target } = record.modification;
    await work.resize(volumeId, target.sizeBytes);
    const modification = { ...record.modification, state: "completed" as const, endedAt: this.#context.clock.now() };
    await registry.commit([
      registry.volumes.put(volumeId, { ...volumeOf(this.#context, volumeId), ...target, modification }),
    ]);
  }

  async #fail(volumeId: string, record: VolumeRecord, thrown: unknown): Promise<void> {
    const { code, message } = toCloudError(thrown);
    const { registry } = this.#context;
    await registry.commit([
      registry.volumes.put(volumeId, { ...record, state: "error", stateReason: { code, message } }),
    ]);
  }
}

const isModifying = ({ modification }: VolumeRecord): boolean =>
  modification?.state === "modifying" || modification?.state === "optimizing";
