/** What the rest of the cloud uses of IAM. */
export {
  ACTION_NAMES,
  accessOf,
  type Ec2ActionName,
  isActionName,
} from "./authorization/action-table.ts";
export {
  authorizeCall,
  authorizeIamCall,
  type CheckedAccess,
  checkCall,
  checkIamCall,
  type Ec2Call,
  fullActionName,
  type IamCall,
  touchedArn,
} from "./authorization/authorize.ts";
export type { CallFacts } from "./authorization/call-context.ts";
export type { ResourceKey } from "./authorization/condition-keys.ts";
export { isOwnAction, OWN_ACTION_NAMES, type OwnActionName } from "./authorization/own-actions.ts";
export type { TouchedResource } from "./authorization/resource-context.ts";
export { type ResourceType, resourceArn } from "./authorization/resource-types.ts";
export type { AccessKeyMetadata, AccessKeyStatus, KeyOwner } from "./directory/access-keys.ts";
export { DEFAULT_ACCOUNT_ID } from "./directory/accounts.ts";
export type { ManagedPolicy } from "./directory/aws-managed-policies.ts";
export { type Credentials, Directory } from "./directory/directory.ts";
export type { DirectoryServices } from "./directory/directory-state.ts";
export type { DirectoryChange, DirectoryRecordType, DirectoryStore } from "./directory/directory-store.ts";
export {
  type AccessKeyRecord,
  type AccountRecord,
  DIRECTORY_RECORDS,
  type DirectoryRecordKind,
  type DirectoryRecords,
  type GroupRecord,
  type PolicyRecord,
  type UserRecord,
} from "./directory/records.ts";
export type { AppliedPolicy, DecidingStatement, Decision } from "./evaluation/evaluate.ts";
export { type PolicyDocument, parsePolicyDocument } from "./language/policy-document.ts";
export { type Principal, principalArn } from "./principal.ts";
