import { matchesAction } from "../language/action-pattern.ts";
import type { PolicyDocument } from "../language/policy-document.ts";
import { matchesResource } from "../language/resource-pattern.ts";
import type { Scope, Statement } from "../language/statement.ts";
import { conditionHolds } from "./condition-holds.ts";
import type { RequestContext } from "./request-context.ts";

/** A policy that applies to a principal, and how it came to. */
export interface AppliedPolicy {
  /** An ARN for a managed policy, the policy's name for an inline one. */
  readonly policy: string;
  readonly kind: "managed" | "inline";
  /** Whom it is attached to: `user/alice` or `group/admins`. */
  readonly attachedTo: string;
  readonly document: PolicyDocument;
}

/** One action on one resource. */
export interface AccessQuestion {
  /** `ec2:StopInstances`. */
  readonly action: string;
  /** An ARN, or `*` for actions that are not about a resource. */
  readonly resource: string;
  readonly context: RequestContext;
}

/** Where a decision comes from. */
export interface DecidingStatement {
  readonly policy: string;
  readonly kind: "managed" | "inline";
  readonly attachedTo: string;
  /** Index in the policy. */
  readonly statement: number;
  readonly sid: string | undefined;
}

export type Decision =
  | { readonly allowed: true; readonly by: DecidingStatement }
  | { readonly allowed: false; readonly reason: "explicitDeny"; readonly by: DecidingStatement }
  | { readonly allowed: false; readonly reason: "implicitDeny" };

/**
 * Decides by IAM's rules for identity-based policies (P40–P43): one Deny that matches is enough, else one Allow, else it is
 * denied. The order of policies and statements does not matter; the first that decides is named.
 */
export function evaluate(policies: readonly AppliedPolicy[], question: AccessQuestion): Decision {
  let allowedBy: DecidingStatement | undefined;
  for (const { document, policy, kind, attachedTo } of policies) {
    for (const [i, statement] of document.statements.entries()) {
      if (statement.effect === "Allow" && allowedBy !== undefined) continue;
      if (!applies(statement, question)) continue;
      const by = { policy, kind, attachedTo, statement: i, sid: statement.sid };
      if (statement.effect === "Deny") return { allowed: false, reason: "explicitDeny", by };
      allowedBy = by;
    }
  }
  return allowedBy === undefined ? { allowed: false, reason: "implicitDeny" } : { allowed: true, by: allowedBy };
}

/** Action, resource and all conditions. */
function applies(
  { actions, resources, conditions }: Statement,
  { action, resource, context }: AccessQuestion,
): boolean {
  return (
    isInScope(actions, (pattern) => matchesAction(pattern, action)) &&
    isInScope(resources, (pattern) => matchesResource(pattern, resource, context)) &&
    conditions.every((condition) => conditionHolds(condition, context))
  );
}

const isInScope = <P>({ negated, patterns }: Scope<P>, matches: (pattern: P) => boolean): boolean =>
  patterns.some(matches) !== negated;
