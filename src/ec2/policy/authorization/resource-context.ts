import type { ContextEntry } from "../evaluation/request-context.ts";
import type { ResourceKey } from "./condition-keys.ts";
import type { ResourceAccess } from "./resource-access.ts";
import type { ResourceType } from "./resource-types.ts";

type Tags = Readonly<Record<string, string>>;

/** A resource that a call touches, and what is known of it. What the action has no condition keys for may be there too. */
export interface TouchedResource {
  readonly type: ResourceType;
  /** Its id, or the name of a key pair; none for one that the call will make. */
  readonly id?: string;
  /** The account that owns it, when that is not the caller's. */
  readonly ownerId?: string;
  /** The region that it is in, when that is not the call's. */
  readonly region?: string;
  /** The tags that it has. */
  readonly tags?: Tags;
  /** The tags that the call gives it, or takes from it. */
  readonly requestTags?: Tags;
  /** What the call makes of its attributes, by their names in the API: `{ InstanceType: "v1.micro" }`. */
  readonly attributes?: Readonly<Record<string, string>>;
  /** Sizes in GiB, as in the API. */
  readonly facts?: Readonly<Partial<Record<ResourceKey, string | number | boolean>>>;
}

/** The condition keys of a resource in an action: those that the reference lists for the two, and no others (P53). */
export function resourceEntries(resource: TouchedResource, access: ResourceAccess, accountId: string): ContextEntry[] {
  const { tags = {}, requestTags = {}, attributes = {}, facts = {}, ownerId = accountId } = resource;
  const entries: ContextEntry[] = [["aws:ResourceAccount", ownerId]];
  if (access.resourceTags) {
    for (const [key, value] of Object.entries(tags)) {
      entries.push([`aws:ResourceTag/${key}`, value], [`ec2:ResourceTag/${key}`, value]);
    }
  }
  if (access.requestTags) {
    for (const [key, value] of Object.entries(requestTags)) entries.push([`aws:RequestTag/${key}`, value]);
    entries.push(["aws:TagKeys", Object.keys(requestTags)]);
  }
  if (access.attributes) {
    for (const [name, value] of Object.entries(attributes)) {
      entries.push(["ec2:Attribute", name], [`ec2:Attribute/${name}`, value]);
    }
  }
  for (const [key, value] of Object.entries(facts)) {
    if (access.keys.has(key as ResourceKey)) entries.push([`ec2:${key}`, String(value)]);
  }
  return entries;
}
