import { malformed } from "../language/malformed.ts";
import { parsePolicyDocument, policySize } from "../language/policy-document.ts";
import { AWS_MANAGED_POLICIES, type ManagedPolicy } from "./aws-managed-policies.ts";
import type { DirectoryState } from "./directory-state.ts";
import { alreadyExists, attachedConflict, noSuchEntity } from "./iam-errors.ts";
import { checkName, checkPath, MAX_NAME, newUniqueId } from "./names.ts";
import { checkQuota } from "./quotas.ts";
import type { PolicyRecord } from "./records.ts";

export interface NewPolicy {
  readonly accountId: string;
  readonly policyName: string;
  readonly document: string;
  /** `/` when not given. */
  readonly path?: string;
  readonly description?: string;
}

/** A policy that can be attached in an account: AWS's, or one of its own. Throws `NoSuchEntity`. */
export function findManagedPolicy(state: DirectoryState, accountId: string, arn: string): ManagedPolicy {
  const own = state.get("policy", arn);
  const found = own?.accountId === accountId ? own : AWS_MANAGED_POLICIES.find((policy) => policy.arn === arn);
  if (found === undefined) throw noSuchEntity(`Policy ${arn} does not exist or is not attachable.`, arn);
  return found;
}

export class ManagedPolicies {
  readonly #state: DirectoryState;

  constructor(state: DirectoryState) {
    this.#state = state;
  }

  /** GetPolicy, with the document. Throws `NoSuchEntity`. */
  get(accountId: string, arn: string): ManagedPolicy {
    return findManagedPolicy(this.#state, accountId, arn);
  }

  /** ListPolicies: the account's own, and AWS's. */
  list(accountId: string): ManagedPolicy[] {
    return [...this.#state.of("policy", accountId), ...AWS_MANAGED_POLICIES];
  }

  /** CreatePolicy. Throws `MalformedPolicyDocument`, `EntityAlreadyExists`, `LimitExceeded`, `ValidationError`, `NoSuchEntity`. */
  create({ accountId, policyName, document, path = "/", description = "" }: NewPolicy): Promise<PolicyRecord> {
    return this.#state.change(() => {
      checkName("policy name", policyName, MAX_NAME);
      checkPath(path);
      checkDocument(document);
      this.#state.account(accountId);
      const own = this.#state.of("policy", accountId);
      if (own.some(({ name }) => name.toLowerCase() === policyName.toLowerCase())) {
        throw alreadyExists(
          `A policy called ${policyName} already exists. Duplicate names are not allowed.`,
          policyName,
        );
      }
      checkQuota("PoliciesPerAccount", own.length + 1);
      const { clock, random } = this.#state;
      const arn = `arn:aws:iam::${accountId}:policy${path}${policyName}`;
      const [policyId, createdAt] = [newUniqueId("ANPA", random), clock.now()];
      const made = { accountId, name: policyName, path, arn, policyId, description, document, createdAt };
      const policy: PolicyRecord = { ...made, updatedAt: createdAt };
      return { changes: [{ type: "policy", id: arn, value: policy }], result: policy };
    });
  }

  /** CreatePolicyVersion with SetAsDefault: earlier versions are not kept. Throws `MalformedPolicyDocument`, `NoSuchEntity`. */
  replace(accountId: string, arn: string, document: string): Promise<PolicyRecord> {
    return this.#state.change(() => {
      checkDocument(document);
      const policy = { ...this.#own(accountId, arn), document, updatedAt: this.#state.clock.now() };
      return { changes: [{ type: "policy", id: arn, value: policy }], result: policy };
    });
  }

  /** DeletePolicy. Throws `NoSuchEntity`; `DeleteConflict` while it is attached. */
  delete(accountId: string, arn: string): Promise<void> {
    return this.#state.change(() => {
      this.#own(accountId, arn);
      const holders = [...this.#state.of("user", accountId), ...this.#state.of("group", accountId)];
      if (holders.some(({ attachedPolicies }) => attachedPolicies.includes(arn))) throw attachedConflict(arn);
      return { changes: [{ type: "policy", id: arn }], result: undefined };
    });
  }

  #own(accountId: string, arn: string): PolicyRecord {
    const policy = this.#state.get("policy", arn);
    if (policy?.accountId !== accountId) throw noSuchEntity(`Policy ${arn} was not found.`, arn);
    return policy;
  }
}

/** Managed policies are of the current version only, inline ones of either (P4). */
function checkDocument(document: string): void {
  const { version } = parsePolicyDocument(document);
  if (version !== "2012-10-17") {
    const iamSays = "Policy document must be version 2012-10-17 or greater.";
    throw malformed("Version", 'a managed policy says "Version": "2012-10-17"', iamSays);
  }
  checkQuota("PolicySize", policySize(document));
}
