import { checkCapacity, type Limits, memoryOf, VOLUME_MIB } from "./capacity.ts";
import type { InstanceEntries, InstanceEntry } from "./instance-entries.ts";
import { checkRunning } from "./quotas/quota-checks.ts";
import type { QuotaKeeper } from "./quotas/quota-keeper.ts";
import { isIn, scopeOf } from "./scope.ts";
import type { Attachments } from "./volumes/attachments.ts";

interface Surroundings {
  readonly attachments: Attachments;
  readonly quotas: QuotaKeeper;
  readonly limits: Limits;
}

/** What the page has room for beside the machines that it has: quotas (F69), memory (F70). */
export class InstanceRoom {
  readonly #entries: InstanceEntries;
  readonly #at: Surroundings;

  constructor(entries: InstanceEntries, at: Surroundings) {
    this.#entries = entries;
    this.#at = at;
  }

  /** MiB that all machines of the page take: those that go down as well, until they are gone. */
  memoryInUse(): number {
    const entries = this.#entries.values().filter(({ actor }) => actor.state === "pending" || actor.hasMachine);
    return entries.reduce((sum, entry) => sum + this.#memoryOf(entry), 0);
  }

  /** Throws when these may not run together beside those that do. */
  check(entries: readonly InstanceEntry[]): void {
    const { quotas, limits } = this.#at;
    for (const { record } of entries) {
      const together = entries.filter((other) => isIn(scopeOf(record), other.record));
      const vcpus = together.reduce((sum, { instance }) => sum + instance.type.vcpus, 0);
      checkRunning(quotas, scopeOf(record), together.length, vcpus);
    }
    const more = entries.reduce((sum, entry) => sum + this.#memoryOf(entry), 0);
    checkCapacity(limits, this.memoryInUse(), more);
  }

  /** Throws when a machine has no room for one more volume. */
  checkVolume(): void {
    checkCapacity(this.#at.limits, this.memoryInUse(), VOLUME_MIB);
  }

  #memoryOf({ instance: { id, type }, record: { instanceStores } }: InstanceEntry): number {
    return memoryOf({ type, instanceStores, volumes: this.#at.attachments.of(id).length });
  }
}
