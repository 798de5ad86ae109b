import { limitExceeded } from "./iam-errors.ts";

/** IAM's default quotas (IAM User Guide, "IAM and AWS STS quotas"); sizes in characters, white space not counted. */
export const QUOTAS = {
  UsersPerAccount: 5000,
  GroupsPerAccount: 300,
  PoliciesPerAccount: 1500,
  GroupsPerUser: 10,
  AccessKeysPerUser: 2,
  PoliciesPerUser: 10,
  PoliciesPerGroup: 10,
  /** Of one managed policy. */
  PolicySize: 6144,
  /** Of all inline policies of a user. */
  UserPolicySize: 2048,
  /** Of all inline policies of a group. */
  GroupPolicySize: 5120,
} as const;

/** Not IAM's: whatever makes accounts goes through the directory's memory. */
export const MAX_ACCOUNTS = 100;

/** Throws `LimitExceeded` in IAM's words when `count` of something is too much. */
export function checkQuota(quota: keyof typeof QUOTAS, count: number): void {
  const limit = QUOTAS[quota];
  if (count > limit) throw limitExceeded(`Cannot exceed quota for ${quota}: ${limit}`, limit);
}
