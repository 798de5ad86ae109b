import { type Disposable, DisposableStore } from "../../base/disposable.ts";
import { CloudError, hasCode, toCloudError } from "../../base/errors.ts";
import { Emitter } from "../../base/event.ts";
import { newId } from "../../base/ids.ts";
import { reportBackground } from "../background.ts";
import { byAge } from "../by-age.ts";
import { checkParameters, type Parameters } from "../parameters.ts";
import type { Owned } from "../scope.ts";
import type { SnapshotInfo } from "../snapshots/snapshot-info.ts";
import type { CloudSnapshots } from "../snapshots/snapshots.ts";
import { type DiskContext, volumeOf } from "../volumes/disk-context.ts";
import type { BackupPolicyInfo, CreateBackupPolicyRequest } from "./backup-info.ts";
import type { BackupPolicyRecord } from "./backup-record.ts";

const POLICY_TAG = "tabvisor:policy";
const BACKUP_TAG = "tabvisor:backup";

const HOUR_MS = 3_600_000;
const MAX_HOURS = 8760;
const MAX_KEEP = 1000;
/** Amazon's quota of lifecycle policies a region. */
const MAX_POLICIES = 100;
const RETRY_MS = 900_000;
/** What was due while no page was open waits until this one is up. */
const CATCH_UP_MS = 10_000;
/** The clock of a computer that slept stands behind: look at it at least so often. */
const LOOK_MS = 600_000;

const CREATE: Parameters<CreateBackupPolicyRequest> = {
  volumeId: true,
  instanceId: true,
  everyHours: true,
  keep: true,
  freeze: true,
};

/** Backups by the clock, as the public API shows them: `api/backup-types.ts`. They are made while the page is open. */
export class CloudBackups implements Disposable {
  readonly #context: DiskContext;
  readonly #snapshots: CloudSnapshots;
  readonly #changed = new Emitter<void>();
  readonly #owned = new DisposableStore();
  readonly #running = new Set<string>();
  #timer: (() => void) | undefined;

  constructor(context: DiskContext, snapshots: CloudSnapshots) {
    this.#context = context;
    this.#snapshots = snapshots;
    this.#owned.add(context.registry.policies.onChange(() => this.#changed.fire()));
    this.#owned.defer(() => this.#timer?.());
  }

  readonly onChange = this.#changed.event;

  dispose(): void {
    this.#owned.dispose();
  }

  /** Begins to keep the time. */
  start(): void {
    this.#schedule(CATCH_UP_MS);
  }

  list(): BackupPolicyInfo[] {
    return this.#context.registry.policies
      .entries()
      .filter(([, record]) => this.#context.view.sees(record))
      .sort(byAge(({ createdAt }) => createdAt))
      .map(([id, record]) => this.#describe(id, record));
  }

  async create(request: CreateBackupPolicyRequest): Promise<BackupPolicyInfo> {
    checkParameters(request, CREATE);
    const { registry, clock, random } = this.#context;
    const { everyHours, keep, freeze = false } = request;
    const { target, owned } = this.#checkTarget(request);
    checkRange("everyHours", everyHours, MAX_HOURS);
    checkRange("keep", keep, MAX_KEEP);
    if (registry.policies.size >= MAX_POLICIES) {
      const text = `There are ${MAX_POLICIES} backup policies already. Delete some first.`;
      throw new CloudError("LimitExceededException", text, { limit: MAX_POLICIES });
    }
    const id = newId("snap", random).replace("snap-", "policy-");
    const now = clock.now();
    const nextAt = now + everyHours * HOUR_MS;
    const record = {
      ...owned,
      target,
      everyHours,
      keep,
      freeze,
      createdAt: now,
      lastAt: null,
      nextAt,
      lastError: null,
    };
    await registry.commit([registry.policies.put(id, record)]);
    this.#schedule();
    return this.#describe(id, this.#record(id));
  }

  /** The snapshots that it has made stay. */
  async delete(policyId: string): Promise<void> {
    this.#record(policyId);
    const { registry } = this.#context;
    await registry.commit([registry.policies.delete(policyId)]);
  }

  /** Makes a backup now; the next one is due an interval later. */
  async run(policyId: string): Promise<SnapshotInfo[]> {
    const { everyHours, target, freeze } = this.#record(policyId);
    if (this.#running.has(policyId)) {
      throw new CloudError("IncorrectState", `A backup of ${target.id} is being made.`, { policyId });
    }
    this.#running.add(policyId);
    const { clock } = this.#context;
    const startedAt = clock.now();
    try {
      const snapshots = await this.#take(policyId, startedAt, freeze);
      const nextAt = startedAt + everyHours * HOUR_MS;
      await this.#note(policyId, { lastAt: startedAt, nextAt, lastError: null });
      await this.#prune(policyId);
      return snapshots;
    } catch (thrown) {
      const { code, message } = toCloudError(thrown);
      const nextAt = startedAt + Math.min(RETRY_MS, everyHours * HOUR_MS);
      await this.#note(policyId, { nextAt, lastError: { code, message } });
      throw thrown;
    } finally {
      this.#running.delete(policyId);
    }
  }

  async #take(policyId: string, startedAt: number, freeze: boolean): Promise<SnapshotInfo[]> {
    const { target } = this.#record(policyId);
    const tags = { [POLICY_TAG]: policyId, [BACKUP_TAG]: new Date(startedAt).toISOString() };
    const what = { tags, description: `Created by ${policyId}` };
    const take = async (frozen: boolean) =>
      target.kind === "volume"
        ? [await this.#snapshots.create({ ...what, volumeId: target.id, freeze: frozen })]
        : await this.#snapshots.createMany({ ...what, instanceId: target.id, freeze: frozen });
    if (!freeze) return await take(false);
    try {
      return await take(true);
    } catch (error) {
      // A backup as after a power cut is better than none.
      if (hasCode(error, "Volume.FreezeFailed") || hasCode(error, "Agent.Unavailable")) return await take(false);
      throw error;
    }
  }

  /** Deletes what is more than is to be kept, and what could not be taken. What an image uses stays. */
  async #prune(policyId: string): Promise<void> {
    const mine = this.#snapshotsOf(policyId);
    const whole = mine.filter(({ state }) => state === "completed").map(({ tags }) => tags[BACKUP_TAG] ?? "");
    const kept = new Set([...new Set(whole)].sort().slice(-this.#record(policyId).keep));
    const isOld = ({ state, tags }: SnapshotInfo) =>
      state === "error" || (state === "completed" && !kept.has(tags[BACKUP_TAG] ?? ""));
    for (const { id } of mine.filter(isOld)) {
      await this.#snapshots.delete(id).catch((error: unknown) => {
        if (!hasCode(error, "InvalidSnapshot.InUse") && !hasCode(error, "InvalidSnapshot.NotFound")) throw error;
      });
    }
  }

  /** The policy may be deleted meanwhile. */
  async #note(policyId: string, changes: Partial<BackupPolicyRecord>): Promise<void> {
    const { registry } = this.#context;
    const record = registry.policies.get(policyId);
    if (record === undefined) return;
    await registry.commit([registry.policies.put(policyId, { ...record, ...changes })]);
    this.#schedule();
  }

  #schedule(atLeastMs = 0): void {
    this.#timer?.();
    this.#timer = undefined;
    const { registry, clock } = this.#context;
    const due = registry.policies.entries().map(([, { nextAt }]) => nextAt);
    if (due.length === 0 || this.#owned.isDisposed) return;
    const wait = Math.min(Math.max(Math.min(...due) - clock.now(), atLeastMs), LOOK_MS);
    this.#timer = clock.setTimer(wait, () => this.#runDue());
  }

  #runDue(): void {
    const { registry, clock } = this.#context;
    for (const [id, { nextAt }] of registry.policies.entries()) {
      if (nextAt > clock.now() || this.#running.has(id)) continue;
      // The reason is kept with the policy, and shown there.
      this.run(id).catch((error: unknown) => {
        if (registry.policies.get(id)?.lastError === null) reportBackground(error);
      });
    }
    this.#schedule(CATCH_UP_MS);
  }

  #record(policyId: string): BackupPolicyRecord {
    const record = this.#context.registry.policies.get(policyId);
    if (record !== undefined) return record;
    throw new CloudError("ResourceNotFoundException", `The backup policy '${policyId}' does not exist.`, { policyId });
  }

  #checkTarget({ volumeId, instanceId }: CreateBackupPolicyRequest): Pick<BackupPolicyRecord, "target"> & {
    readonly owned: Owned;
  } {
    if (volumeId !== undefined && instanceId === undefined) {
      const { ownerId, region } = volumeOf(this.#context, volumeId);
      return { target: { kind: "volume", id: volumeId }, owned: { ownerId, region } };
    }
    if (instanceId !== undefined && volumeId === undefined) {
      const { id, ownerId, region } = this.#context.findInstance(instanceId);
      return { target: { kind: "instance", id }, owned: { ownerId, region } };
    }
    throw new CloudError("InvalidParameterCombination", "A backup is of a volume or of an instance: give one of them.");
  }

  #snapshotsOf(policyId: string): SnapshotInfo[] {
    return this.#snapshots.list().filter(({ tags }) => tags[POLICY_TAG] === policyId);
  }

  #describe(id: string, record: BackupPolicyRecord): BackupPolicyInfo {
    const { ownerId, region, target, everyHours, keep, freeze, createdAt, lastAt, nextAt, lastError } = record;
    return {
      id,
      ownerId,
      region,
      volumeId: target.kind === "volume" ? target.id : null,
      instanceId: target.kind === "instance" ? target.id : null,
      everyHours,
      keep,
      freeze,
      createTime: new Date(createdAt),
      lastTime: lastAt === null ? null : new Date(lastAt),
      nextTime: new Date(nextAt),
      lastError,
      snapshotIds: this.#snapshotsOf(id).map((snapshot) => snapshot.id),
    };
  }
}

function checkRange(parameter: string, value: number, most: number): void {
  if (Number.isSafeInteger(value) && value >= 1 && value <= most) return;
  const text = `Value (${value}) for parameter ${parameter} is invalid. It is a whole number of 1 to ${most}.`;
  throw new CloudError("InvalidParameterValue", text, { [parameter]: value });
}
