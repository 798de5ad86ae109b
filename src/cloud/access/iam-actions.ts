import type { PLAN } from "../tabs/plan.ts";
import { type CallsOf, type MemberAction, type MemberCall, requestOf } from "./member-action.ts";

interface Names {
  readonly userName: string;
  readonly groupName: string;
  readonly policyArn: string;
  readonly policyName: string;
}

const arn = ({ scope }: MemberCall, rest: string) => `arn:aws:iam::${scope.accountId}:${rest}`;
const user = (call: MemberCall) => call.arnOf("user", requestOf<Names>(call).userName);
const group = (call: MemberCall) => call.arnOf("group", requestOf<Names>(call).groupName);
const policy = (call: MemberCall) => {
  const { policyArn, policyName = "*" } = requestOf<Names>(call);
  return policyArn ?? arn(call, `policy/${policyName}`);
};
const anything = () => "*";

/** IAM's action of that name. */
const iam = (name: string, touches: (call: MemberCall) => string): MemberAction => ({ action: `iam:${name}`, touches });
const reading = (name: string, touches: (call: MemberCall) => string): MemberAction => ({
  ...iam(name, touches),
  readOnly: true,
});
const isFree: MemberAction = { action: "sts:GetCallerIdentity", readOnly: true, free: true };

export const IAM_ACTIONS: CallsOf<(typeof PLAN)["access"]> = {
  getCallerIdentity: isFree,
  verifyCredentials: { action: "signin:ConsoleLogin", touches: anything },
  deniedReads: isFree,
  listUsers: reading("ListUsers", anything),
  createUser: iam("CreateUser", user),
  deleteUser: iam("DeleteUser", user),
  listGroups: reading("ListGroups", anything),
  createGroup: iam("CreateGroup", group),
  deleteGroup: iam("DeleteGroup", group),
  addUserToGroup: iam("AddUserToGroup", group),
  removeUserFromGroup: iam("RemoveUserFromGroup", group),
  listAccessKeys: reading("ListAccessKeys", user),
  createAccessKey: iam("CreateAccessKey", user),
  updateAccessKey: iam("UpdateAccessKey", user),
  deleteAccessKey: iam("DeleteAccessKey", user),
  listPolicies: reading("ListPolicies", anything),
  createPolicy: iam("CreatePolicy", policy),
  createPolicyVersion: iam("CreatePolicyVersion", policy),
  deletePolicy: iam("DeletePolicy", policy),
  attachUserPolicy: iam("AttachUserPolicy", user),
  detachUserPolicy: iam("DetachUserPolicy", user),
  attachGroupPolicy: iam("AttachGroupPolicy", group),
  detachGroupPolicy: iam("DetachGroupPolicy", group),
  putUserPolicy: iam("PutUserPolicy", user),
  deleteUserPolicy: iam("DeleteUserPolicy", user),
  putGroupPolicy: iam("PutGroupPolicy", group),
  deleteGroupPolicy: iam("DeleteGroupPolicy", group),
  simulatePrincipalPolicy: reading("SimulatePrincipalPolicy", user),
  listAccounts: { action: "organizations:ListAccounts", readOnly: true },
  createAccount: { action: "organizations:CreateAccount" },
  lookupEvents: { action: "cloudtrail:LookupEvents", readOnly: true },
  exportEvents: { action: "cloudtrail:LookupEvents", readOnly: true },
};
