/** Who a tab, or a key, is. */
export interface Identity {
  /** `arn:aws:iam::123456789012:user/alice`. */
  readonly arn: string;
  readonly accountId: string;
  /** Null for the account's root user, which may do everything. */
  readonly userName: string | null;
  /** Empty for a tab that has not signed in. */
  readonly accessKeyId: string;
}

export interface InlinePolicy {
  readonly name: string;
  readonly document: string;
}

/** What can have policies: names of inline ones with their documents, ARNs of managed ones. */
interface PolicyHolder {
  readonly arn: string;
  readonly path: string;
  readonly createTime: Date;
  readonly attachedPolicies: readonly string[];
  readonly inlinePolicies: readonly InlinePolicy[];
}

export interface User extends PolicyHolder {
  readonly userName: string;
  readonly userId: string;
  readonly tags: Readonly<Record<string, string>>;
  /** Names of the groups that they are in. */
  readonly groups: readonly string[];
}

export interface Group extends PolicyHolder {
  readonly groupName: string;
  readonly groupId: string;
  /** Names of users. */
  readonly members: readonly string[];
}

export interface Policy {
  readonly policyName: string;
  readonly arn: string;
  readonly description: string;
  /** JSON, as it was given. */
  readonly document: string;
  /** AWS's, which cannot be changed. */
  readonly isAws: boolean;
}

export interface AccessKey {
  readonly accessKeyId: string;
  /** Null: the root user's. */
  readonly userName: string | null;
  readonly status: "Active" | "Inactive";
  readonly createTime: Date;
}

export interface NewAccessKey extends AccessKey {
  /** Given this once. */
  readonly secretAccessKey: string;
}

export interface Account {
  readonly accountId: string;
  readonly name: string;
  readonly createTime: Date;
}

/** An account with the key of its root user. */
export interface NewAccount extends Account {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

export interface SimulateRequest {
  /** A user of the account; the caller when absent. */
  readonly userName?: string;
  /** E.g. "ec2:RunInstances"; "ec2:" may be left out. */
  readonly action: string;
  /** Ids of resources, or types for new ones ("instance"); for IAM's actions ARNs. What the action needs besides is added. */
  readonly resources?: readonly string[];
  /** Tags that the call would set. */
  readonly requestTags?: Readonly<Record<string, string>>;
  /** EC2's condition keys of resources, e.g. `{ InstanceType: "v1.small" }`. */
  readonly facts?: Readonly<Record<string, string>>;
}

/** One question that the call would put, and its answer. */
export interface SimulatedAccess {
  readonly action: string;
  /** ARN or "*". */
  readonly resource: string;
  readonly allowed: boolean;
  /** "root": nothing is asked. */
  readonly reason: "root" | "allowed" | "implicitDeny" | "explicitDeny";
  /** The policy that decides, whom it is attached to, and its statement (counted from 0, and its Sid). */
  readonly by: {
    readonly policy: string;
    readonly attachedTo: string;
    readonly statement: number;
    readonly sid: string | null;
  } | null;
}
