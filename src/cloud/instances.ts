import { CloudError, reportUncaught } from "../base/errors.ts";
import type { Event } from "../base/event.ts";
import { type InstanceId, newId, parseId } from "../base/ids.ts";
import { type Reason, reasons } from "../lifecycle/reasons.ts";
import type { StoredRecord } from "../store/records.ts";
import { afterItsPage } from "./after-its-page.ts";
import { bootImageOf } from "./attributes/modification.ts";
import { isDue, isLocked, isWaiting } from "./attributes/recovery.ts";
import { reportBackground } from "./background.ts";
import type { Limits } from "./capacity.ts";
import type { ClientTokens } from "./client-tokens.ts";
import type { BatchAction, CloudInstance } from "./instance.ts";
import { beginAll, type InstanceStateChange } from "./instance-batch.ts";
import { type BuilderOptions, InstanceBuilder } from "./instance-builder.ts";
import { InstanceEntries, type InstanceEntry } from "./instance-entries.ts";
import { InstanceRoom } from "./instance-room.ts";
import { type LaunchPlan, planLaunch } from "./launch-plan.ts";
import { LAUNCH, type LaunchRequest } from "./launch-request.ts";
import { type ResolvedLaunch, withTemplate } from "./launch-templates/with-template.ts";
import { launchedInterfaces, missingInterfaces, settledInterfaces } from "./network/instance-interfaces.ts";
import { launchPlace } from "./network/launch-network.ts";
import type { RecordedInstance } from "./network/metadata-models.ts";
import { newInstances } from "./new-instances.ts";
import { checkParameters } from "./parameters.ts";
import type { Place } from "./placement.ts";
import type { Change } from "./record-table.ts";
import { consoleRecord, type InstanceRecord, instanceRecord, storeRootOf } from "./records.ts";
import { EVERYTHING, scopeOf, type View } from "./scope.ts";
import type { Tags } from "./tags.ts";
import type { LinkedInstance } from "./volumes/instance-link.ts";
import { formerRoots, launchedVolumes } from "./volumes/instance-volumes.ts";

export interface InstancesOptions extends BuilderOptions {
  readonly clientTokens: ClientTokens;
  readonly limits: Limits;
}

/** All instances of one cloud: the registry's records with their actors. */
export class CloudInstances {
  readonly #options: InstancesOptions;
  readonly #view: View;
  readonly #entries: InstanceEntries;
  readonly #room: InstanceRoom;
  readonly #builder: InstanceBuilder;
  readonly #toRecover = new Set<InstanceId>();

  /** With `whole`, these are its instances as `view` has them, and not others. */
  constructor(options: InstancesOptions, view = EVERYTHING, whole?: CloudInstances) {
    this.#options = options;
    this.#view = view;
    if (whole === undefined) {
      const { attachments, limits, disks } = options;
      this.#entries = new InstanceEntries();
      this.#room = new InstanceRoom(this.#entries, { attachments, limits, quotas: disks.quotas });
      this.#builder = new InstanceBuilder(options, this.#entries, this.#room);
    } else {
      this.#entries = whole.#entries;
      this.#room = whole.#room;
      this.#builder = whole.#builder;
    }
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

  /** Tells of instances of which something has changed that is not in their records. */
  touched(ids: readonly InstanceId[]): void {
    this.#entries.changed(...ids);
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
      checkRoom: () => this.#room.checkVolume(),
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

  /** Throws as `launch` would now; nothing comes of it (F73). */
  async rehearse(request: LaunchRequest): Promise<void> {
    checkParameters(request, LAUNCH);
    const { registry } = this.#options.disks;
    const { request: resolved } = withTemplate({ registry, view: this.#view }, request);
    await this.#plan(resolved, launchPlace(registry, this.#view, resolved), true);
  }

  async #plan(request: ResolvedLaunch["request"], place: Place, isRehearsal = false): Promise<LaunchPlan> {
    const { disks, images, limits } = this.#options;
    return await planLaunch(request, {
      place,
      disks,
      images,
      limits,
      memoryInUse: () => this.memoryInUse(),
      isRehearsal,
    });
  }

  async #launch(
    { request, systemTags }: ResolvedLaunch,
    place: Place,
    remember: (ids: readonly string[]) => Change[],
  ): Promise<readonly string[]> {
    const { disks, images, random } = this.#options;
    const plan = await this.#plan(request, place);
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
    if (action === "start") {
      this.#room.check(instances.filter(({ state }) => state === "stopped").map(({ id }) => this.#entry(id)));
    }
    return await beginAll(instances, action);
  }

  /** How an instance's tags are changed; to be committed at once. */
  retag(id: string, tags: Tags): Change {
    return this.#builder.retag(this.get(id).id, tags);
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

  /** MiB that all machines of the page take. */
  memoryInUse(): number {
    return this.#room.memoryInUse();
  }

  #prepare(plan: LaunchPlan): InstanceEntry[] {
    const { clock, random } = this.#options;
    this.#builder.nameImage(plan.image.id, plan.image.name);
    return newInstances(plan, newId("r", random), clock.now()).map((record) =>
      this.#builder.build(newId("i", random), record),
    );
  }

  async #takeBack(id: InstanceId, record: InstanceRecord): Promise<void> {
    const { images, clock } = this.#options;
    const { records } = this.#options.disks.registry;
    if (isDue(record)) this.#toRecover.add(id);
    const now = afterItsPage(record, clock.now());
    if (now !== record) await records.commit([records.put(instanceRecord, id, now)]);
    const history = await records.get(consoleRecord, id);
    const image = await images.ofInstance(record.imageId).catch(() => undefined);
    if (image !== undefined) this.#builder.nameImage(record.imageId, image.name);
    const { actor } = this.#builder.build(id, now);
    if (history !== undefined) actor.console.restore(history.output);
    // Goes on in the background; a failure is reported, and the next page tries again.
    actor.finishTermination().catch(reportBackground);
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
