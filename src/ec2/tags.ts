import type { Tag, TagSpecification } from "@aws-sdk/client-ec2";
import { CloudError } from "../base/errors.ts";
import type { Tags } from "../cloud/tags.ts";
import { oneOf } from "./accepted.ts";

/** Tags as EC2 answers with them. */
export const tagList = (tags: Tags): Tag[] => Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));

/** Tags as they come in a request: none without a key, none twice; one without a value has an empty one. */
export function tagsOf(list: readonly Tag[] = []): Record<string, string> {
  const entries = list.map(({ Key: key, Value: value = "" }) => [checkKey(key), value] as const);
  const keys = new Set(entries.map(([key]) => key));
  const twice = entries.find(([key]) => !keys.delete(key));
  if (twice === undefined) return Object.fromEntries(entries);
  throw new CloudError("InvalidParameterValue", `Duplicate tag key '${twice[0]}' specified.`, { key: twice[0] });
}

export function checkKey(key: string | undefined): string {
  if (key !== undefined && key !== "") return key;
  throw new CloudError("InvalidParameterValue", "Tag keys must have at least one character.");
}

/** `TagSpecifications` of an action that makes things of these kinds. */
export const tagSpecifications = (...types: readonly string[]) => ({
  ResourceType: oneOf(...types),
  Tags: { Key: true as const, Value: true as const },
});

/** The tags for the new things of a kind. */
export function newTags(specifications: readonly TagSpecification[] | undefined, type: string): Tags {
  return tagsOf(
    (specifications ?? []).filter(({ ResourceType: of }) => of === type).flatMap(({ Tags: list }) => list ?? []),
  );
}
