import type { Clock } from "../base/clock.ts";
import { DisposableStore } from "../base/disposable.ts";
import { CloudError, reportUncaught } from "../base/errors.ts";
import type { Event } from "../base/event.ts";
import { type InstanceId, newId, parseId } from "../base/ids.ts";
import type { Random } from "../base/random.ts";
import type { Recovery } from "../lifecycle/actor-options.ts";
import { InstanceActor } from "../lifecycle/instance-actor.ts";
import type { MachineFactory } from "../lifecycle/machine.ts";
import { type Reason, reasons } from "../lifecycle/reasons.ts";
import type { StoredRecord } from "../store/records.ts";
import { afterItsPage } from "./after-its-page.ts";
import { bootImageOf, type InstanceChanges, planModification } from "./attributes/modification.ts";
import { isDue, isDueAfter, isLocked, isWaiting, recoveryAfter } from "./attributes/recovery.ts";
import { reportBackground } from "./background.ts";
import { checkCapacity, type Limits, memoryOf, VOLUME_MIB } from "./capacity.ts";
import type { ClientTokens } from "./client-tokens.ts";
import { ConsoleKeeper } from "./console-keeper.ts";
import { FirstStart } from "./first-start/first-start.ts";
import type { Delivery } from "./first-start/guest-plan.ts";
import { deliveryOf, isGiven } from "./first-start/launch-delivery.ts";
import type { ImageCatalogue } from "./images/image-catalogue.ts";
import { type BatchAction, CloudInstance } from "./instance.ts";
import { beginAll, type InstanceStateChange } from "./instance-batch.ts";
import { InstanceEntries, type InstanceEntry } from "./instance-entries.ts";
import { type LaunchPlan, planLaunch } from "./launch-plan.ts";
import { LAUNCH, type LaunchRequest } from "./launch-request.ts";
import { type ResolvedLaunch, withTemplate } from "./launch-templates/with-template.ts";
import { machineSpec } from "./machine-spec.ts";
import type { InstanceConnections } from "./network/connections.ts";
import {
  checkedInterface,
  launchedInterfaces,
  missingInterfaces,
  releasedInterfaces,
  settledInterfaces,
  startedInterfaces,
  stoppedInterfaces,
} from "./network/instance-interfaces.ts";
import { launchPlace } from "./network/launch-network.ts";
import type { RecordedInstance } from "./network/metadata-models.ts";
import { newInstances } from "./new-instances.ts";
import { checkParameters } from "./parameters.ts";
import type { Place } from "./placement.ts";
import { checkRunning } from "./quotas/quota-checks.ts";
import type { Change } from "./record-table.ts";
import { consoleRecord, type InstanceRecord, instanceRecord, storeRootOf } from "./records.ts";
import { EVERYTHING, isIn, scopeOf, type View } from "./scope.ts";
import type { Tags } from "./tags.ts";
import type { Attachments } from "./volumes/attachments.ts";
import type { DiskContext } from "./volumes/disk-context.ts";
import type { LinkedInstance } from "./volumes/instance-link.ts";
import { formerRoots, launchedVolumes } from "./volumes/instance-volumes.ts";

export interface InstancesOptions {
  /** Those of all accounts and regions. */
  readonly disks: DiskContext;
  readonly attachments: Attachments;
  readonly clientTokens: ClientTokens;
  readonly machines: MachineFactory;
  readonly images: ImageCatalogue;
  readonly connections: InstanceConnections;
  readonly limits: Limits;
  /** How often machines and guests are asked whether they are there; never, when absent. */
  readonly statusCheckMs?: number | undefined;
  readonly clock: Clock;
  readonly random: Random;
}

/** All instances of one cloud: the registry's records with their actors. */
export class CloudInstances {
  readonly #options: InstancesOptions;
  readonly #view: View;
  readonly #entries: InstanceEntries;
  readonly #imageNames: Map<string, string>;
  readonly #toRecover = new Set<InstanceId>();

  /** With `whole`, these are its instances as `view` has them, and not others. */
  constructor(options: InstancesOptions, view = EVERYTHING, whole?: CloudInstances) {
    this.#options = options;
    this.#view = view;
    this.#entries = whole === undefined ? new InstanceEntries() : whole.#entries;
    this.#imageNames = whole === undefined ? new Map() : whole.#imageNames;
    this.onItem = this.#entries.onItem;
    this.onChange = this.#entries.onChange;
  }

  /** The same, for somebody who has but some of them before them. What is not among those is not there for them. */
  seenBy(view: View): CloudInstances {
    return new CloudInstances(this.#options, view, this);
  }

  /** What is stored of one; undefined when it is not there. */
  recorded(id: string): RecordedInstance | undefined {
    const record = this.#entries.find(id)?.record;
    return record && { id, record };
  }

  allRecorded(): RecordedInstance[] {
    return this.#entries.values().map(({ instance: { id }, record }) => ({ id, record }));
  }

  /** Fires with each instance that appears, changes or goes, before `onChange`. */
  readonly onItem: Event<InstanceId>;
  /** Fires when an instance appears, changes or goes. */
  readonly onChange: Event<void>;

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
    const interfaces = missingInterfaces(registry, instances, this.#options.random);
    if (interfaces.length > 0) await registry.commit(interfaces);
    const settled = settledInterfaces(registry, instances);
    if (settled.length > 0) await registry.commit(settled);
    for (const { id, value } of instances.sort(byCreation)) await this.#takeBack(id as InstanceId, value);
  }

  /**
   * Starts what ran when an earlier page ended and shall go on by itself. Resolves when they are pending; what is in the
   * way of one is its own reason. Called again when the keys of encrypted volumes have been unlocked.
   */
  async recover(): Promise<void> {
    for (const id of this.#toRecover) {
      const actor = this.#entries.find(id)?.actor;
      if (actor !== undefined && isWaiting(actor.current.stateReason))
        await actor.recover(reasons.pageGone).catch(reportBackground);
      if (!isLocked(actor?.current.stateReason ?? null)) this.#toRecover.delete(id);
    }
  }

  list(): CloudInstance[] {
    this.#forgetOld();
    const seen = this.#entries.values().filter(({ record }) => this.#view.sees(record));
    return seen.map(({ instance }) => instance);
  }

  /** Undefined when it is not there. */
  find(id: string): CloudInstance | undefined {
    this.#forgetOld();
    const entry = this.#entries.find(id);
    return entry !== undefined && this.#view.sees(entry.record) ? entry.instance : undefined;
  }

  get(id: string): CloudInstance {
    const entry = this.#entries.find(parseId("i", id, "InvalidInstanceID.Malformed"));
    if (entry !== undefined && this.#view.sees(entry.record)) return entry.instance;
    throw new CloudError("InvalidInstanceID.NotFound", `The instance ID '${id}' does not exist`, { instanceId: id });
  }

  /** An instance as its volumes see it. */
  link(id: string): LinkedInstance {
    const { actor, record } = this.#entry(this.get(id).id);
    const entry = () => this.#entry(id as InstanceId);
    return {
      id,
      ownerId: record.ownerId,
      region: record.region,
      zone: record.zone,
      get state() {
        return actor.state;
      },
      rootDevice: entry().record.rootDevice,
      rootDeviceType: storeRootOf(entry().record) === undefined ? "ebs" : "instance-store",
      volumes: actor.volumes,
      interfaces: actor.interfaces,
      storeDevices: entry().record.instanceStores.map(({ device }) => device),
      checkRoom: () => checkCapacity(this.#options.limits, this.memoryInUse(), VOLUME_MIB),
      bootImage: () => bootImageOf(this.#options.images, entry().record),
      reboot: () => actor.reboot(),
    };
  }

  /** Checks everything, stores all the new instances and their volumes in one transaction, then starts them. */
  async launch(request: LaunchRequest): Promise<CloudInstance[]> {
    checkParameters(request, LAUNCH);
    // A password is stored nowhere in clear, and not as part of what was asked for either.
    const { clientToken, password: _, ...rest } = request;
    const { registry } = this.#options.disks;
    const resolved = withTemplate({ registry, view: this.#view }, request);
    const place = launchPlace(registry, this.#view, resolved.request);
    const scope = scopeOf(place);
    const ids = await this.#options.clientTokens.once("RunInstances", scope, clientToken, rest, (remember) =>
      this.#launch(resolved, place, remember),
    );
    return ids.map((id) => this.get(id));
  }

  async #launch(
    { request, systemTags }: ResolvedLaunch,
    place: Place,
    remember: (ids: readonly string[]) => Change[],
  ): Promise<readonly string[]> {
    const { disks, images, limits, random } = this.#options;
    const plan = await planLaunch(request, { place, disks, images, limits, memoryInUse: () => this.memoryInUse() });
    const entries = this.#prepare({ ...plan, tags: { ...plan.tags, ...systemTags } });
    const ids = entries.map(({ instance }) => instance.id);
    const perInstance = plan.disks.volumes.length;
    try {
      const { registry } = disks;
      const puts = entries.map(({ instance, record }) => registry.records.put(instanceRecord, instance.id, record));
      const changes = ids.flatMap((id, i) =>
        launchedVolumes(disks, id, place, plan.disks, plan.keyIds.slice(i * perInstance), plan.volumeTags),
      );
      const launched = entries.map(({ instance: { id }, record: { createdAt } }) => ({ id, createdAt }));
      const interfaces = launchedInterfaces(registry, plan.network, launched, random);
      await registry.commit([...changes, ...interfaces, ...remember(ids)], [...images.remember(plan.image), ...puts]);
    } catch (error) {
      for (const id of ids) this.#entries.forget(id);
      throw error;
    }
    for (const { actor } of entries) actor.launch();
    this.#entries.changed(...ids);
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
    };
    const operation = this.#options.disks.registry.records.put(instanceRecord, id, { ...entry.record, tags });
    return {
      operation,
      apply() {
        set(tags);
        return () => set(before);
      },
      announce: () => this.#entries.changed(entry.instance.id),
    };
  }

  /** The instance whose root, an instance store, has a snapshot below it; undefined when there is none. */
  bootedFrom(snapshotId: string): string | undefined {
    const entries = this.#entries.values().filter(({ actor }) => actor.state !== "terminated");
    return entries.find(({ record }) => storeRootOf(record)?.base?.snapshotId === snapshotId)?.instance.id;
  }

  /** Cuts the power of everything that runs; the disks are flushed first. */
  async shutOff(reason: Reason): Promise<void> {
    await Promise.all(this.#entries.values().map(({ actor }) => actor.shutOff(reason)));
    for (const { owned } of this.#entries.values()) owned.dispose();
  }

  /** MiB that all machines of the page take: those that go down as well, until they are gone. */
  memoryInUse(): number {
    const entries = this.#entries.values().filter(({ actor }) => actor.state === "pending" || actor.hasMachine);
    return entries.reduce((sum, entry) => sum + this.#memoryOf(entry), 0);
  }

  #memoryOf({ instance: { id, type }, record: { instanceStores } }: InstanceEntry): number {
    return memoryOf({ type, instanceStores, volumes: this.#options.attachments.of(id).length });
  }

  #prepare(plan: LaunchPlan): InstanceEntry[] {
    const { clock, random } = this.#options;
    this.#imageNames.set(plan.image.id, plan.image.name);
    return newInstances(plan, newId("r", random), clock.now()).map((record) => this.#add(newId("i", random), record));
  }

  #add(id: InstanceId, record: InstanceRecord): InstanceEntry {
    const { clock, machines, attachments, disks } = this.#options;
    const { registry } = disks;
    const { records } = registry;
    const actor = new InstanceActor({
      id,
      initial: record,
      machines,
      clock,
      rootDeviceType: storeRootOf(record) === undefined ? "ebs" : "instance-store",
      checkEveryMs: this.#options.statusCheckMs,
      shutdownBehavior: () => this.#entry(id).record.attributes.instanceInitiatedShutdownBehavior,
      recover: (failure) => this.#recovery(id, failure),
      admit: () => this.#admit(id),
      spec: async () => {
        const { record: now, instance: own } = this.#entry(id);
        return await machineSpec(this.#options, id, now, own.type);
      },
      persist: async (state) => {
        const entry = this.#entry(id);
        const launchedAt = state.state === "pending" ? clock.now() : entry.record.launchedAt;
        const terminatedAt = state.state === "terminated" ? clock.now() : null;
        const due = isDueAfter(entry.record, state.state, state.stateReason);
        const recovery = { ...entry.record.recovery, isDue: due };
        entry.record = { ...entry.record, ...state, recovery, launchedAt, terminatedAt };
        try {
          await registry.commit(this.#addressing(id, state.state), [records.put(instanceRecord, id, entry.record)]);
        } finally {
          if (state.state === "stopped" || state.state === "terminated") await attachments.wentDown(id);
        }
      },
      release: () => this.#release(id),
      onDisks: (names) => attachments.named(id, names),
    });
    const firstStart = new FirstStart({
      actor,
      clock,
      isNeeded: () => isGiven(this.#entry(id).record),
      delivery: () => this.#delivery(id),
    });
    const instance = new CloudInstance(id, {
      actor,
      firstStart,
      // One that has been let go of stays readable as it was.
      record: () => entry.record,
      imageName: () => this.#imageNames.get(record.imageId) ?? record.imageId,
      root: () => attachments.rootOf(id),
      guestDevice: (volumeId) => attachments.guestDevice(id, volumeId),
      modify: (request) => this.#modify(id, request),
      setTags: (tags) => this.#options.disks.registry.commit([this.retag(id, tags)]),
      connect: (request) => this.#options.connections.open(id, actor.state, request),
    });
    const owned = new DisposableStore();
    const entry: InstanceEntry = { record, actor, instance, owned };
    this.#entries.add(id, entry);
    owned.add(actor.onChange(() => this.#entries.changed(id)));
    owned.add(firstStart.onChange(() => this.#entries.changed(id)));
    owned.add(firstStart);
    owned.add(new ConsoleKeeper(id, actor, records, clock));
    return entry;
  }

  /** Its public address comes and goes with its machine (F53). */
  #addressing(id: InstanceId, state: InstanceRecord["state"]): Change[] {
    const { disks, random } = this.#options;
    if (state === "pending") return startedInterfaces(disks.registry, id, random);
    return state === "stopped" ? stoppedInterfaces(disks.registry, id) : [];
  }

  /** The instance is on its way out: so is what goes with it. */
  async #release(id: InstanceId): Promise<void> {
    const { attachments, disks } = this.#options;
    await attachments.release(id);
    await disks.registry.commit(releasedInterfaces(disks.registry, id));
  }

  /** Throws when it may not start now: the limits (F69), or no root volume (F37). */
  #admit(id: InstanceId): void {
    const { record } = this.#entry(id);
    if (storeRootOf(record) === undefined) this.#options.attachments.checkRoot(id, record.rootDevice);
    this.#options.attachments.checkKeys(id);
    this.#checkRoom([this.#entry(id)]);
  }

  /** What is kept of it is stored with the state that it leads to. */
  #recovery(id: InstanceId, failure: Reason): Recovery | undefined {
    const entry = this.#entry(id);
    const recovery = recoveryAfter(entry.record, failure, this.#options.clock.now());
    if (recovery !== undefined) entry.record = { ...entry.record, recovery: recovery.kept };
    return recovery;
  }

  #checkStart(instances: readonly CloudInstance[]): void {
    this.#checkRoom(instances.filter(({ state }) => state === "stopped").map(({ id }) => this.#entry(id)));
  }

  /** Throws when they may not run together beside those that do: quotas (F69), memory (F70). */
  #checkRoom(entries: readonly InstanceEntry[]): void {
    const { disks, limits } = this.#options;
    for (const { record } of entries) {
      const together = entries.filter((other) => isIn(scopeOf(record), other.record));
      const vcpus = together.reduce((sum, { instance }) => sum + instance.type.vcpus, 0);
      checkRunning(disks.quotas, scopeOf(record), together.length, vcpus);
    }
    const more = entries.reduce((sum, entry) => sum + this.#memoryOf(entry), 0);
    checkCapacity(limits, this.memoryInUse(), more);
  }

  async #takeBack(id: InstanceId, record: InstanceRecord): Promise<void> {
    const { images, clock } = this.#options;
    const { records } = this.#options.disks.registry;
    if (isDue(record)) this.#toRecover.add(id);
    const now = afterItsPage(record, clock.now());
    if (now !== record) await records.commit([records.put(instanceRecord, id, now)]);
    const history = await records.get(consoleRecord, id);
    const image = await images.ofInstance(record.imageId).catch(() => undefined);
    if (image !== undefined) this.#imageNames.set(record.imageId, image.name);
    const { actor } = this.#add(id, now);
    if (history !== undefined) actor.console.restore(history.output);
    // Goes on in the background; a failure is reported, and the next page tries again.
    actor.finishTermination().catch(reportBackground);
  }

  async #delivery(id: InstanceId): Promise<Delivery> {
    const { record, instance } = this.#entry(id);
    const { ref } = await this.#options.images.ofInstance(record.imageId);
    return deliveryOf(id, record, instance.hostname, ref.manifest.defaultUser);
  }

  async #modify(id: InstanceId, request: InstanceChanges): Promise<void> {
    const { registry } = this.#options.disks;
    const { records } = registry;
    const { apply, others } = await planModification(id, this.#entry(id).record, request, this.#options);
    const entry = this.#entry(id);
    const { typeName, kernel, attributes, userData, passwordHash, passwordSetAt } = entry.record;
    entry.record = { ...entry.record, ...apply(entry.record, entry.actor.state) };
    try {
      const interfaces = checkedInterface(registry, id, entry.record.attributes.sourceDestCheck);
      await registry.commit(interfaces, [records.put(instanceRecord, id, entry.record), ...others]);
    } catch (error) {
      entry.record = { ...entry.record, typeName, kernel, attributes, userData, passwordHash, passwordSetAt };
      throw error;
    }
    this.#entries.changed(id);
    // What the metadata service does and tells is otherwise when this has answered.
    await registry.networkInForce();
  }

  #entry(id: InstanceId): InstanceEntry {
    return this.#entries.get(id);
  }

  #forgetOld(): void {
    const { clock, disks } = this.#options;
    const { records } = disks.registry;
    const operations = this.#entries
      .forgetOld(clock.now())
      .flatMap((id) => [records.delete(instanceRecord, id), records.delete(consoleRecord, id)]);
    if (operations.length > 0) records.commit(operations).catch(reportBackground);
  }
}

const byCreation = (a: StoredRecord<InstanceRecord>, b: StoredRecord<InstanceRecord>) =>
  a.value.createdAt - b.value.createdAt || a.value.launchIndex - b.value.launchIndex;
