import type { Ec2Request } from "../command/cli.ts";

export type Tags = Readonly<Record<string, string>>;

/** "team: web, stage: test" */
export const tagsText = (tags: Tags): string =>
  Object.entries(tags)
    .map(([key, value]) => `${key}: ${value}`)
    .join(", ");

interface EditedTag {
  readonly key: string;
  readonly value: string;
  readonly markedForRemoval?: boolean;
}

/** What is left of tags that are being edited: those without a key are not there yet. */
export function tagsOf(edited: readonly EditedTag[]): Tags {
  const kept = edited.filter(({ key, markedForRemoval }) => key.trim() !== "" && !markedForRemoval);
  return Object.fromEntries(kept.map(({ key, value }) => [key.trim(), value.trim()]));
}

/** EC2 has no action that replaces all tags of a resource: what changes is set, what goes is deleted. */
export function tagRequests(id: string, before: Tags, after: Tags): Ec2Request[] {
  const set = Object.entries(after).filter(([key, value]) => before[key] !== value);
  const gone = Object.keys(before).filter((key) => !(key in after));
  return [
    { action: "CreateTags", tags: set.map(([Key, Value]) => ({ Key, Value })) },
    { action: "DeleteTags", tags: gone.map((Key) => ({ Key })) },
  ].flatMap(({ action, tags }) => (tags.length === 0 ? [] : [{ action, parameters: { Resources: [id], Tags: tags } }]));
}
