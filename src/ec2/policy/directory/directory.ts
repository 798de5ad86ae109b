import { CloudError } from "../../../base/errors.ts";
import type { AppliedPolicy } from "../evaluation/evaluate.ts";
import type { Principal } from "../principal.ts";
import { AccessKeys } from "./access-keys.ts";
import { Accounts, DEFAULT_ACCOUNT_ID } from "./accounts.ts";
import { CompiledPolicies } from "./compiled-policies.ts";
import { type DirectoryServices, DirectoryState } from "./directory-state.ts";
import { Groups } from "./groups.ts";
import { ManagedPolicies } from "./managed-policies.ts";
import { Users } from "./users.ts";

/** What a signature is checked with, and who it then is. */
export interface Credentials {
  readonly secretAccessKey: string;
  readonly principal: Principal;
}

/** Accounts, users, groups, access keys and policies: IAM's part of the cloud. Nothing in it knows EC2. */
export class Directory {
  readonly accounts: Accounts;
  readonly users: Users;
  readonly groups: Groups;
  readonly accessKeys: AccessKeys;
  readonly policies: ManagedPolicies;
  readonly #state: DirectoryState;
  readonly #compiled: CompiledPolicies;

  private constructor(state: DirectoryState) {
    this.#state = state;
    this.#compiled = new CompiledPolicies(state);
    this.accounts = new Accounts(state);
    this.users = new Users(state);
    this.groups = new Groups(state);
    this.accessKeys = new AccessKeys(state);
    this.policies = new ManagedPolicies(state);
  }

  /** Reads what is stored; makes the account 123456789012 when it is not there yet. Rejects when a record cannot be read. */
  static async open(services: DirectoryServices): Promise<Directory> {
    const directory = new Directory(await DirectoryState.load(services));
    await directory.accounts.ensure(DEFAULT_ACCOUNT_ID, "tabvisor");
    return directory;
  }

  /** Throws `AuthFailure` for a key that there is not, or that is inactive: whoever calls is not told which. */
  credentials(accessKeyId: string): Credentials {
    const found = this.findCredentials(accessKeyId);
    if (found !== undefined) return found;
    throw new CloudError("AuthFailure", "AWS was not able to validate the provided access credentials", {
      accessKeyId,
    });
  }

  /** Undefined for a key that there is not, or that is inactive. */
  findCredentials(accessKeyId: string): Credentials | undefined {
    const key = this.#state.get("accessKey", accessKeyId);
    if (key === undefined || key.status !== "Active") return undefined;
    return { secretAccessKey: key.secretAccessKey, principal: this.principal(key.accountId, key.userName) };
  }

  /** A user, or without a name the account's root user. Throws `NoSuchEntity`. */
  principal(accountId: string, userName?: string): Principal {
    if (userName === undefined) {
      return { type: "root", accountId: this.accounts.get(accountId).accountId };
    }
    const { name, userId, path, tags } = this.users.get(accountId, userName);
    return { type: "user", accountId, userName: name, userId, path, tags };
  }

  /** All policies that apply to a principal: none for root, which needs none. Throws when one of them is not to be had. */
  policiesOf(principal: Principal): readonly AppliedPolicy[] {
    if (principal.type === "root") return [];
    const user = this.users.get(principal.accountId, principal.userName);
    const groups = user.groups.map((name) => this.groups.get(principal.accountId, name));
    return [
      ...this.#compiled.of(user, `user/${user.name}`),
      ...groups.flatMap((group) => this.#compiled.of(group, `group/${group.name}`)),
    ];
  }
}
