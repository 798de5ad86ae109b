import type { Clock } from "../base/clock.ts";
import { DisposableStore } from "../base/disposable.ts";
import { CloudError, reportUncaught } from "../base/errors.ts";
import { Emitter } from "../base/event.ts";
import { type InstanceId, newId, parseId } from "../base/ids.ts";
import type { Random } from "../base/random.ts";
import { InstanceActor } from "../lifecycle/instance-actor.ts";
import type { MachineFactory } from "../lifecycle/machine.ts";
import { type Reason, reasons, transitionReason } from "../lifecycle/reasons.ts";
import type { ImageRef, MachineDisk, MachineSpec } from "../protocol/vm-contract.ts";
import type { StoredRecord } from "../store/records.ts";
import { hostnameOf, nextPrivateAddress } from "./addresses.ts";
import { reportBackground } from "./background.ts";
import { checkCapacity, type Limits, type MemoryDemand } from "./capacity.ts";
import type { ClientTokens } from "./client-tokens.ts";
import { ConsoleKeeper } from "./console-keeper.ts";
import type { ImageCatalogue } from "./images/image-catalogue.ts";
import { type BatchAction, CloudInstance, type ModifyInstanceRequest } from "./instance.ts";
import { beginAll, type InstanceStateChange } from "./instance-batch.ts";
import { demandOf, type LaunchPlan, planLaunch } from "./launch-plan.ts";
import { checkMemory, checkType, LAUNCH, type LaunchRequest } from "./launch-request.ts";
import { checkParameters } from "./parameters.ts";
import type { Change } from "./record-table.ts";
import {
  consoleRecord,
  type InstanceRecord,
  type InstanceStoreRecord,
  instanceRecord,
  storeRootOf,
} from "./records.ts";
import type { Tags } from "./tags.ts";
import type { Attachments } from "./volumes/attachments.ts";
import { placeOf } from "./volumes/device-names.ts";
import { completedSnapshot, type DiskContext, imageUrlOf } from "./volumes/disk-context.ts";
import type { LinkedInstance } from "./volumes/instance-link.ts";
import { formerRoots, launchedVolumes } from "./volumes/instance-volumes.ts";

/** Terminated instances stay visible for an hour (F18). */
const TERMINATED_VISIBLE_MS = 3_600_000;

export interface InstancesOptions {
  readonly disks: DiskContext;
  readonly attachments: Attachments;
  readonly clientTokens: ClientTokens;
  readonly machines: MachineFactory;
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

  /** How many there may be. */
  get limits(): Limits {
    return this.#options.limits;
  }

  /** Takes the stored instances back. What ran when the page went away has stopped; what was being deleted goes on. */
  async load(): Promise<void> {
    const { registry } = this.#options.disks;
    const { records, damaged } = await registry.records.list(instanceRecord);
    // A record that cannot be read must not hide the others, nor be lost: it stays stored and is reported.
    for (const error of damaged) reportUncaught(error);
    const { instances, volumes } = formerRoots(registry, records);
    if (volumes.length > 0)
      await registry.commit(
        volumes.map(([id, volume]) => registry.volumes.put(id, volume)),
        instances.map(({ id, value }) => registry.records.put(instanceRecord, id, value)),
      );
    for (const { id, value } of instances.sort(byCreation)) await this.#takeBack(id as InstanceId, value);
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

  /** An instance as its volumes see it. */
  link(id: string): LinkedInstance {
    const { actor } = this.#entry(this.get(id).id);
    const entry = () => this.#entry(id as InstanceId);
    return {
      id,
      get state() {
        return actor.state;
      },
      rootDevice: entry().record.rootDevice,
      rootDeviceType: storeRootOf(entry().record) === undefined ? "ebs" : "instance-store",
      volumes: actor.volumes,
      storeDevices: entry().record.instanceStores.map(({ device }) => device),
      bootImage: () => this.#bootImage(entry().record),
      reboot: () => actor.reboot(),
    };
  }

  /** Checks everything, stores all the new instances and their volumes in one transaction, then starts them. */
  async launch(request: LaunchRequest): Promise<CloudInstance[]> {
    checkParameters(request, LAUNCH);
    const { clientToken, ...rest } = request;
    const ids = await this.#options.clientTokens.once("RunInstances", clientToken, rest, (remember) =>
      this.#launch(request, remember),
    );
    return ids.map((id) => this.get(id));
  }

  async #launch(request: LaunchRequest, remember: (ids: readonly string[]) => Change[]): Promise<readonly string[]> {
    const { disks, images, limits } = this.#options;
    const plan = await planLaunch(request, { disks, images, limits, running: () => this.#running() });
    const entries = this.#prepare(plan);
    const ids = entries.map(({ instance }) => instance.id);
    const perInstance = plan.disks.volumes.length;
    try {
      const { registry } = disks;
      const puts = entries.map(({ instance, record }) => registry.records.put(instanceRecord, instance.id, record));
      const changes = ids.flatMap((id, i) =>
        launchedVolumes(disks, id, plan.disks, plan.keyIds.slice(i * perInstance), plan.volumeTags),
      );
      await registry.commit([...changes, ...remember(ids)], [...images.remember(plan.image), ...puts]);
    } catch (error) {
      for (const id of ids) this.#forget(id);
      throw error;
    }
    for (const { actor } of entries) actor.launch();
    this.#changed.fire();
    return ids;
  }

  /** Begins an action on several instances, as `beginAll` says. Starting them, all must have room together (F69, F70). */
  async begin(action: BatchAction, ids: readonly string[]): Promise<InstanceStateChange[]> {
    const instances = [...new Set(ids)].map((id) => this.get(id));
    if (action === "start") this.#checkStart(instances);
    return await beginAll(instances, action);
  }

  /** How an instance's tags are changed; to be committed at once. */
  retag(id: string, tags: Tags): Change {
    const entry = this.#entry(this.get(id).id);
    const before = entry.record.tags;
    const set = (to: Tags) => {
      entry.record = { ...entry.record, tags: to };
      this.#changed.fire();
    };
    const operation = this.#options.disks.registry.records.put(instanceRecord, id, { ...entry.record, tags });
    return {
      operation,
      apply() {
        set(tags);
        return () => set(before);
      },
    };
  }

  /** The instance whose root, an instance store, has a snapshot below it; undefined when there is none. */
  bootedFrom(snapshotId: string): string | undefined {
    const entries = [...this.#entries.values()].filter(({ actor }) => actor.state !== "terminated");
    return entries.find(({ record }) => storeRootOf(record)?.base?.snapshotId === snapshotId)?.instance.id;
  }

  /** Cuts the power of everything that runs; the disks are flushed first. */
  async shutOff(reason: Reason): Promise<void> {
    await Promise.all([...this.#entries.values()].map(({ actor }) => actor.shutOff(reason)));
    for (const { owned } of this.#entries.values()) owned.dispose();
  }

  #running(): MemoryDemand[] {
    return [...this.#entries.values()]
      .filter(({ actor }) => actor.state === "pending" || actor.state === "running")
      .map(({ instance, record }) => demandOf(instance.type, record.instanceStores));
  }

  #prepare({ image, type, tags, clientToken, count, disks }: LaunchPlan): Entry[] {
    const { clock, random } = this.#options;
    this.#imageNames.set(image.id, image.name);
    const reservationId = newId("r", random);
    const now = clock.now();
    return Array.from({ length: count }, (_, launchIndex) =>
      this.#add(newId("i", random), {
        reservationId,
        launchIndex,
        tags,
        clientToken,
        imageId: image.id,
        typeName: type.name,
        privateIpAddress: nextPrivateAddress(this.#takenAddresses()),
        rootDevice: storeRootOf(disks)?.device ?? disks.volumes[0]?.device ?? image.ref.manifest.rootDevice,
        instanceStores: [...disks.instanceStores],
        kernel: null,
        formerRoot: null,
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
    const { clock, machines, attachments, disks } = this.#options;
    const { records } = disks.registry;
    const actor = new InstanceActor({
      id,
      initial: record,
      machines,
      clock,
      rootDeviceType: storeRootOf(record) === undefined ? "ebs" : "instance-store",
      admit: () => this.#admit(id),
      spec: () => this.#spec(id),
      persist: async (state) => {
        const entry = this.#entry(id);
        const launchedAt = state.state === "pending" ? clock.now() : entry.record.launchedAt;
        const terminatedAt = state.state === "terminated" ? clock.now() : null;
        entry.record = { ...entry.record, ...state, launchedAt, terminatedAt };
        try {
          await records.commit([records.put(instanceRecord, id, entry.record)]);
        } finally {
          if (state.state === "stopped" || state.state === "terminated") await attachments.wentDown(id);
        }
      },
      release: () => attachments.release(id),
      onDisks: (names) => attachments.named(id, names),
    });
    const instance = new CloudInstance(id, {
      actor,
      record: () => this.#entry(id).record,
      imageName: () => this.#imageNames.get(record.imageId) ?? record.imageId,
      root: () => attachments.rootOf(id),
      guestDevice: (volumeId) => attachments.guestDevice(id, volumeId),
      modify: (request) => this.#modify(id, request),
    });
    const owned = new DisposableStore();
    const entry: Entry = { record, actor, instance, owned };
    this.#entries.set(id, entry);
    owned.add(actor.onChange(() => this.#changed.fire()));
    owned.add(new ConsoleKeeper(id, actor, records, clock));
    return entry;
  }

  /** Throws when it may not start now: the limits (F69), or no root volume (F37). */
  #admit(id: InstanceId): void {
    const { record, instance } = this.#entry(id);
    if (storeRootOf(record) === undefined) this.#options.attachments.checkRoot(id, record.rootDevice);
    this.#options.attachments.checkKeys(id);
    checkCapacity(this.#options.limits, this.#running(), demandOf(instance.type, record.instanceStores), 1);
  }

  #checkStart(instances: readonly CloudInstance[]): void {
    const running = this.#running();
    for (const { id, state, type } of instances) {
      if (state !== "stopped") continue;
      const demand = demandOf(type, this.#entry(id).record.instanceStores);
      checkCapacity(this.#options.limits, running, demand, 1);
      running.push(demand);
    }
  }

  async #takeBack(id: InstanceId, record: InstanceRecord): Promise<void> {
    const { images, clock } = this.#options;
    const { records } = this.#options.disks.registry;
    const ran = record.state === "pending" || record.state === "running" || record.state === "stopping";
    const reason = transitionReason("Server failure", clock.now());
    // Nothing is left of a root that was in the page's memory: what is left of the instance goes too.
    const end =
      storeRootOf(record) === undefined
        ? ({ state: "stopped", stateReason: reasons.pageClosed } as const)
        : ({ state: "shutting-down", stateReason: reasons.pageClosedForGood } as const);
    const now: InstanceRecord = ran ? { ...record, ...end, transitionReason: reason } : record;
    if (ran) await records.commit([records.put(instanceRecord, id, now)]);
    const history = await records.get(consoleRecord, id);
    const image = await images.ofInstance(record.imageId).catch(() => undefined);
    if (image !== undefined) this.#imageNames.set(record.imageId, image.name);
    const { actor } = this.#add(id, now);
    if (history !== undefined) actor.console.restore(history.output);
    // Goes on in the background; a failure is reported, and the next page tries again.
    actor.finishTermination().catch(reportBackground);
  }

  async #spec(id: InstanceId): Promise<MachineSpec> {
    const { record, instance } = this.#entry(id);
    const { attachments, disks } = this.#options;
    const { type } = instance;
    if (storeRootOf(record) === undefined) attachments.checkRoot(id, record.rootDevice);
    const stores = await Promise.all(record.instanceStores.map((store) => storeDisk(disks, store)));
    const volumes = [...(await attachments.disksFor(id)), ...stores];
    attachments.nameInOrder(id, volumes);
    return {
      instanceId: id,
      hostname: hostnameOf(record.privateIpAddress),
      memoryMiB: type.memoryMiB,
      cpuShare: type.cpuShare,
      image: await this.#bootImage(record),
      database: disks.work.database,
      volumes,
    };
  }

  /** The image's kernel and command line, or those that were set instead (F24). */
  async #bootImage({ imageId, kernel }: InstanceRecord): Promise<ImageRef> {
    const { ref } = await this.#options.images.ofInstance(kernel?.imageId ?? imageId);
    return kernel === null ? ref : { ...ref, manifest: { ...ref.manifest, commandLine: kernel.commandLine } };
  }

  async #modify(id: InstanceId, request: ModifyInstanceRequest): Promise<void> {
    const { images, disks } = this.#options;
    const { records } = disks.registry;
    const type = checkType(request.type ?? this.#entry(id).record.typeName);
    const image = await images.ofInstance(this.#entry(id).record.imageId);
    checkMemory(image, type);
    const kernel = request.kernelImage === undefined ? undefined : await images.find(request.kernelImage);
    const current = await this.#bootImage(this.#entry(id).record);
    const entry = this.#entry(id);
    if (entry.actor.state !== "stopped") {
      const text = `The instance '${id}' is not in the 'stopped' state.`;
      throw new CloudError("IncorrectInstanceState", text, { instanceId: id, state: entry.actor.state });
    }
    const before = entry.record;
    const next = kernel?.ref ?? current;
    if (next.bootMode === "legacy-bios" && request.commandLine !== undefined) {
      const text = `The instance '${id}' boots by its BIOS: its kernel's command line is its boot loader's.`;
      throw new CloudError("InvalidParameterCombination", text, { instanceId: id });
    }
    const commandLine = request.commandLine ?? next.manifest.commandLine;
    const asBefore = kernel === undefined && request.commandLine === undefined;
    const kernelId = kernel?.id ?? before.kernel?.imageId ?? before.imageId;
    entry.record = {
      ...before,
      typeName: type.name,
      kernel: asBefore ? before.kernel : { imageId: kernelId, commandLine },
    };
    try {
      const remember = kernel === undefined ? [] : images.remember(kernel);
      await records.commit([records.put(instanceRecord, id, entry.record), ...remember]);
    } catch (error) {
      entry.record = { ...entry.record, typeName: before.typeName, kernel: before.kernel };
      throw error;
    }
    this.#changed.fire();
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
    const { clock, disks } = this.#options;
    const { records } = disks.registry;
    const limit = clock.now() - TERMINATED_VISIBLE_MS;
    for (const [id, { record }] of this.#entries) {
      if (record.terminatedAt === null || record.terminatedAt > limit) continue;
      this.#forget(id);
      records.commit([records.delete(instanceRecord, id), records.delete(consoleRecord, id)]).catch(reportBackground);
    }
  }
}

async function storeDisk(
  disks: DiskContext,
  { virtualName, device, sizeBytes, base }: InstanceStoreRecord,
): Promise<MachineDisk> {
  const disk = { kind: "instance-store" as const, volumeId: virtualName, device: placeOf(device), sizeBytes };
  if (base === undefined) return disk;
  if (base.snapshotId === null) return { ...disk, base: { snapshotId: null } };
  const { snapshotId } = base;
  const { imageId, keyId } = completedSnapshot(disks, snapshotId);
  const imageUrl = await imageUrlOf(disks, imageId);
  const key = await disks.keys.open(keyId, snapshotId);
  return { ...disk, base: { snapshotId, ...(imageUrl !== null && { imageUrl }), ...(key !== undefined && { key }) } };
}

const byCreation = (a: StoredRecord<InstanceRecord>, b: StoredRecord<InstanceRecord>) =>
  a.value.createdAt - b.value.createdAt || a.value.launchIndex - b.value.launchIndex;
