import type { Event } from "../base/event.ts";
import type { AccessCalls } from "../cloud/access/access-calls.ts";
import type { Identity } from "../cloud/access/access-info.ts";

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

/**
 * Who there is, what they may do, and what they did (F59–F61): IAM's actions by IAM's names, in the account of whoever this
 * tab works as. Every call of the cloud, whichever way it comes, is decided by these policies, and stands in the audit log.
 *
 * The log has the last 10 000 calls that change something or failed, and the last 2000 others that only read. What a call has
 * changed is in it before the call is answered; one that reads is durable half a second after it came, or when the page is left.
 *
 * It protects against mistakes, and is for lessons and for tests of policies. It does not protect against somebody who has
 * the browser's profile, or who can sign out of a tab. Who may not do something gets `UnauthorizedOperation`, of IAM's actions
 * `AccessDenied`; unknown names are `NoSuchEntity`.
 */
export interface Access extends Omit<AccessCalls, "verifyCredentials" | "deniedReads"> {
  /** Who this tab works as: the default account's root user, until it signs in. It ends with the page. */
  readonly identity: Identity;
  /** Works as whose key it is, in this tab. Unknown, inactive, or another secret: `AuthFailure`. */
  signIn(request: { readonly accessKeyId: string; readonly secretAccessKey: string }): Promise<Identity>;
  /**
   * Works on as whose key it is, in a tab that had signed in with it before it was reloaded: so that no secret need be kept
   * for that. What protects it is what protects a tab. Unknown or inactive: `AuthFailure`.
   */
  resume(accessKeyId: string): Promise<Identity>;
  /** Works as the default account's root user again. */
  signOut(): void;
  /** Fires after identity, users, policies or keys have changed. */
  readonly onChange: Event<void>;
}
