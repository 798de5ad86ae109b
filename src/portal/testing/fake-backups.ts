import type { BackupPolicy, Backups, CreateBackupPolicyRequest, Snapshot } from "../../api/types.ts";
import { CloudError } from "../../base/errors.ts";
import { Emitter } from "../../base/event.ts";

const HOUR_MS = 3_600_000;

/** Backup policies that only pretend: none of them ever makes a backup. */
export class FakeBackups implements Backups {
  readonly #policies = new Map<string, BackupPolicy>();
  readonly #changed = new Emitter<void>();
  readonly onChange = this.#changed.event;

  list(): BackupPolicy[] {
    return [...this.#policies.values()];
  }

  async create(request: CreateBackupPolicyRequest): Promise<BackupPolicy> {
    const { volumeId = null, instanceId = null, everyHours, keep, freeze = false } = request;
    const policy: BackupPolicy = {
      ownerId: "123456789012",
      region: "us-east-1",
      id: `policy-${(this.#policies.size + 1).toString(16).padStart(17, "0")}`,
      volumeId,
      instanceId,
      everyHours,
      keep,
      freeze,
      createTime: new Date(),
      lastTime: null,
      nextTime: new Date(Date.now() + everyHours * HOUR_MS),
      lastError: null,
      snapshotIds: [],
    };
    this.#policies.set(policy.id, policy);
    this.#changed.fire();
    return policy;
  }

  async run(policyId: string): Promise<Snapshot[]> {
    const policy = this.#policies.get(policyId);
    if (policy === undefined) throw new CloudError("ResourceNotFoundException", `'${policyId}' does not exist.`);
    this.#policies.set(policyId, { ...policy, lastTime: new Date() });
    this.#changed.fire();
    return [];
  }

  async delete(policyId: string): Promise<void> {
    this.#policies.delete(policyId);
    this.#changed.fire();
  }
}
