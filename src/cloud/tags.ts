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
  for (const [key, value] of entries) checkTag(key, value);
  return tags;
}

/** In EC2's words. */
function checkTag(key: string, value: unknown): void {
  if (key.length < 1 || key.length > MAX_KEY_LENGTH) {
    throw invalid("key", key, `Tag key exceeds the maximum length of ${MAX_KEY_LENGTH} characters, or is empty`);
  }
  // "aws:, AWS:, or any upper or lowercase combination of such" (AWS, "Tagging best practices").
  if (/^aws:/i.test(key)) {
    throw invalid("key", key, "Tag keys starting with 'aws:' are reserved for internal use");
  }
  if (IMPOSSIBLE_KEYS.has(key)) throw invalid("key", key, "There can be no tag of that name");
  if (typeof value !== "string") throw invalid("value", String(value), "The value of a tag is a text");
  if (value.length > MAX_VALUE_LENGTH) {
    throw invalid("value", value, `Tag value exceeds the maximum length of ${MAX_VALUE_LENGTH} characters`);
  }
}

function invalid(part: "key" | "value", given: string, why: string): CloudError {
  const shown = given.slice(0, MAX_VALUE_LENGTH);
  return new CloudError("InvalidParameterValue", `Value ( ${shown} ) for parameter ${part} is invalid. ${why}`, {
    [part]: shown,
  });
}
