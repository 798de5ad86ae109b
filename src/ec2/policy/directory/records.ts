import * as v from "valibot";

/** A kind of record of the directory, in the form in which the store declares kinds of records: versioned, migrated, validated. */
export interface DirectoryRecordKind<T> {
  readonly kind: string;
  readonly version: number;
  readonly schema: v.GenericSchema<unknown, T>;
}

const text = v.string();
const time = v.pipe(v.number(), v.finite());
/** Documents by name of policy. As a list of pairs: a record of any names would lose one called `constructor`. */
const inlinePolicies = v.array(v.strictObject({ name: text, document: text }));
const tags = v.record(text, text);

const accountSchema = v.strictObject({ accountId: text, name: text, createdAt: time });

const userSchema = v.strictObject({
  accountId: text,
  name: text,
  path: text,
  /** `AIDA…`: never used again, as a name may be. */
  userId: text,
  createdAt: time,
  tags,
  /** Names of groups. */
  groups: v.array(text),
  /** ARNs. */
  attachedPolicies: v.array(text),
  inlinePolicies,
});

const groupSchema = v.strictObject({
  accountId: text,
  name: text,
  path: text,
  /** `AGPA…`. */
  groupId: text,
  createdAt: time,
  attachedPolicies: v.array(text),
  inlinePolicies,
});

const policySchema = v.strictObject({
  accountId: text,
  name: text,
  path: text,
  arn: text,
  /** `ANPA…`. */
  policyId: text,
  description: text,
  document: text,
  createdAt: time,
  updatedAt: time,
});

const accessKeySchema = v.strictObject({
  accessKeyId: text,
  accountId: text,
  /** None for the account's root user. */
  userName: v.optional(text),
  /** As it is: a signature can be checked with the secret only. It leaves the directory once, when the key is made. */
  secretAccessKey: text,
  status: v.picklist(["Active", "Inactive"]),
  createdAt: time,
});

export type AccountRecord = Readonly<v.InferOutput<typeof accountSchema>>;
export type UserRecord = Readonly<v.InferOutput<typeof userSchema>>;
export type GroupRecord = Readonly<v.InferOutput<typeof groupSchema>>;
export type PolicyRecord = Readonly<v.InferOutput<typeof policySchema>>;
export type AccessKeyRecord = Readonly<v.InferOutput<typeof accessKeySchema>>;

/** Names differ by more than case (IAM User Guide, "IAM name requirements"). */
export const nameId = (accountId: string, name: string): string => `${accountId}/${name.toLowerCase()}`;

/** What can have policies. */
export type HolderRecord = UserRecord | GroupRecord;

export interface DirectoryRecords {
  account: AccountRecord;
  user: UserRecord;
  group: GroupRecord;
  policy: PolicyRecord;
  accessKey: AccessKeyRecord;
}

export const DIRECTORY_RECORDS: { readonly [K in keyof DirectoryRecords]: DirectoryRecordKind<DirectoryRecords[K]> } = {
  account: { kind: "iam.account", version: 1, schema: accountSchema },
  user: { kind: "iam.user", version: 1, schema: userSchema },
  group: { kind: "iam.group", version: 1, schema: groupSchema },
  policy: { kind: "iam.policy", version: 1, schema: policySchema },
  accessKey: { kind: "iam.access-key", version: 1, schema: accessKeySchema },
};

/** Under which id a record is kept. */
export const RECORD_IDS: { readonly [K in keyof DirectoryRecords]: (record: DirectoryRecords[K]) => string } = {
  account: ({ accountId }) => accountId,
  user: ({ accountId, name }) => nameId(accountId, name),
  group: ({ accountId, name }) => nameId(accountId, name),
  policy: ({ arn }) => arn,
  accessKey: ({ accessKeyId }) => accessKeyId,
};
