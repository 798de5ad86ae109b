import type { TouchedResource } from "../../ec2/policy/index.ts";
import type { Scope } from "../scope.ts";
import { isSystemTag } from "../tags.ts";
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
  /** What it names may be in another region than what it makes. */
  readonly copies?: true;
  /** Nothing, when absent. Of IAM's actions one ARN, or "*". */
  readonly touches?: (call: MemberCall) => Touched | Promise<Touched>;
  /** What the log has of the arguments; the request, when absent. */
  readonly parameters?: (call: MemberCall) => object;
  /** What EC2 has as several actions: all of them must be allowed, and each has its entry in the log. */
  readonly parts?: (call: MemberCall) => Promise<readonly [CallPart, ...CallPart[]]>;
}

/** One of EC2's actions that a call comes to. */
export interface CallPart {
  readonly action: string;
  readonly touched: Touched;
  readonly parameters: object;
}

/** An argument that is a request: what it says, as far as it is said at all. */
export const requestOf = <T extends object>({ args: [request] }: MemberCall): Partial<T> =>
  typeof request === "object" && request !== null ? (request as Partial<T>) : {};

/** What a caller gives as a list, if it is one: what is none is told of by whoever wants it. */
export const listIn = <T>(value: readonly T[] | undefined): readonly T[] => (Array.isArray(value) ? value : []);

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

type Tags = Readonly<Record<string, string>>;

/**
 * `setTags`, which gives all tags anew: CreateTags for those that are new or have another value, DeleteTags for those that go.
 * Its last argument is the tags.
 */
export const settingTags = (
  touches: (call: MemberCall) => readonly TouchedResource[] | Promise<readonly TouchedResource[]>,
): MemberAction => ({
  action: "CreateTags",
  async parts(call) {
    const touched = await touches(call);
    const given = (call.args.at(-1) ?? {}) as Tags;
    const before = touched[0]?.tags ?? {};
    const only = (tags: Tags, isIt: (key: string) => boolean): Tags =>
      Object.fromEntries(Object.entries(tags).filter(([key]) => isIt(key)));
    const set = only(given, (key) => before[key] !== given[key]);
    const gone = only(before, (key) => !Object.hasOwn(given, key) && !isSystemTag(key));
    const part = (action: string, requestTags: Tags): CallPart => ({
      action,
      touched: touched.map((resource) => ({ ...resource, requestTags })),
      // EC2's own, as it is EC2's action.
      parameters: {
        Resources: call.id === "" ? [textAt(call, 0)] : [call.id],
        Tags: Object.entries(requestTags).map(([Key, Value]) => ({ Key, Value })),
      },
    });
    const deleting = part("DeleteTags", gone);
    if (Object.keys(gone).length === 0) return [part("CreateTags", set)];
    return Object.keys(set).length === 0 ? [deleting] : [part("CreateTags", set), deleting];
  },
});

/**
 * What a call makes of a resource's attributes, by EC2's names of its parameters; what is undefined is not changed. What it
 * changes is said by its last argument.
 */
export const changing = <Change>(
  member: MemberAction,
  attributesOf: (change: Change) => Readonly<Record<string, unknown>>,
): MemberAction => ({
  ...member,
  async touches(call) {
    const touched = (await member.touches?.(call)) ?? [];
    if (typeof touched === "string") return touched;
    const said = Object.entries(attributesOf((call.args.at(-1) ?? {}) as Change)).filter(([, to]) => to !== undefined);
    const text = (value: unknown) => (typeof value === "object" ? JSON.stringify(value) : String(value));
    const attributes = Object.fromEntries(said.map(([name, value]) => [name, text(value)]));
    return touched.map((resource) => ({ ...resource, attributes }));
  },
});
