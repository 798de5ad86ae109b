import type { Clock } from "../base/clock.ts";
import { DisposableStore } from "../base/disposable.ts";
import { Emitter } from "../base/event.ts";
import type { InstanceId } from "../base/ids.ts";
import type { Random } from "../base/random.ts";
import type { Recovery } from "../lifecycle/actor-options.ts";
import { InstanceActor } from "../lifecycle/instance-actor.ts";
import type { MachineFactory } from "../lifecycle/machine.ts";
import type { Reason } from "../lifecycle/reasons.ts";
import { type InstanceChanges, planModification } from "./attributes/modification.ts";
import { isDueAfter, recoveryAfter } from "./attributes/recovery.ts";
import { ConsoleKeeper } from "./console-keeper.ts";
import { FirstStart } from "./first-start/first-start.ts";
import type { Delivery } from "./first-start/guest-plan.ts";
import { deliveryOf, isGiven } from "./first-start/launch-delivery.ts";
import type { ImageCatalogue } from "./images/image-catalogue.ts";
import { CloudInstance } from "./instance.ts";
import type { InstanceEntries, InstanceEntry } from "./instance-entries.ts";
import type { InstanceRoom } from "./instance-room.ts";
import { machineSpec } from "./machine-spec.ts";
import type { InstanceConnections } from "./network/connections.ts";
import { addressesOfInstance } from "./network/instance-addresses.ts";
import {
  checkedInterface,
  releasedInterfaces,
  startedInterfaces,
  stoppedInterfaces,
} from "./network/instance-interfaces.ts";
import type { Change } from "./record-table.ts";
import { type InstanceRecord, instanceRecord, storeRootOf } from "./records.ts";
import type { Tags } from "./tags.ts";
import type { Attachments } from "./volumes/attachments.ts";
import type { DiskContext } from "./volumes/disk-context.ts";

export interface BuilderOptions {
  /** Those of all accounts and regions. */
  readonly disks: DiskContext;
  readonly attachments: Attachments;
  readonly machines: MachineFactory;
  readonly images: ImageCatalogue;
  readonly connections: InstanceConnections;
  /** How often machines and guests are asked whether they are there; never, when absent. */
  readonly statusCheckMs?: number | undefined;
  readonly clock: Clock;
  readonly random: Random;
}

/** Makes an instance of its record: its actor, what that asks of the cloud, and what the public API shows of both. */
export class InstanceBuilder {
  readonly #options: BuilderOptions;
  readonly #entries: InstanceEntries;
  readonly #room: InstanceRoom;
  readonly #imageNames = new Map<string, string>();

  constructor(options: BuilderOptions, entries: InstanceEntries, room: InstanceRoom) {
    this.#options = options;
    this.#entries = entries;
    this.#room = room;
  }

  /** What instances show as the name of their image, which may be gone by then. */
  nameImage(imageId: string, name: string): void {
    this.#imageNames.set(imageId, name);
  }

  /** It is among the entries from then on. */
  build(id: InstanceId, record: InstanceRecord): InstanceEntry {
    const { clock, machines, attachments, disks, statusCheckMs } = this.#options;
    const { registry } = disks;
    const { records } = registry;
    const actor = new InstanceActor({
      id,
      initial: record,
      machines,
      clock,
      rootDeviceType: storeRootOf(record) === undefined ? "ebs" : "instance-store",
      checkEveryMs: statusCheckMs,
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
    const changed = new Emitter<void>();
    const instance = new CloudInstance(id, {
      actor,
      firstStart,
      onChange: changed.event,
      // One that has been let go of stays readable as it was.
      record: () => entry.record,
      imageName: () => this.#imageNames.get(record.imageId) ?? record.imageId,
      root: () => attachments.rootOf(id),
      guestDevice: (volumeId) => attachments.guestDevice(id, volumeId),
      modify: (request) => this.#modify(id, request),
      setTags: (tags) => registry.commit([this.retag(id, tags)]),
      addresses: () => addressesOfInstance(registry, id),
      connect: (request) => this.#options.connections.open(id, actor.state, request),
    });
    const owned = new DisposableStore();
    const entry: InstanceEntry = { record, actor, instance, changed, owned };
    this.#entries.add(id, entry);
    owned.add(actor.onChange(() => this.#entries.changed(id)));
    owned.add(firstStart.onChange(() => this.#entries.changed(id)));
    owned.add(firstStart);
    owned.add(new ConsoleKeeper(id, actor, records, clock));
    return entry;
  }

  /** How an instance's tags are changed; to be committed at once. */
  retag(id: InstanceId, tags: Tags): Change {
    const entry = this.#entry(id);
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
    this.#room.check([this.#entry(id)]);
  }

  /** What is kept of it is stored with the state that it leads to. */
  #recovery(id: InstanceId, failure: Reason): Recovery | undefined {
    const entry = this.#entry(id);
    const recovery = recoveryAfter(entry.record, failure, this.#options.clock.now());
    if (recovery !== undefined) entry.record = { ...entry.record, recovery: recovery.kept };
    return recovery;
  }

  async #delivery(id: InstanceId): Promise<Delivery> {
    const { record, instance } = this.#entry(id);
    const { ref } = await this.#options.images.ofInstance(record.imageId);
    return deliveryOf(id, record, instance.hostname, ref.manifest);
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
}
