import type { Clock } from "../../base/clock.ts";
import { CloudError, toCloudError } from "../../base/errors.ts";
import type { Random } from "../../base/random.ts";
import { DEFAULT_ACCOUNT_ID, type Directory } from "../../ec2/policy/index.ts";
import type {
  AccessKey,
  Account,
  Group,
  Identity,
  NewAccessKey,
  NewAccount,
  Policy,
  SimulatedAccess,
  SimulateRequest,
  User,
} from "./access-info.ts";
import { accountInfo, groupInfo, keyInfo, policyInfo, userInfo } from "./access-views.ts";
import type { AuditEntry, AuditFilter } from "./audit-entry.ts";
import type { AuditLog } from "./audit-log.ts";
import { type Caller, identityOf } from "./caller.ts";
import { authFailure, type Gate } from "./gate.ts";
import { READ_ACTIONS, type ReadResource } from "./read-actions.ts";
import { checkStrings } from "./request-strings.ts";
import type { ResourceLookup } from "./resource-lookup.ts";
import { simulate } from "./simulation.ts";

/** An error as it goes to the tab that it is for. */
export interface DeniedRead {
  readonly code: string;
  readonly message: string;
  readonly details: Readonly<Record<string, unknown>>;
}

export interface AccessCallsParts {
  readonly caller: Caller;
  readonly gate: Gate;
  readonly directory: Directory;
  readonly audit: AuditLog;
  readonly lookup: ResourceLookup;
  readonly clock: Clock;
  readonly random: Random;
  /** Something of the directory has changed. */
  readonly changed: () => void;
}

/** Entries of the log at once: more are for its export. */
const MOST_ENTRIES = 1000;
const USER_POLICY = ["userName", "policyArn"] as const;
const GROUP_POLICY = ["groupName", "policyArn"] as const;

/**
 * IAM's actions, by IAM's names, in the caller's account, as the public API has them. Their errors are IAM's: `NoSuchEntity`, `EntityAlreadyExists`,
 * `LimitExceeded`, `DeleteConflict`, `MalformedPolicyDocument`, `ValidationError`.
 */
export class AccessCalls {
  readonly #parts: AccessCallsParts;

  constructor(parts: AccessCallsParts) {
    this.#parts = parts;
  }

  async getCallerIdentity(): Promise<Identity> {
    return identityOf(this.#parts.caller);
  }

  /** Whose a key is; `AuthFailure` unless it is one, is active, and has this secret. */
  async verifyCredentials(request: { accessKeyId: string; secretAccessKey: string }): Promise<Identity> {
    checkStrings(request, ["accessKeyId", "secretAccessKey"]);
    const { accessKeyId, secretAccessKey } = request;
    const found = this.#directory.credentials(accessKeyId);
    if (found.secretAccessKey !== secretAccessKey) throw authFailure();
    const { principal } = found;
    return identityOf({ ...this.#parts.caller, principal, accessKeyId });
  }

  /** For each list that the caller may not see, the error that says so. */
  async deniedReads(): Promise<Partial<Record<ReadResource, DeniedRead>>> {
    const { gate, caller } = this.#parts;
    const denied: Partial<Record<ReadResource, DeniedRead>> = {};
    for (const [resource, action] of Object.entries(READ_ACTIONS)) {
      try {
        gate.authorize(gate.open(caller.origin, { caller, action }));
      } catch (thrown) {
        const { code, message, details } = toCloudError(thrown);
        denied[resource as ReadResource] = { code, message, details };
      }
    }
    return denied;
  }

  async listUsers(): Promise<User[]> {
    return this.#directory.users.list(this.#account).map(userInfo);
  }

  async createUser(request: {
    userName: string;
    path?: string;
    tags?: Readonly<Record<string, string>>;
  }): Promise<User> {
    const { tags, ...names } = request;
    checkStrings(names, ["userName"], ["path"]);
    const user = { accountId: this.#account, ...names, ...(tags === undefined ? {} : { tags }) };
    return userInfo(await this.#change(this.#directory.users.create(user)));
  }

  /** `DeleteConflict` while they have policies, groups or keys. */
  async deleteUser(request: { userName: string }): Promise<void> {
    checkStrings(request, ["userName"]);
    await this.#change(this.#directory.users.delete(this.#account, request.userName));
  }

  async listGroups(): Promise<Group[]> {
    const { groups } = this.#directory;
    return groups.list(this.#account).map((group) => groupInfo(group, groups.members(this.#account, group.name)));
  }

  async createGroup(request: { groupName: string; path?: string }): Promise<Group> {
    checkStrings(request, ["groupName"], ["path"]);
    return groupInfo(await this.#change(this.#directory.groups.create({ accountId: this.#account, ...request })), []);
  }

  /** `DeleteConflict` while it has members or policies. */
  async deleteGroup(request: { groupName: string }): Promise<void> {
    checkStrings(request, ["groupName"]);
    await this.#change(this.#directory.groups.delete(this.#account, request.groupName));
  }

  async addUserToGroup(request: { userName: string; groupName: string }): Promise<void> {
    checkStrings(request, ["userName", "groupName"]);
    await this.#change(this.#directory.users.addToGroup(this.#account, request.userName, request.groupName));
  }

  async removeUserFromGroup(request: { userName: string; groupName: string }): Promise<void> {
    checkStrings(request, ["userName", "groupName"]);
    await this.#change(this.#directory.users.removeFromGroup(this.#account, request.userName, request.groupName));
  }

  /** Without a name, the caller's own. */
  async listAccessKeys(request: { userName?: string } = {}): Promise<AccessKey[]> {
    checkStrings(request, [], ["userName"]);
    return this.#directory.accessKeys.list(this.#owner(request)).map(keyInfo);
  }

  /** The only time that the secret is given. Two a user at most: `LimitExceeded`. Without a name, the caller's own. */
  async createAccessKey(request: { userName?: string } = {}): Promise<NewAccessKey> {
    checkStrings(request, [], ["userName"]);
    const key = await this.#change(this.#directory.accessKeys.create(this.#owner(request)));
    return { ...keyInfo(key), secretAccessKey: key.secretAccessKey };
  }

  async updateAccessKey(request: {
    userName?: string;
    accessKeyId: string;
    status: "Active" | "Inactive";
  }): Promise<void> {
    checkStrings(request, ["accessKeyId", "status"], ["userName"]);
    const { accessKeyId, status } = request;
    if (status !== "Active" && status !== "Inactive") {
      throw new CloudError("ValidationError", 'The status of an access key is "Active" or "Inactive".', { status });
    }
    await this.#change(this.#directory.accessKeys.setStatus(this.#owner(request), accessKeyId, status));
  }

  async deleteAccessKey(request: { userName?: string; accessKeyId: string }): Promise<void> {
    checkStrings(request, ["accessKeyId"], ["userName"]);
    await this.#change(this.#directory.accessKeys.delete(this.#owner(request), request.accessKeyId));
  }

  /** The account's own, and AWS's. */
  async listPolicies(): Promise<Policy[]> {
    return this.#directory.policies.list(this.#account).map(policyInfo);
  }

  /** The document is JSON; what is wrong with it is `MalformedPolicyDocument`, with the place. */
  async createPolicy(request: { policyName: string; policyDocument: string; description?: string }): Promise<Policy> {
    checkStrings(request, ["policyName", "policyDocument"], ["description"]);
    const { policyName, policyDocument: document, description } = request;
    const policy = {
      accountId: this.#account,
      policyName,
      document,
      ...(description === undefined ? {} : { description }),
    };
    return policyInfo(await this.#change(this.#directory.policies.create(policy)));
  }

  /** A new version, which is in force at once; earlier ones are not kept. */
  async createPolicyVersion(request: { policyArn: string; policyDocument: string }): Promise<Policy> {
    checkStrings(request, ["policyArn", "policyDocument"]);
    const { policyArn, policyDocument } = request;
    return policyInfo(await this.#change(this.#directory.policies.replace(this.#account, policyArn, policyDocument)));
  }

  /** `DeleteConflict` while it is attached. */
  async deletePolicy(request: { policyArn: string }): Promise<void> {
    checkStrings(request, ["policyArn"]);
    await this.#change(this.#directory.policies.delete(this.#account, request.policyArn));
  }

  async attachUserPolicy(request: { userName: string; policyArn: string }): Promise<void> {
    checkStrings(request, USER_POLICY);
    await this.#change(this.#directory.users.attachPolicy(this.#account, request.userName, request.policyArn));
  }

  async detachUserPolicy(request: { userName: string; policyArn: string }): Promise<void> {
    checkStrings(request, USER_POLICY);
    await this.#change(this.#directory.users.detachPolicy(this.#account, request.userName, request.policyArn));
  }

  async attachGroupPolicy(request: { groupName: string; policyArn: string }): Promise<void> {
    checkStrings(request, GROUP_POLICY);
    await this.#change(this.#directory.groups.attachPolicy(this.#account, request.groupName, request.policyArn));
  }

  async detachGroupPolicy(request: { groupName: string; policyArn: string }): Promise<void> {
    checkStrings(request, GROUP_POLICY);
    await this.#change(this.#directory.groups.detachPolicy(this.#account, request.groupName, request.policyArn));
  }

  /** Sets an inline policy. */
  async putUserPolicy(request: { userName: string; policyName: string; policyDocument: string }): Promise<void> {
    checkStrings(request, ["userName", "policyName", "policyDocument"]);
    const { userName, policyName, policyDocument } = request;
    await this.#change(this.#directory.users.putPolicy(this.#account, userName, policyName, policyDocument));
  }

  async deleteUserPolicy(request: { userName: string; policyName: string }): Promise<void> {
    checkStrings(request, ["userName", "policyName"]);
    await this.#change(this.#directory.users.deletePolicy(this.#account, request.userName, request.policyName));
  }

  async putGroupPolicy(request: { groupName: string; policyName: string; policyDocument: string }): Promise<void> {
    checkStrings(request, ["groupName", "policyName", "policyDocument"]);
    const { groupName, policyName, policyDocument } = request;
    await this.#change(this.#directory.groups.putPolicy(this.#account, groupName, policyName, policyDocument));
  }

  async deleteGroupPolicy(request: { groupName: string; policyName: string }): Promise<void> {
    checkStrings(request, ["groupName", "policyName"]);
    await this.#change(this.#directory.groups.deletePolicy(this.#account, request.groupName, request.policyName));
  }

  /** From the default account only, as the next. */
  async listAccounts(): Promise<Account[]> {
    this.#checkManagement("list");
    return this.#directory.accounts.list().map(accountInfo);
  }

  /** Another account, with a key of its root user; its id is made up unless one is given. */
  async createAccount(request: { name: string; accountId?: string }): Promise<NewAccount> {
    checkStrings(request, ["name"], ["accountId"]);
    this.#checkManagement("make");
    const { accounts, accessKeys } = this.#directory;
    const accountId = request.accountId ?? newAccountId(this.#parts.random);
    const account = await this.#change(accounts.create(accountId, request.name));
    const { accessKeyId, secretAccessKey } = await this.#change(accessKeys.create({ accountId }));
    return { ...accountInfo(account), accessKeyId, secretAccessKey };
  }

  /** What the policies of a user (or of the caller) say of a call, without making it. */
  async simulatePrincipalPolicy(request: SimulateRequest): Promise<SimulatedAccess[]> {
    const { userName } = request;
    const { caller, directory, lookup, clock } = this.#parts;
    const principal = userName === undefined ? caller.principal : directory.principal(this.#account, userName);
    return await simulate({ ...caller, principal }, request, { directory, lookup, clock });
  }

  /** The latest entries of the log that match, newest first; 100 unless `limit` says how many, 1000 at most. */
  async lookupEvents(filter: AuditFilter & { readonly limit?: number } = {}): Promise<AuditEntry[]> {
    const { limit = 100, ...rest } = filter;
    return await this.#parts.audit.list(rest, Math.min(limit, MOST_ENTRIES));
  }

  /** All that match, as JSON lines in UTF-8, newest first. */
  async exportEvents(filter: AuditFilter = {}): Promise<ReadableStream<Uint8Array<ArrayBuffer>>> {
    return this.#parts.audit.lines(filter);
  }

  get #directory(): Directory {
    return this.#parts.directory;
  }

  get #account(): string {
    return this.#parts.caller.accountId;
  }

  /** As IAM: who names nobody means themself. */
  #owner({ userName }: { readonly userName?: string }): { accountId: string; userName?: string } {
    const { principal } = this.#parts.caller;
    const name = userName ?? (principal.type === "user" ? principal.userName : undefined);
    return { accountId: this.#account, ...(name === undefined ? {} : { userName: name }) };
  }

  /** AWS Organizations: accounts are made from one of them. */
  #checkManagement(what: "list" | "make"): void {
    if (this.#account === DEFAULT_ACCOUNT_ID) return;
    const text = `Only the account ${DEFAULT_ACCOUNT_ID} can ${what} accounts.`;
    throw new CloudError("AccessDenied", text, { accountId: this.#account });
  }

  async #change<T>(work: Promise<T>): Promise<T> {
    const result = await work;
    this.#parts.changed();
    return result;
  }
}

/** Twelve digits, as everybody's. */
function newAccountId(random: Random): string {
  const digits = Array.from(random.bytes(11), (byte) => byte % 10).join("");
  return `${((random.bytes(1)[0] ?? 0) % 9) + 1}${digits}`;
}
