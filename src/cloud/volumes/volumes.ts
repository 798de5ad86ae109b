import { type Disposable, DisposableStore } from "../../base/disposable.ts";
import { CloudError } from "../../base/errors.ts";
import { Emitter } from "../../base/event.ts";
import { newId } from "../../base/ids.ts";
import { untilBegun } from "../background.ts";
import { byAge } from "../by-age.ts";
import type { ClientTokens } from "../client-tokens.ts";
import { type ExportOptions, exportDisk } from "../disk-export.ts";
import type { KeySource } from "../encryption/inheritance.ts";
import { checkParameters, type Parameters } from "../parameters.ts";
import { type Place, placeFor, zoneBeside } from "../placement.ts";
import { checkVolumes } from "../quotas/quota-checks.ts";
import type { Change } from "../record-table.ts";
import { scopeOf, viewOf } from "../scope.ts";
import { isVisibleSnapshot } from "../snapshots/visible-snapshot.ts";
import { checkTags, type Tags } from "../tags.ts";
import type { Attachments } from "./attachments.ts";
import { completedSnapshot, type DiskContext, type ImageRoot, imageUrlOf, volumeOf } from "./disk-context.ts";
import { modifyVolume, rollbackVolume, runningInstance } from "./modification.ts";
import { attached, incorrectState } from "./volume-errors.ts";
import type {
  AttachVolumeRequest,
  CreateVolumeRequest,
  DetachVolumeRequest,
  GrownFileSystem,
  ModifyVolumeRequest,
  RollBackVolumeRequest,
  VolumeChain,
  VolumeInfo,
} from "./volume-info.ts";
import type { VolumeMaker } from "./volume-maker.ts";
import { describeVolume, type VolumeRecord } from "./volume-record.ts";
import { checkPerformance, checkVolumeSize, checkVolumeType, GIB } from "./volume-types.ts";

const CREATE: Parameters<CreateVolumeRequest> = {
  availabilityZone: true,
  sizeGiB: true,
  snapshotId: true,
  image: true,
  type: true,
  iops: true,
  throughputMiBps: true,
  encrypted: true,
  name: true,
  tags: true,
  clientToken: true,
};
const ATTACH: Parameters<AttachVolumeRequest> = { volumeId: true, instanceId: true, device: true };
const DETACH: Parameters<DetachVolumeRequest> = { volumeId: true, instanceId: true, device: true, force: true };
const MODIFY: Parameters<ModifyVolumeRequest> = {
  volumeId: true,
  sizeGiB: true,
  type: true,
  iops: true,
  throughputMiBps: true,
};
const ROLL_BACK: Parameters<RollBackVolumeRequest> = { volumeId: true, snapshotId: true };

/** The volumes, as the public API shows them: `api/volume-types.ts` says what each call does and how it fails. */
export class CloudVolumes implements Disposable {
  readonly #context: DiskContext;
  readonly #maker: VolumeMaker;
  readonly #attachments: Attachments;
  readonly #clientTokens: ClientTokens;
  readonly #changed = new Emitter<void>();
  readonly #owned = new DisposableStore();

  constructor(context: DiskContext, maker: VolumeMaker, attachments: Attachments, clientTokens: ClientTokens) {
    this.#context = context;
    this.#clientTokens = clientTokens;
    this.#maker = maker;
    this.#attachments = attachments;
    this.#owned.add(context.registry.volumes.onChange(() => this.#changed.fire()));
    this.#owned.add(attachments.onNames(() => this.#changed.fire()));
  }

  readonly onChange = this.#changed.event;

  dispose(): void {
    this.#owned.dispose();
  }

  list(): VolumeInfo[] {
    return this.#context.registry.volumes
      .entries()
      .filter(([, record]) => this.#context.view.sees(record))
      .sort(byAge(({ createdAt }) => createdAt))
      .map(([id, record]) => this.#describe(id, record));
  }

  get(volumeId: string): VolumeInfo {
    return this.#describe(volumeId, volumeOf(this.#context, volumeId));
  }

  async create(request: CreateVolumeRequest): Promise<VolumeInfo> {
    const { id, making } = await this.#begin(request);
    await (making ?? this.#maker.made(id));
    return this.get(id);
  }

  /** As `create`, but resolves as EC2 does: when it is "creating". */
  async begin(request: CreateVolumeRequest): Promise<VolumeInfo> {
    return this.get((await this.#begin(request)).id);
  }

  /** `making` is missing where a client token says that it was made before. */
  async #begin(request: CreateVolumeRequest): Promise<{ id: string; making: Promise<void> | undefined }> {
    checkParameters(request, CREATE);
    let making: Promise<void> | undefined;
    const { clientToken, ...rest } = request;
    const { view, registry } = this.#context;
    const snapshot = registry.snapshots.get(request.snapshotId ?? "");
    const beside = snapshot !== undefined && isVisibleSnapshot(snapshot, view) ? zoneBeside(view, snapshot) : undefined;
    const place = placeFor(view, request.availabilityZone ?? beside);
    const [id = ""] = await this.#clientTokens.once("CreateVolume", scopeOf(place), clientToken, rest, (remember) =>
      this.#create(request, place, remember).then((made) => {
        making = this.#maker.start(made);
        return [made];
      }),
    );
    return { id, making };
  }

  async #create(
    request: CreateVolumeRequest,
    place: Place,
    remember: (ids: readonly string[]) => Change[],
  ): Promise<string> {
    const { registry, clock, random, keys } = this.#context;
    const view = viewOf(scopeOf(place));
    const image = request.image === undefined ? undefined : await this.#context.imageRoot(request.image, view);
    const { keyFrom } = this.#plan(request, image, place);
    const [keyId = null] = await keys.provide([keyFrom]);
    // Again, now that nothing is awaited any more: the snapshot may have gone.
    const { record } = this.#plan(request, image, place);
    const id = newId("vol", random);
    const put = registry.volumes.put(id, { ...record, keyId, createdAt: clock.now() });
    await registry.commit([put, ...remember([id])], image?.remember);
    return id;
  }

  async attach(request: AttachVolumeRequest): Promise<VolumeInfo> {
    checkParameters(request, ATTACH);
    volumeOf(this.#context, request.volumeId);
    this.#context.findInstance(request.instanceId);
    await this.#attachments.attach(request);
    return this.get(request.volumeId);
  }

  /** As `attach`, but resolves as EC2 does: when it is "attaching". */
  async beginAttach(request: AttachVolumeRequest): Promise<VolumeInfo> {
    checkParameters(request, ATTACH);
    volumeOf(this.#context, request.volumeId);
    this.#context.findInstance(request.instanceId);
    await untilBegun((begun) => this.#attachments.attach(request, begun));
    return this.get(request.volumeId);
  }

  async detach(request: DetachVolumeRequest): Promise<VolumeInfo> {
    checkParameters(request, DETACH);
    volumeOf(this.#context, request.volumeId);
    await this.#attachments.detach(request);
    return this.get(request.volumeId);
  }

  /** As `detach`, but resolves as EC2 does: when it is "detaching". */
  async beginDetach(request: DetachVolumeRequest): Promise<VolumeInfo> {
    checkParameters(request, DETACH);
    volumeOf(this.#context, request.volumeId);
    await untilBegun((begun) => this.#attachments.detach(request, begun));
    return this.get(request.volumeId);
  }

  async delete(volumeId: string): Promise<void> {
    volumeOf(this.#context, volumeId);
    await this.#context.queue.run([volumeId], async () => {
      const { registry } = this.#context;
      const record = volumeOf(this.#context, volumeId);
      if (record.attachment !== null) throw attached(volumeId, record.attachment.instanceId);
      if (record.state !== "available" && record.state !== "error" && record.state !== "deleting") {
        throw incorrectState(volumeId, record, "'available' or 'error'");
      }
      await registry.commit([registry.volumes.put(volumeId, { ...record, state: "deleting" })]);
      await this.#maker.remove(volumeId);
    });
  }

  async modify(request: ModifyVolumeRequest): Promise<VolumeInfo> {
    checkParameters(request, MODIFY);
    await modifyVolume(this.#context, request);
    return this.get(request.volumeId);
  }

  /** As `modify`, but resolves as EC2 does: when it is "modifying". */
  async beginModification(request: ModifyVolumeRequest): Promise<VolumeInfo> {
    checkParameters(request, MODIFY);
    await untilBegun((begun) => modifyVolume(this.#context, request, begun));
    return this.get(request.volumeId);
  }

  async setAutoEnableIo(volumeId: string, autoEnableIo: boolean): Promise<VolumeInfo> {
    volumeOf(this.#context, volumeId);
    const { registry, queue } = this.#context;
    await queue.run([volumeId], () =>
      registry.commit([registry.volumes.put(volumeId, { ...volumeOf(this.#context, volumeId), autoEnableIo })]),
    );
    return this.get(volumeId);
  }

  async growFileSystem(volumeId: string): Promise<readonly GrownFileSystem[]> {
    const record = volumeOf(this.#context, volumeId);
    const running = runningInstance(this.#context, volumeId, record);
    if (running === undefined) throw incorrectState(volumeId, record, "attached to a running instance");
    return (await running.volumes.growFileSystem(volumeId)).fileSystems;
  }

  async rollback(request: RollBackVolumeRequest): Promise<VolumeInfo> {
    checkParameters(request, ROLL_BACK);
    const { volumeId, snapshotId } = request;
    await rollbackVolume(this.#context, volumeId, snapshotId);
    return this.get(volumeId);
  }

  async setDeleteOnTermination(volumeId: string, deleteOnTermination: boolean): Promise<VolumeInfo> {
    volumeOf(this.#context, volumeId);
    await this.#attachments.setDeleteOnTermination(volumeId, deleteOnTermination);
    return this.get(volumeId);
  }

  async setTags(volumeId: string, tags: Tags): Promise<VolumeInfo> {
    volumeOf(this.#context, volumeId);
    const checked = checkTags(tags);
    const { registry, queue } = this.#context;
    await queue.run([volumeId], () =>
      registry.commit([registry.volumes.put(volumeId, { ...volumeOf(this.#context, volumeId), tags: checked })]),
    );
    return this.get(volumeId);
  }

  async storedBytes(volumeId: string): Promise<number> {
    volumeOf(this.#context, volumeId);
    const { work } = this.#context;
    return (await (await work.client()).volumeUsage({ database: work.database, volumeId })).storedBytes;
  }

  async chain(volumeId: string): Promise<VolumeChain> {
    volumeOf(this.#context, volumeId);
    const { work } = this.#context;
    const { layers, image } = await (await work.client()).volumeChain({ database: work.database, volumeId });
    return { layers: layers.map(({ layerId, ...layer }) => ({ id: layerId, ...layer })), image };
  }

  async export(volumeId: string, options: ExportOptions = {}): Promise<ReadableStream<Uint8Array<ArrayBuffer>>> {
    const record = volumeOf(this.#context, volumeId);
    const { attachment } = record;
    const holder = attachment === null ? undefined : this.#context.findInstance(attachment.instanceId);
    if (holder !== undefined && holder.state !== "stopped") {
      const text = `Volume ${volumeId} is attached to ${holder.id}, which is ${holder.state}. Stop it first.`;
      throw new CloudError("VolumeInUse", text, { volumeId, instanceId: holder.id });
    }
    const key = await this.#context.keys.open(record.keyId, volumeId);
    const imageUrl = await imageUrlOf(this.#context, record.imageId);
    const { work, onGarbage } = this.#context;
    return await exportDisk(work, { kind: "volume", id: volumeId }, { imageUrl, key }, options, onGarbage);
  }

  #describe(id: string, record: VolumeRecord): VolumeInfo {
    return describeVolume(id, record, this.#attachments.guestDevice(record.attachment?.instanceId, id));
  }

  /** What a request asks for, checked; and where its key shall come from. */
  #plan(
    request: CreateVolumeRequest,
    image: ImageRoot | undefined,
    place: Place,
  ): { record: Omit<VolumeRecord, "createdAt" | "keyId">; keyFrom: KeySource } {
    const { sizeGiB, iops, throughputMiBps, name, encrypted } = request;
    if (image !== undefined && request.snapshotId !== undefined) {
      const text = "The parameter image cannot be used with the parameter snapshotId";
      throw new CloudError("InvalidParameterCombination", text, { image: request.image });
    }
    const snapshotId = request.snapshotId ?? image?.snapshotId ?? null;
    if (snapshotId === null && image === undefined && sizeGiB === undefined) {
      throw new CloudError("MissingParameter", "The request must contain the parameter size/snapshot", {
        parameter: "size/snapshot",
      });
    }
    const type = checkVolumeType(request.type);
    const tags = checkTags(request.tags, name);
    const there = { ...this.#context, view: viewOf(scopeOf(place)) };
    const snapshot = snapshotId === null ? undefined : completedSnapshot(there, snapshotId);
    const sizeBytes = checkSize(type, sizeGiB, snapshot?.sizeBytes ?? image?.sizeBytes);
    const keyFrom = this.#context.keys.sourceOf(scopeOf(place), encrypted, snapshotId);
    const shape = { sizeBytes, type, ...checkPerformance({ type, sizeBytes }, iops, throughputMiBps) };
    checkVolumes(this.#context.quotas, scopeOf(place), [shape]);
    const record = {
      ...place,
      ...shape,
      tags,
      state: "creating" as const,
      stateReason: null,
      snapshotId,
      imageId: snapshot?.imageId ?? image?.imageId ?? null,
      attachment: null,
      modification: null,
      autoEnableIo: false,
    };
    return { record, keyFrom };
  }
}

/** By default that of the content, an image's being no whole GiB; never less than it (F39). */
function checkSize(type: VolumeRecord["type"], sizeGiB: number | undefined, contentBytes = 0): number {
  if (sizeGiB === undefined) return contentBytes;
  const sizeBytes = checkVolumeSize(type, sizeGiB);
  if (sizeBytes >= contentBytes) return sizeBytes;
  throw new CloudError(
    "InvalidParameterValue",
    `Volume of ${sizeGiB}GiB is smaller than its content at first, of ${contentBytes / GIB} GiB.`,
    { sizeGiB, contentBytes },
  );
}
