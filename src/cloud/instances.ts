import type { Clock } from "../base/clock.ts";
import { DisposableStore } from "../base/disposable.ts";
import { CloudError, reportUncaught } from "../base/errors.ts";
import { Emitter } from "../base/event.ts";
import { type InstanceId, newId, parseId } from "../base/ids.ts";
import type { Random } from "../base/random.ts";
import { InstanceActor } from "../lifecycle/instance-actor.ts";
import type { MachineFactory } from "../lifecycle/machine.ts";
import { type Reason, reasons, transitionReason } from "../lifecycle/reasons.ts";
import type { MachineSpec } from "../protocol/vm-contract.ts";
import type { RecordStore, StoredRecord } from "../store/records.ts";
import { hostnameOf, nextPrivateAddress } from "./addresses.ts";
import { checkCapacity, type Limits } from "./capacity.ts";
import { ConsoleKeeper } from "./console-keeper.ts";
import type { CatalogueImage, ImageCatalogue } from "./image-catalogue.ts";
import { CloudInstance } from "./instance.ts";
import { findInstanceType, type InstanceType } from "./instance-types.ts";
import { checkCount, checkMemory, checkName, checkRootSize, checkType, type LaunchRequest } from "./launch-request.ts";
import { consoleRecord, type InstanceRecord, instanceRecord } from "./records.ts";
import type { RootVolumes } from "./root-volumes.ts";

/** Terminated instances stay visible for an hour (F18). */
const TERMINATED_VISIBLE_MS = 3_600_000;

export interface InstancesOptions {
  readonly database: string;
  readonly records: RecordStore;
  readonly machines: MachineFactory;
  readonly volumes: RootVolumes;
  readonly images: ImageCatalogue;
  readonly limits: Limits;
  readonly clock: Clock;
  readonly random: Random;
}

interface Entry {
  record: InstanceRecord;
  readonly actor: InstanceActor;
  readonly instance: CloudInstance;
  readonly owned: DisposableStore;
}

/** All instances of one cloud: the registry's records with their actors. */
export class CloudInstances {
  readonly #options: InstancesOptions;
  readonly #entries = new Map<InstanceId, Entry>();
  readonly #changed = new Emitter<void>();
  readonly #imageNames = new Map<string, string>();

  constructor(options: InstancesOptions) {
    this.#options = options;
  }

  /** Fires when an instance appears, changes or goes. */
  readonly onChange = this.#changed.event;

  /** Takes the stored instances back. What ran when the page went away has stopped; what was being deleted goes on. */
  async load(): Promise<void> {
    const { records, damaged } = await this.#options.records.list(instanceRecord);
    // A record that cannot be read must not hide the others, nor be lost: it stays stored and is reported.
    for (const error of damaged) reportUncaught(error);
    for (const { id, value } of records.sort(byCreation)) await this.#takeBack(id as InstanceId, value);
  }

  list(): CloudInstance[] {
    this.#forgetOld();
    return [...this.#entries.values()].map(({ instance }) => instance);
  }

  get(id: string): CloudInstance {
    const entry = this.#entries.get(parseId("i", id, "InvalidInstanceID.Malformed"));
    if (entry !== undefined) return entry.instance;
    throw new CloudError("InvalidInstanceID.NotFound", `The instance ID '${id}' does not exist`, { instanceId: id });
  }

  /** Checks everything, stores all the new instances in one transaction, then starts them. */
  async launch(request: LaunchRequest): Promise<CloudInstance[]> {
    const count = checkCount(request.count);
    const type = checkType(request.type);
    const name = checkName(request.name);
    checkCapacity(this.#options.limits, this.#runningTypes(), type, count);
    const image = await this.#options.images.find(request.image);
    checkMemory(image, type);
    const rootVolumeBytes = checkRootSize(image, request.rootVolumeGiB);
    // Again, now that nothing is awaited any more: another launch may have come in between.
    checkCapacity(this.#options.limits, this.#runningTypes(), type, count);
    const entries = this.#prepare(image, type, name, count, rootVolumeBytes);
    try {
      const { records } = this.#options;
      const puts = entries.map(({ instance, record }) => records.put(instanceRecord, instance.id, record));
      await records.commit([this.#options.images.remember(image), ...puts]);
    } catch (error) {
      for (const { instance } of entries) this.#forget(instance.id);
      throw error;
    }
    for (const { actor } of entries) actor.launch();
    this.#changed.fire();
    return entries.map(({ instance }) => instance);
  }

  /** Cuts the power of everything that runs; the disks are flushed first. */
  async shutOff(reason: Reason): Promise<void> {
    await Promise.all([...this.#entries.values()].map(({ actor }) => actor.shutOff(reason)));
    for (const { owned } of this.#entries.values()) owned.dispose();
  }

  #runningTypes(): InstanceType[] {
    return [...this.#entries.values()]
      .filter(({ actor }) => actor.state === "pending" || actor.state === "running")
      .map(({ instance }) => instance.type);
  }

  #prepare(image: CatalogueImage, type: InstanceType, name: string, count: number, rootVolumeBytes: number): Entry[] {
    const { clock, random } = this.#options;
    this.#imageNames.set(image.id, image.ref.manifest.name);
    const reservationId = newId("r", random);
    const now = clock.now();
    return Array.from({ length: count }, (_, launchIndex) =>
      this.#add(newId("i", random), {
        reservationId,
        launchIndex,
        name,
        imageId: image.id,
        typeName: type.name,
        privateIpAddress: nextPrivateAddress(this.#takenAddresses()),
        rootVolumeId: newId("vol", random),
        rootVolumeBytes,
        hasRun: false,
        createdAt: now,
        launchedAt: now,
        terminatedAt: null,
        state: "pending",
        stateReason: null,
        transitionReason: "",
      }),
    );
  }

  #takenAddresses(): Set<string> {
    const alive = [...this.#entries.values()].filter(({ actor }) => actor.state !== "terminated");
    return new Set(alive.map(({ record }) => record.privateIpAddress));
  }

  #add(id: InstanceId, record: InstanceRecord): Entry {
    const { clock, machines, records } = this.#options;
    const actor = new InstanceActor({
      id,
      initial: record,
      machines,
      clock,
      admit: () => checkCapacity(this.#options.limits, this.#runningTypes(), this.#entry(id).instance.type, 1),
      spec: () => this.#spec(id),
      persist: async (state) => {
        const entry = this.#entry(id);
        const launchedAt = state.state === "pending" ? clock.now() : entry.record.launchedAt;
        const terminatedAt = state.state === "terminated" ? clock.now() : null;
        const hasRun = entry.record.hasRun || state.state === "running";
        const next = { ...entry.record, ...state, hasRun, launchedAt, terminatedAt };
        await records.commit([records.put(instanceRecord, id, next)]);
        entry.record = next;
      },
      release: () => this.#options.volumes.delete(record.rootVolumeId),
    });
    const imageName = () => this.#imageNames.get(record.imageId) ?? record.imageId;
    const instance = new CloudInstance(id, actor, () => this.#entry(id).record, imageName);
    const owned = new DisposableStore();
    const entry: Entry = { record, actor, instance, owned };
    this.#entries.set(id, entry);
    owned.add(actor.onChange(() => this.#changed.fire()));
    owned.add(new ConsoleKeeper(id, actor, records, clock));
    return entry;
  }

  async #takeBack(id: InstanceId, record: InstanceRecord): Promise<void> {
    const { records, images, clock } = this.#options;
    const ran = record.state === "pending" || record.state === "running" || record.state === "stopping";
    const reason = transitionReason("Server failure", clock.now());
    const now: InstanceRecord = ran
      ? { ...record, state: "stopped", stateReason: reasons.pageClosed, transitionReason: reason }
      : record;
    if (ran) await records.commit([records.put(instanceRecord, id, now)]);
    const history = await records.get(consoleRecord, id);
    const ref = await images.ofInstance(record.imageId).catch(() => undefined);
    if (ref !== undefined) this.#imageNames.set(record.imageId, ref.manifest.name);
    const { actor } = this.#add(id, now);
    if (history !== undefined) actor.console.restore(history.output);
    // Goes on in the background; a failure is reported, and the next page tries again.
    actor.finishTermination().catch(reportUncaught);
  }

  async #spec(id: InstanceId): Promise<MachineSpec> {
    const { record } = this.#entry(id);
    const { images, volumes, database } = this.#options;
    const type = findInstanceType(record.typeName);
    if (type === undefined)
      throw new CloudError("InvalidInstanceType", `The instance type '${record.typeName}' no longer exists.`);
    const image = await images.ofInstance(record.imageId);
    if (!record.hasRun) await volumes.ensure(record.rootVolumeId, record.rootVolumeBytes, image);
    return {
      instanceId: id,
      hostname: hostnameOf(record.privateIpAddress),
      memoryMiB: type.memoryMiB,
      cpuShare: type.cpuShare,
      image,
      database,
      volumes: [{ volumeId: record.rootVolumeId, device: "vda", readOnly: false }],
    };
  }

  #entry(id: InstanceId): Entry {
    const entry = this.#entries.get(id);
    if (entry === undefined)
      throw new CloudError("InvalidInstanceID.NotFound", `The instance ID '${id}' does not exist`);
    return entry;
  }

  #forget(id: InstanceId): void {
    this.#entries.get(id)?.owned.dispose();
    this.#entries.delete(id);
  }

  #forgetOld(): void {
    const { clock, records } = this.#options;
    const limit = clock.now() - TERMINATED_VISIBLE_MS;
    for (const [id, { record }] of this.#entries) {
      if (record.terminatedAt === null || record.terminatedAt > limit) continue;
      this.#forget(id);
      records.commit([records.delete(instanceRecord, id), records.delete(consoleRecord, id)]).catch(reportUncaught);
    }
  }
}

const byCreation = (a: StoredRecord<InstanceRecord>, b: StoredRecord<InstanceRecord>) =>
  a.value.createdAt - b.value.createdAt || a.value.launchIndex - b.value.launchIndex;
