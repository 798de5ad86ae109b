import type { Access, Group, InlinePolicy, User } from "../../api/types.ts";

/** Who has policies, a user or a group, with IAM's calls for it. */
export interface Holder {
  readonly name: string;
  /** ARNs. */
  readonly attachedPolicies: readonly string[];
  readonly attach: (policyArn: string) => Promise<void>;
  readonly detach: (policyArn: string) => Promise<void>;
  /** The inline ones as they are now. */
  readonly listPolicies: () => Promise<readonly InlinePolicy[]>;
  readonly putPolicy: (policyName: string, policyDocument: string) => Promise<void>;
  readonly deletePolicy: (policyName: string) => Promise<void>;
}

export function userHolder(access: Access, { userName, attachedPolicies }: User): Holder {
  return {
    name: userName,
    attachedPolicies,
    attach: (policyArn) => access.attachUserPolicy({ userName, policyArn }),
    detach: (policyArn) => access.detachUserPolicy({ userName, policyArn }),
    listPolicies: async () =>
      (await access.listUsers()).find((user) => user.userName === userName)?.inlinePolicies ?? [],
    putPolicy: (policyName, policyDocument) => access.putUserPolicy({ userName, policyName, policyDocument }),
    deletePolicy: (policyName) => access.deleteUserPolicy({ userName, policyName }),
  };
}

export function groupHolder(access: Access, { groupName, attachedPolicies }: Group): Holder {
  return {
    name: groupName,
    attachedPolicies,
    attach: (policyArn) => access.attachGroupPolicy({ groupName, policyArn }),
    detach: (policyArn) => access.detachGroupPolicy({ groupName, policyArn }),
    listPolicies: async () =>
      (await access.listGroups()).find((group) => group.groupName === groupName)?.inlinePolicies ?? [],
    putPolicy: (policyName, policyDocument) => access.putGroupPolicy({ groupName, policyName, policyDocument }),
    deletePolicy: (policyName) => access.deleteGroupPolicy({ groupName, policyName }),
  };
}
