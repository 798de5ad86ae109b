import { CloudError } from "../../../base/errors.ts";
import { type AppliedPolicy, type Decision, evaluate } from "../evaluation/evaluate.ts";
import { RequestContext } from "../evaluation/request-context.ts";
import { principalArn } from "../principal.ts";
import { accessOf, type Ec2ActionName, isActionName } from "./action-table.ts";
import { type CallFacts, callEntries } from "./call-context.ts";
import type { ResourceAccessByType } from "./resource-access.ts";
import { resourceEntries, type TouchedResource } from "./resource-context.ts";
import { type ResourceType, resourceArn } from "./resource-types.ts";

/** A call of EC2's API, and everything that it touches. */
export interface Ec2Call extends CallFacts {
  /** `RunInstances`. */
  readonly action: string;
  readonly resources: readonly TouchedResource[];
}

/** One of the questions that a call puts, and its answer. */
export interface CheckedAccess {
  /** `ec2:RunInstances`. */
  readonly action: string;
  /** ARN or `*`. */
  readonly resource: string;
  readonly decision: Decision;
}

interface Question {
  readonly action: string;
  readonly resource: string;
  readonly context: RequestContext;
}

/**
 * Throws `UnauthorizedOperation`, unless the policies allow every action that the call is on every resource that it touches
 * (P50–P56). Details: `user`, `action`, `resource`, `reason`, and for an explicit deny `policy`, `attachedTo`, `statement`, `sid`.
 */
export function authorizeCall(call: Ec2Call, policies: readonly AppliedPolicy[]): void {
  if (call.principal.type === "root") return;
  const denied = findDenied(checkCall(call, policies));
  if (denied !== undefined) throw unauthorized(call, denied);
}

/** All answers for a call, for who wants to see why: root is not asked for anything. */
export function checkCall(call: Ec2Call, policies: readonly AppliedPolicy[]): readonly CheckedAccess[] {
  return questionsOf(call).map(({ action, resource, context }) => ({
    action,
    resource,
    decision: evaluate(policies, { action, resource, context }),
  }));
}

/** An explicit deny says more than a missing permission, so it is named first. */
function findDenied(answers: readonly CheckedAccess[]): CheckedAccess | undefined {
  const denied = answers.filter(({ decision }) => !decision.allowed);
  return denied.find(({ decision }) => !decision.allowed && decision.reason === "explicitDeny") ?? denied[0];
}

function questionsOf(call: Ec2Call): Question[] {
  const { action } = call;
  if (!isActionName(action)) {
    throw new CloudError("InternalError", `What ${action} touches is not known: it belongs into action-table.ts.`, {
      action,
    });
  }
  const common = new RequestContext(callEntries(call));
  const touched = touchedResources(call, accessOf(action));
  if (touched.length === 0) return [{ action: `ec2:${action}`, resource: "*", context: common }];
  const asked = touched.map((resource) => questionOf(call, action, resource, common));
  return [...asked, ...taggingQuestions(call, action, touched, common)];
}

/** Those of the types that the action has, and of a required type that the call names nothing of, one to be made (P52). */
function touchedResources({ resources }: Ec2Call, access: ResourceAccessByType): TouchedResource[] {
  const known = resources.filter(({ type }) => access[type] !== undefined);
  const types = Object.keys(access) as ResourceType[];
  const missing = types.filter((type) => access[type]?.required && !known.some((resource) => resource.type === type));
  return [...known, ...missing.map((type) => ({ type }))];
}

function questionOf(call: Ec2Call, action: Ec2ActionName, resource: TouchedResource, common: RequestContext): Question {
  const { region, principal } = call;
  const access = accessOf(action)[resource.type];
  const arn = resourceArn(resource.type, resource.id, { region, accountId: resource.ownerId ?? principal.accountId });
  const entries = access === undefined ? [] : resourceEntries(resource, access, principal.accountId);
  return { action: `ec2:${action}`, resource: arn, context: common.with(entries) };
}

/** Who makes a resource with tags needs ec2:CreateTags for it too; `ec2:CreateAction` says what made it (P54). */
function taggingQuestions(
  call: Ec2Call,
  action: Ec2ActionName,
  touched: readonly TouchedResource[],
  common: RequestContext,
): Question[] {
  if (action === "CreateTags" || action === "DeleteTags") return [];
  const context = common.with([["ec2:CreateAction", action]]);
  return touched
    .filter(({ type, requestTags = {} }) => accessOf(action)[type]?.requestTags && Object.keys(requestTags).length > 0)
    .map((resource) => questionOf(call, "CreateTags", resource, context));
}

/** EC2's words (F61). */
function unauthorized({ principal }: Ec2Call, { action, resource, decision }: CheckedAccess): CloudError {
  const user = principalArn(principal);
  const deniedBy = !decision.allowed && decision.reason === "explicitDeny" ? decision.by : undefined;
  const on = resource === "*" ? "" : ` on resource: ${resource}`;
  const why =
    deniedBy === undefined
      ? `because no identity-based policy allows the ${action} action`
      : "with an explicit deny in an identity-based policy";
  const text = `You are not authorized to perform this operation. User: ${user} is not authorized to perform: ${action}${on} ${why}`;
  const reason = deniedBy === undefined ? "implicitDeny" : "explicitDeny";
  return new CloudError("UnauthorizedOperation", text, { user, action, resource, reason, ...deniedBy });
}
