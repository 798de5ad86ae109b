import * as v from "valibot";

/** Where resources are: those of one account and region are apart from all others (F79). */
export interface Scope {
  readonly accountId: string;
  readonly region: string;
}

/** Where things are made unless somebody says where, and where all was before records knew it. */
export const DEFAULT_SCOPE: Scope = { accountId: "123456789012", region: "us-east-1" };

/** What a record says of its scope. */
export interface Owned {
  readonly ownerId: string;
  readonly region: string;
}

/** A record's part that says it. */
export const ownedEntries = { ownerId: v.string(), region: v.string() };

export const ownedIn = ({ accountId, region }: Scope): Owned => ({ ownerId: accountId, region });
export const scopeOf = ({ ownerId, region }: Owned): Scope => ({ accountId: ownerId, region });

export const isIn = ({ accountId, region }: Scope, owned: Owned): boolean =>
  owned.ownerId === accountId && owned.region === region;

/** Whose resources somebody has before them, and where what they make belongs. What is not seen is not there. */
export interface View {
  /** The same for views of the same. */
  readonly key: string;
  sees(owned: Owned): boolean;
  /** Whether something of another account may be used: `permissions` names accounts, or EVERYBODY (F34, F50). */
  uses(owned: Owned, permissions: readonly string[]): boolean;
  readonly makesIn: Scope;
  /** The one region whose resources are seen; absent: it is all of them. */
  readonly region?: string;
}

/** EC2's group of all accounts. */
export const EVERYBODY = "all";

const isGiven = (accountId: string, permissions: readonly string[]): boolean =>
  permissions.includes(EVERYBODY) || permissions.includes(accountId);

/** All there is: for the cloud's own work. */
export const EVERYTHING: View = { key: "*", sees: () => true, uses: () => true, makesIn: DEFAULT_SCOPE };

/** As EC2's API has it: one account in one region. */
export const viewOf = (scope: Scope): View => ({
  key: `${scope.accountId} ${scope.region}`,
  sees: (owned) => isIn(scope, owned),
  uses: ({ region }, permissions) => region === scope.region && isGiven(scope.accountId, permissions),
  makesIn: scope,
  region: scope.region,
});

/** One account in all regions. */
export const accountView = (accountId: string): View => ({
  key: `${accountId} *`,
  sees: ({ ownerId }) => ownerId === accountId,
  uses: (_, permissions) => isGiven(accountId, permissions),
  makesIn: { accountId, region: DEFAULT_SCOPE.region },
});
