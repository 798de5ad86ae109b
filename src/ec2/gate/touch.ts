import type { TagSpecification } from "@aws-sdk/client-ec2";
import { toBase64 } from "../../base/bytes.ts";
import type { ResourceLookup } from "../../cloud/access/resource-lookup.ts";
import type { Scope } from "../../cloud/scope.ts";
import type { ResourceType, TouchedResource } from "../policy/index.ts";
import { newTags } from "../tags.ts";

/** Where an action's resources are looked up: what there is, and whose call it is. */
export interface Surroundings {
  readonly lookup: ResourceLookup;
  readonly scope: Scope;
}

type Touched = readonly TouchedResource[];

/** Everything that a call of an action touches, with what policies can ask of it. */
export type Touch = (input: object, at: Surroundings) => Touched | Promise<Touched>;

/** Says it for the action whose input has this type. */
export const touch =
  <Input>(resources: (input: Input, at: Surroundings) => Touched | Promise<Touched>): Touch =>
  (input, at) =>
    resources(input as Input, at);

/** A resource yet to be made, with the tags that it shall have. */
export function newResource(
  type: ResourceType,
  specifications: readonly TagSpecification[] | undefined,
  facts: TouchedResource["facts"] = {},
): TouchedResource {
  return { type, requestTags: newTags(specifications, type), facts: definedFacts(facts) };
}

function definedFacts(facts: NonNullable<TouchedResource["facts"]>): NonNullable<TouchedResource["facts"]> {
  return Object.fromEntries(Object.entries(facts).filter(([, value]) => value !== undefined));
}

/** Parameters that say which resource it is, or how it is asked for, and set no attribute. */
const NO_ATTRIBUTES: ReadonlySet<string> = new Set(["DryRun", "Attribute", "Value", "ClientToken", "Force"]);

/**
 * What a call makes of a resource's attributes, by their names in the API: those of the parameters beside the ids, and that
 * of the older form `Attribute`, `Value`.
 */
function attributesOf(input: object): Readonly<Record<string, string>> {
  const { Attribute: name, Value: value } = input as { readonly Attribute?: string; readonly Value?: string };
  const older = name === undefined ? [] : [[capital(name), value ?? ""]];
  const named = Object.entries(input)
    .filter(([key]) => !NO_ATTRIBUTES.has(key) && !/Ids?$/.test(key))
    .map(([key, given]) => [key, textOf(given)]);
  return Object.fromEntries([...older, ...named]) as Record<string, string>;
}

const capital = (name: string): string => name.charAt(0).toUpperCase() + name.slice(1);

function textOf(value: unknown): string {
  if (value instanceof Uint8Array) return toBase64(value);
  if (typeof value !== "object" || value === null) return String(value);
  return "Value" in value ? textOf(value.Value) : JSON.stringify(value);
}

/** As `resources`, with what the call makes of their attributes. */
export const changing =
  (resources: Touch): Touch =>
  async (input, at) =>
    (await resources(input, at)).map((resource) => ({ ...resource, attributes: attributesOf(input) }));
