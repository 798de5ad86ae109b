import type { TouchedResource } from "../../ec2/policy/index.ts";
import type { Scope } from "../scope.ts";
import type { ResourceLookup } from "./resource-lookup.ts";

/** What a member of the API is called with, and where what it names is looked up. */
export interface MemberCall {
  readonly args: readonly unknown[];
  /** The instance whose member it is; empty of other members. */
  readonly id: string;
  readonly lookup: ResourceLookup;
  /** The caller's account, and where they make things. */
  readonly scope: Scope;
  /** ARN of a user or group of the caller's account; without a name the caller's own. */
  readonly arnOf: (type: "user" | "group", name: string | undefined) => string;
}

/** An action for every call of a plan: one that is missing does not compile. */
export type CallsOf<P> = { readonly [M in keyof P as P[M] extends "call" ? M : never]: MemberAction };

type Touched = readonly TouchedResource[] | string;

/** What a member of this cloud's own API is to policies and the audit log. */
export interface MemberAction {
  /** As in the policies' tables, or of IAM. */
  readonly action: string | ((call: MemberCall) => string);
  /** It changes nothing. */
  readonly readOnly?: true;
  /** It comes many times a second: the log has it once a minute. */
  readonly frequent?: true;
  /** Everybody may do it, and the log does not have it. */
  readonly free?: true;
  /** Nothing, when absent. Of IAM's actions one ARN, or "*". */
  readonly touches?: (call: MemberCall) => Touched | Promise<Touched>;
  /** What the log has of the arguments; the request, when absent. */
  readonly parameters?: (call: MemberCall) => object;
}

/** An argument that is a request: what it says, as far as it is said at all. */
export const requestOf = <T extends object>({ args: [request] }: MemberCall): Partial<T> =>
  typeof request === "object" && request !== null ? (request as Partial<T>) : {};

/** An argument that is a text. */
export const textAt = ({ args }: MemberCall, index: number): string => String(args[index] ?? "");

/** A resource yet to be made, with its tags. */
export function made(
  type: TouchedResource["type"],
  { name, tags = {} }: { readonly name?: unknown; readonly tags?: Readonly<Record<string, string>> } = {},
  facts: Readonly<Record<string, unknown>> = {},
): TouchedResource {
  const requestTags = typeof name === "string" && name !== "" ? { ...tags, Name: name } : tags;
  const known = Object.entries(facts).filter(([, value]) => value !== undefined && value !== null);
  return { type, requestTags, facts: Object.fromEntries(known) as NonNullable<TouchedResource["facts"]> };
}

/** Resources whose ids there are. */
export const each = <T>(id: unknown, find: (id: string) => T): T[] =>
  typeof id === "string" && id !== "" ? [find(id)] : [];
