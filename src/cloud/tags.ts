import * as v from "valibot";
import { CloudError } from "../base/errors.ts";

/** Tags of a resource: `Name` is its name. Up to 50; keys of 1–128 characters, values of up to 256 (F77). */
export type Tags = Readonly<Record<string, string>>;

export const tagsSchema = v.record(v.string(), v.string());

export const MAX_TAGS = 50;
const MAX_KEY_LENGTH = 128;
const MAX_VALUE_LENGTH = 256;
/** Records are validated by valibot, whose objects never have these keys: a tag with one would be lost when it is stored. */
const IMPOSSIBLE_KEYS = new Set(["__proto__", "constructor", "prototype"]);

/** What the cloud itself says of a resource: nobody sets or takes it, and it does not count (F77). */
export const isSystemTag = (key: string): boolean => key.startsWith("aws:");

/** Of what was launched with a template (F12). */
export const TEMPLATE_TAGS = { id: "aws:ec2launchtemplate:id", version: "aws:ec2launchtemplate:version" } as const;

/** The tags that there are when these are given instead of those before: the cloud's own stay. Throws as `checkTags`. */
export function changeTags(before: Tags, given: Tags): Record<string, string> {
  const system = Object.entries(before).filter(([key]) => isSystemTag(key));
  const own = Object.entries(given).filter(([key, value]) => !isSystemTag(key) || before[key] !== value);
  return { ...Object.fromEntries(system), ...checkTags(Object.fromEntries(own)) };
}

export const nameOf = (tags: Tags): string => tags.Name ?? "";

/** Throws `TagLimitExceeded` or `InvalidParameterValue`. `name` is short for the tag `Name`, and goes before it. */
export function checkTags(given: Tags = {}, name?: string): Record<string, string> {
  const tags: Record<string, string> = { ...given, ...(name === undefined || name === "" ? {} : { Name: name }) };
  const entries = Object.entries(tags);
  if (entries.length > MAX_TAGS) {
    const text = `A resource has at most ${MAX_TAGS} tags; ${entries.length} were given.`;
    throw new CloudError("TagLimitExceeded", text, { count: entries.length, limit: MAX_TAGS });
  }
  for (const [key, value] of entries) {
    const fits = key.length >= 1 && key.length <= MAX_KEY_LENGTH;
    const keyIsGood = fits && !isSystemTag(key) && !IMPOSSIBLE_KEYS.has(key);
    if (keyIsGood && typeof value === "string" && value.length <= MAX_VALUE_LENGTH) continue;
    throw new CloudError(
      "InvalidParameterValue",
      `The tag '${key.slice(0, MAX_KEY_LENGTH)}' cannot be set: keys have 1–${MAX_KEY_LENGTH} characters and do not begin with "aws:", values have up to ${MAX_VALUE_LENGTH} characters.`,
      { key: key.slice(0, MAX_KEY_LENGTH) },
    );
  }
  return tags;
}
