import type { AppliedPolicy } from "../evaluation/evaluate.ts";
import { type PolicyDocument, parsePolicyDocument } from "../language/policy-document.ts";
import type { ManagedPolicy } from "./aws-managed-policies.ts";
import type { DirectoryState } from "./directory-state.ts";
import { findManagedPolicy } from "./managed-policies.ts";
import type { HolderRecord } from "./records.ts";

interface Document {
  readonly document: string;
}

/** Policies as they apply to their holders; each document is compiled once, until its record is replaced. */
export class CompiledPolicies {
  readonly #state: DirectoryState;
  readonly #compiled = new WeakMap<Document, PolicyDocument>();

  constructor(state: DirectoryState) {
    this.#state = state;
  }

  of(holder: HolderRecord, attachedTo: string): readonly AppliedPolicy[] {
    const inline = holder.inlinePolicies.map((policy) => this.#applied(policy, policy.name, "inline", attachedTo));
    const managed = holder.attachedPolicies
      .map((arn): ManagedPolicy => findManagedPolicy(this.#state, holder.accountId, arn))
      .map((policy) => this.#applied(policy, policy.arn, "managed", attachedTo));
    return [...inline, ...managed];
  }

  #applied(source: Document, policy: string, kind: AppliedPolicy["kind"], attachedTo: string): AppliedPolicy {
    const known = this.#compiled.get(source);
    const document = known ?? parsePolicyDocument(source.document);
    if (known === undefined) this.#compiled.set(source, document);
    return { policy, kind, attachedTo, document };
  }
}
