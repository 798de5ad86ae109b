import type { Event } from "../base/event.ts";
import type * as info from "../cloud/access/access-info.ts";
import type { AuditEntry, AuditFilter } from "../cloud/access/audit-entry.ts";

export type {
  AccessKey,
  Account,
  Group,
  Identity,
  InlinePolicy,
  NewAccessKey,
  NewAccount,
  Policy,
  SimulatedAccess,
  SimulateRequest,
  User,
} from "../cloud/access/access-info.ts";
export type { AuditEntry, AuditFilter } from "../cloud/access/audit-entry.ts";
export type { Origin } from "../cloud/access/caller.ts";

type UserName = { readonly userName: string };
type GroupName = { readonly groupName: string };
type PolicyArn = { readonly policyArn: string };
/** JSON. What is wrong with it is `MalformedPolicyDocument`, with the place. */
type Document = { readonly policyDocument: string };

/**
 * Who there is, what they may do, and what they did (F59–F61): IAM's actions by IAM's names, in the account of whoever this
 * tab works as. Every call of the cloud, whichever way it comes, is decided by these policies, and stands in the audit log.
 *
 * It protects against mistakes, and is for lessons and for tests of policies. It does not protect against somebody who has
 * the browser's profile, or who can sign out of a tab. Who may not do something gets `UnauthorizedOperation`, of IAM's actions
 * `AccessDenied`; unknown names are `NoSuchEntity`.
 */
export interface Access {
  /** Who this tab works as: the default account's root user, until it signs in. It ends with the page. */
  readonly identity: info.Identity;
  /** Works as whose key it is, in this tab. Unknown, inactive, or another secret: `AuthFailure`. */
  signIn(request: { readonly accessKeyId: string; readonly secretAccessKey: string }): Promise<info.Identity>;
  /**
   * Works on as whose key it is, in a tab that had signed in with it before it was reloaded: so that no secret need be kept
   * for that. What protects it is what protects a tab. Unknown or inactive: `AuthFailure`.
   */
  resume(accessKeyId: string): Promise<info.Identity>;
  /** Works as the default account's root user again. */
  signOut(): void;
  /** Fires after identity, users, policies or keys have changed. */
  readonly onChange: Event<void>;

  listUsers(): Promise<info.User[]>;
  createUser(
    request: UserName & { readonly path?: string; readonly tags?: Readonly<Record<string, string>> },
  ): Promise<info.User>;
  /** `DeleteConflict` while they have policies, groups or keys. */
  deleteUser(request: UserName): Promise<void>;
  listGroups(): Promise<info.Group[]>;
  createGroup(request: GroupName & { readonly path?: string }): Promise<info.Group>;
  /** `DeleteConflict` while it has members or policies. */
  deleteGroup(request: GroupName): Promise<void>;
  addUserToGroup(request: UserName & GroupName): Promise<void>;
  removeUserFromGroup(request: UserName & GroupName): Promise<void>;

  /** Of a user; without a name one's own. */
  listAccessKeys(request?: Partial<UserName>): Promise<info.AccessKey[]>;
  /** The only time that the secret is given. Two a user at most: `LimitExceeded`. */
  createAccessKey(request?: Partial<UserName>): Promise<info.NewAccessKey>;
  updateAccessKey(
    request: Partial<UserName> & { readonly accessKeyId: string; readonly status: "Active" | "Inactive" },
  ): Promise<void>;
  deleteAccessKey(request: Partial<UserName> & { readonly accessKeyId: string }): Promise<void>;

  /** The account's own, and AWS's. */
  listPolicies(): Promise<info.Policy[]>;
  createPolicy(
    request: Document & { readonly policyName: string; readonly description?: string },
  ): Promise<info.Policy>;
  /** A new version, in force at once; earlier ones are not kept. */
  createPolicyVersion(request: PolicyArn & Document): Promise<info.Policy>;
  /** `DeleteConflict` while it is attached. */
  deletePolicy(request: PolicyArn): Promise<void>;
  attachUserPolicy(request: UserName & PolicyArn): Promise<void>;
  detachUserPolicy(request: UserName & PolicyArn): Promise<void>;
  attachGroupPolicy(request: GroupName & PolicyArn): Promise<void>;
  detachGroupPolicy(request: GroupName & PolicyArn): Promise<void>;
  /** Sets an inline policy. */
  putUserPolicy(request: UserName & Document & { readonly policyName: string }): Promise<void>;
  deleteUserPolicy(request: UserName & { readonly policyName: string }): Promise<void>;
  putGroupPolicy(request: GroupName & Document & { readonly policyName: string }): Promise<void>;
  deleteGroupPolicy(request: GroupName & { readonly policyName: string }): Promise<void>;

  /** From the default account only, as the next. */
  listAccounts(): Promise<info.Account[]>;
  /** Another account, with a key of its root user. */
  createAccount(request: { readonly name: string; readonly accountId?: string }): Promise<info.NewAccount>;

  getCallerIdentity(): Promise<info.Identity>;
  /** What the policies of a user say of a call, without making it. */
  simulatePrincipalPolicy(request: info.SimulateRequest): Promise<info.SimulatedAccess[]>;

  /**
   * The audit log's latest entries that match, newest first: 100, or `limit` (1000 at most). Kept are the last 10 000 calls
   * that change something or failed, and the last 2000 others that only read; each is durable half a second after it came.
   */
  lookupEvents(filter?: AuditFilter & { readonly limit?: number }): Promise<AuditEntry[]>;
  /** All that match, as JSON lines in UTF-8, newest first. */
  exportEvents(filter?: AuditFilter): Promise<ReadableStream<Uint8Array<ArrayBuffer>>>;
}
