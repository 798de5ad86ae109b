import { CloudError } from "../../../base/errors.ts";
import { type AppliedPolicy, type Decision, evaluate } from "../evaluation/evaluate.ts";
import { RequestContext } from "../evaluation/request-context.ts";
import { principalArn } from "../principal.ts";
import { accessOf, isActionName } from "./action-table.ts";
import { type CallFacts, callEntries } from "./call-context.ts";
import { isOwnAction, ownAccessOf } from "./own-actions.ts";
import type { ResourceAccessByType } from "./resource-access.ts";
import { resourceEntries, type TouchedResource } from "./resource-context.ts";
import { type ResourceType, resourceArn } from "./resource-types.ts";

/** A call of EC2's API or of this cloud's own, and everything that it touches. */
export interface Ec2Call extends CallFacts {
  /** `RunInstances`, or of another service `tabvisor:Exec`. */
  readonly action: string;
  readonly resources: readonly TouchedResource[];
}

/** A call about users, policies and what else IAM has: on one resource. */
export interface IamCall extends CallFacts {
  /** `iam:CreateUser`. */
  readonly action: string;
  /** An ARN, or `*`. */
  readonly resource: string;
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
  if (denied === undefined) return;
  const { text, details } = refusal(call, denied);
  throw new CloudError("UnauthorizedOperation", `You are not authorized to perform this operation. ${text}`, details);
}

/** Throws `AccessDenied`, as IAM has it, with the same details (P57). */
export function authorizeIamCall(call: IamCall, policies: readonly AppliedPolicy[]): void {
  if (call.principal.type === "root") return;
  const decision = checkIamCall(call, policies);
  if (decision.allowed) return;
  const { text, details } = refusal(call, { action: call.action, resource: call.resource, decision });
  throw new CloudError("AccessDenied", text, details);
}

/** All answers for a call, for who wants to see why: root is not asked for anything. */
export function checkCall(call: Ec2Call, policies: readonly AppliedPolicy[]): readonly CheckedAccess[] {
  return questionsOf(call).map(({ action, resource, context }) => ({
    action,
    resource,
    decision: evaluate(policies, { action, resource, context }),
  }));
}

export function checkIamCall(call: IamCall, policies: readonly AppliedPolicy[]): Decision {
  const { action, resource } = call;
  return evaluate(policies, { action, resource, context: new RequestContext(callEntries(call)) });
}

/** An explicit deny says more than a missing permission, so it is named first. */
function findDenied(answers: readonly CheckedAccess[]): CheckedAccess | undefined {
  const denied = answers.filter(({ decision }) => !decision.allowed);
  return denied.find(({ decision }) => !decision.allowed && decision.reason === "explicitDeny") ?? denied[0];
}

/** `ec2:RunInstances` of `RunInstances`. */
export const fullActionName = (action: string): string => (action.includes(":") ? action : `ec2:${action}`);

/** Throws `InternalError` for an action that is in neither table (P50). */
function accessTo(action: string): ResourceAccessByType {
  if (isActionName(action)) return accessOf(action);
  if (isOwnAction(action)) return ownAccessOf(action);
  const text = `What ${action} touches is not known: it belongs into action-table.ts.`;
  throw new CloudError("InternalError", text, { action });
}

function questionsOf(call: Ec2Call): Question[] {
  const access = accessTo(call.action);
  const action = fullActionName(call.action);
  const common = new RequestContext(callEntries(call));
  const touched = touchedResources(call, access);
  if (touched.length === 0) return [{ action, resource: "*", context: common }];
  const asked = touched.map((resource) => questionOf(call, action, access, resource, common));
  return [...asked, ...taggingQuestions(call, access, touched, common)];
}

/** Those of the types that the action has, and of a required type that the call names nothing of, one to be made (P52). */
function touchedResources({ resources }: Ec2Call, access: ResourceAccessByType): TouchedResource[] {
  const known = resources.filter(({ type }) => access[type] !== undefined);
  const types = Object.keys(access) as ResourceType[];
  const missing = types.filter((type) => access[type]?.required && !known.some((resource) => resource.type === type));
  return [...known, ...missing.map((type) => ({ type }))];
}

function questionOf(
  call: Ec2Call,
  action: string,
  access: ResourceAccessByType,
  resource: TouchedResource,
  common: RequestContext,
): Question {
  const { accountId } = call.principal;
  const ofType = access[resource.type];
  const entries = ofType === undefined ? [] : resourceEntries(resource, ofType, accountId);
  return { action, resource: touchedArn(resource, call), context: common.with(entries) };
}

/** A touched resource's ARN, for a call of this principal in this region. */
export function touchedArn({ type, id, ownerId, region }: TouchedResource, call: CallFacts): string {
  const accountId = ownerId ?? call.principal.accountId;
  return resourceArn(type, id, { region: region ?? call.region, accountId });
}

/** Who makes a resource with tags needs ec2:CreateTags for it too; `ec2:CreateAction` says what made it (P54). */
function taggingQuestions(
  call: Ec2Call,
  access: ResourceAccessByType,
  touched: readonly TouchedResource[],
  common: RequestContext,
): Question[] {
  if (call.action === "CreateTags" || call.action === "DeleteTags") return [];
  const context = common.with([["ec2:CreateAction", call.action.replace(/^ec2:/, "")]]);
  const tagging = accessOf("CreateTags");
  return touched
    .filter(({ type, requestTags = {} }) => access[type]?.requestTags && Object.keys(requestTags).length > 0)
    .map((resource) => questionOf(call, "ec2:CreateTags", tagging, resource, context));
}

/** EC2's words (F61). */
function refusal(
  { principal }: CallFacts,
  { action, resource, decision }: CheckedAccess,
): { text: string; details: Record<string, unknown> } {
  const user = principalArn(principal);
  const deniedBy = !decision.allowed && decision.reason === "explicitDeny" ? decision.by : undefined;
  const on = resource === "*" ? "" : ` on resource: ${resource}`;
  const why =
    deniedBy === undefined
      ? `because no identity-based policy allows the ${action} action`
      : "with an explicit deny in an identity-based policy";
  const reason = deniedBy === undefined ? "implicitDeny" : "explicitDeny";
  return {
    text: `User: ${user} is not authorized to perform: ${action}${on} ${why}`,
    details: { user, action, resource, reason, ...deniedBy },
  };
}
