import type {
  AccessKeyMetadata,
  AccountRecord,
  GroupRecord,
  ManagedPolicy,
  UserRecord,
} from "../../ec2/policy/index.ts";
import type { AccessKey, Account, Group, Policy, User } from "./access-info.ts";

/** The directory's records as the public API shows them. */

const holder = ({ accountId, path, name, createdAt, attachedPolicies, inlinePolicies }: UserRecord | GroupRecord) => ({
  arn: (kind: string) => `arn:aws:iam::${accountId}:${kind}${path}${name}`,
  shown: { path, createTime: new Date(createdAt), attachedPolicies, inlinePolicies },
});

export function userInfo(user: UserRecord): User {
  const { arn, shown } = holder(user);
  const { name: userName, userId, tags, groups } = user;
  return { userName, userId, arn: arn("user"), ...shown, tags, groups };
}

export function groupInfo(group: GroupRecord, members: readonly UserRecord[]): Group {
  const { arn, shown } = holder(group);
  const { name: groupName, groupId } = group;
  return { groupName, groupId, arn: arn("group"), ...shown, members: members.map(({ name }) => name) };
}

export const keyInfo = ({ accessKeyId, userName, status, createdAt }: AccessKeyMetadata): AccessKey => ({
  accessKeyId,
  userName: userName ?? null,
  status,
  createTime: new Date(createdAt),
});

export const policyInfo = ({ name, arn, description, document }: ManagedPolicy): Policy => ({
  policyName: name,
  arn,
  description,
  document,
  isAws: arn.startsWith("arn:aws:iam::aws:"),
});

export const accountInfo = ({ accountId, name, createdAt }: AccountRecord): Account => ({
  accountId,
  name,
  createTime: new Date(createdAt),
});
