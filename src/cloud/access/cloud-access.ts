import type { Clock } from "../../base/clock.ts";
import { CloudError, toCloudError } from "../../base/errors.ts";
import { Emitter } from "../../base/event.ts";
import type { Random } from "../../base/random.ts";
import { type Credentials, DEFAULT_ACCOUNT_ID, Directory, principalArn } from "../../ec2/policy/index.ts";
import type { RecordStore } from "../../store/records.ts";
import { reportBackground } from "../background.ts";
import { DEFAULT_SCOPE } from "../scope.ts";
import { AccessCalls } from "./access-calls.ts";
import { AuditLog } from "./audit-log.ts";
import { type Caller, type Origin, rootCaller } from "./caller.ts";
import { directoryStore } from "./directory-records.ts";
import { Gate } from "./gate.ts";
import type { ResourceLookup } from "./resource-lookup.ts";

/** An access key of the default account's root user. */
export interface RootKey {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

/** What a cloud begins with. */
const FIRST_ROOT_KEY: RootKey = { accessKeyId: "test", secretAccessKey: "test" };

export interface AccessParts {
  readonly records: RecordStore;
  readonly clock: Clock;
  readonly random: Random;
  readonly lookup: ResourceLookup;
  /** Made, or replaced, when the cloud opens. */
  readonly rootKey?: RootKey | undefined;
}

/** Who there is, what they may do, and what they did. */
export class CloudAccess {
  readonly gate: Gate;
  readonly audit: AuditLog;
  readonly lookup: ResourceLookup;
  readonly #parts: AccessParts;
  readonly #changed = new Emitter<void>();
  #directory: Directory | CloudError = new CloudError("Cloud.NotLoaded", "The cloud is being opened.");

  constructor(parts: AccessParts) {
    const { records, clock, random, lookup } = parts;
    this.#parts = parts;
    this.lookup = lookup;
    this.audit = new AuditLog(records, clock);
    this.gate = new Gate({ directory: () => this.directory, audit: this.audit, lookup, clock, random });
  }

  /** Fires after users, policies and so on have changed. */
  readonly onChange = this.#changed.event;

  /** Throws when a record of it could not be read: the root user of this page can go on, and nobody else can. */
  get directory(): Directory {
    if (this.#directory instanceof CloudError) throw this.#directory;
    return this.#directory;
  }

  /** Does not reject: a policy that cannot be read must not keep anybody from their machines. It is reported. */
  async load(): Promise<void> {
    const { records, clock, random, rootKey } = this.#parts;
    const store = directoryStore(records);
    try {
      const isNew = (await store.list("account")).length === 0;
      const directory = await Directory.open({ store, clock, random });
      const key = rootKey ?? (isNew ? FIRST_ROOT_KEY : undefined);
      if (key !== undefined) {
        const owner = { accountId: DEFAULT_ACCOUNT_ID };
        await directory.accessKeys.provide(owner, key.accessKeyId, key.secretAccessKey);
      }
      this.#directory = directory;
    } catch (thrown) {
      this.#directory = toCloudError(thrown);
      reportBackground(thrown);
    }
  }

  /** What a signature is checked with; undefined for a key that there is not, or that is inactive. */
  credentials(accessKeyId: string): Credentials | undefined {
    return this.directory.findCredentials(accessKeyId);
  }

  /** A tab's caller: the default account's root user, or whose key it is. `AuthFailure` when that is no longer good. */
  caller(accessKeyId: string | null, origin: Origin): Caller {
    if (accessKeyId === null) return rootCaller(origin);
    const { principal } = this.directory.credentials(accessKeyId);
    return { principal, accountId: principal.accountId, accessKeyId, region: DEFAULT_SCOPE.region, origin };
  }

  /** ARN of a user or group of the caller's account, there or not; without a name the caller's own. */
  arnOf({ principal, accountId }: Caller, type: "user" | "group", name: string | undefined): string {
    if (name === undefined) return principalArn(principal);
    const holders = type === "user" ? this.directory.users : this.directory.groups;
    const found = holders.list(accountId).find((holder) => holder.name.toLowerCase() === name.toLowerCase());
    return `arn:aws:iam::${accountId}:${type}${found?.path ?? "/"}${found?.name ?? name}`;
  }

  /** What of it a caller can call for; whether they may is the gate's business. */
  as(caller: Caller): AccessCalls {
    return new AccessCalls({
      caller,
      gate: this.gate,
      directory: this.directory,
      audit: this.audit,
      lookup: this.lookup,
      clock: this.#parts.clock,
      random: this.#parts.random,
      changed: () => this.#changed.fire(),
    });
  }

  /** Stores what is not stored yet of the log. */
  async close(): Promise<void> {
    await this.audit.close();
  }
}
