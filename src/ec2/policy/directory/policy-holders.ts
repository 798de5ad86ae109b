import { parsePolicyDocument, policySize } from "../language/policy-document.ts";
import type { DirectoryState } from "./directory-state.ts";
import type { DirectoryChange } from "./directory-store.ts";
import { limitExceeded, noSuchEntity } from "./iam-errors.ts";
import { findManagedPolicy } from "./managed-policies.ts";
import { checkName, MAX_NAME } from "./names.ts";
import { checkQuota, QUOTAS } from "./quotas.ts";
import { type DirectoryRecords, type HolderRecord, nameId } from "./records.ts";

interface HolderQuotas {
  readonly inlineSize: number;
  readonly attached: "PoliciesPerUser" | "PoliciesPerGroup";
}

const HOLDER_QUOTAS: Readonly<Record<"user" | "group", HolderQuotas>> = {
  user: { inlineSize: QUOTAS.UserPolicySize, attached: "PoliciesPerUser" },
  group: { inlineSize: QUOTAS.GroupPolicySize, attached: "PoliciesPerGroup" },
};

/** What users and groups have in common: policies of their own, and managed ones attached to them. */
export abstract class PolicyHolders<K extends "user" | "group"> {
  readonly #type: K;
  protected readonly state: DirectoryState;

  protected constructor(type: K, state: DirectoryState) {
    this.#type = type;
    this.state = state;
  }

  /** Throws `NoSuchEntity`. */
  get(accountId: string, name: string): DirectoryRecords[K] {
    return this.state.find(this.#type, accountId, name);
  }

  list(accountId: string): DirectoryRecords[K][] {
    return this.state.of(this.#type, accountId);
  }

  /**
   * PutUserPolicy, PutGroupPolicy: sets an inline policy, in place of the one of this name.
   * Throws `MalformedPolicyDocument`; `LimitExceeded` when the inline policies together are too long; `NoSuchEntity`.
   */
  async putPolicy(accountId: string, name: string, policyName: string, document: string): Promise<void> {
    checkName("policy name", policyName, MAX_NAME);
    parsePolicyDocument(document);
    await this.update(accountId, name, (holder) => {
      const others = holder.inlinePolicies.filter((policy) => policy.name !== policyName);
      const inlinePolicies = [...others, { name: policyName, document }];
      const limit = HOLDER_QUOTAS[this.#type].inlineSize;
      if (inlinePolicies.reduce((size, policy) => size + policySize(policy.document), 0) > limit) {
        const text = `Maximum policy size of ${limit} bytes exceeded for ${this.#type} ${holder.name}`;
        throw limitExceeded(text, limit);
      }
      return { ...holder, inlinePolicies };
    });
  }

  /** GetUserPolicy, GetGroupPolicy: the document as it was given. Throws `NoSuchEntity`. */
  getPolicy(accountId: string, name: string, policyName: string): string {
    const found = this.get(accountId, name).inlinePolicies.find((policy) => policy.name === policyName);
    if (found === undefined) throw this.#noPolicy(policyName);
    return found.document;
  }

  /** DeleteUserPolicy, DeleteGroupPolicy. Throws `NoSuchEntity`. */
  async deletePolicy(accountId: string, name: string, policyName: string): Promise<void> {
    await this.update(accountId, name, (holder) => {
      const inlinePolicies = holder.inlinePolicies.filter((policy) => policy.name !== policyName);
      if (inlinePolicies.length === holder.inlinePolicies.length) throw this.#noPolicy(policyName);
      return { ...holder, inlinePolicies };
    });
  }

  /** AttachUserPolicy, AttachGroupPolicy: attached already is fine. Throws `NoSuchEntity`, `LimitExceeded`. */
  async attachPolicy(accountId: string, name: string, policyArn: string): Promise<void> {
    await this.update(accountId, name, (holder) => {
      findManagedPolicy(this.state, accountId, policyArn);
      if (holder.attachedPolicies.includes(policyArn)) return holder;
      checkQuota(HOLDER_QUOTAS[this.#type].attached, holder.attachedPolicies.length + 1);
      return { ...holder, attachedPolicies: [...holder.attachedPolicies, policyArn] };
    });
  }

  /** DetachUserPolicy, DetachGroupPolicy. Throws `NoSuchEntity`. */
  async detachPolicy(accountId: string, name: string, policyArn: string): Promise<void> {
    await this.update(accountId, name, (holder) => {
      const attachedPolicies = holder.attachedPolicies.filter((arn) => arn !== policyArn);
      if (attachedPolicies.length === holder.attachedPolicies.length) {
        throw noSuchEntity(`Policy ${policyArn} was not found.`, policyArn);
      }
      return { ...holder, attachedPolicies };
    });
  }

  /** Stores what `next` makes of a record. */
  protected update(
    accountId: string,
    name: string,
    next: (holder: DirectoryRecords[K]) => HolderRecord,
  ): Promise<void> {
    return this.state.change(() => {
      const before = this.get(accountId, name);
      const after = next(before);
      return { changes: after === before ? [] : [this.put(after)], result: undefined };
    });
  }

  protected put(holder: HolderRecord): DirectoryChange {
    // Of this class's type by construction: TypeScript cannot follow a union by its type parameter.
    return { type: this.#type, id: nameId(holder.accountId, holder.name), value: holder } as DirectoryChange;
  }

  #noPolicy(policyName: string): Error {
    return noSuchEntity(`The ${this.#type} policy with name ${policyName} cannot be found.`, policyName);
  }
}
