import type { RequestContext } from "../evaluation/request-context.ts";
import { type ArnPattern, arnPattern, matchesArn } from "./arn-pattern.ts";
import { malformed, quote } from "./malformed.ts";
import { compileTemplate, resolveTemplate, type Template } from "./template.ts";

/** A `Resource`: ready to match, unless a variable in it is to be replaced first. */
export interface ResourcePattern {
  readonly template: Template;
  readonly fixed: ArnPattern | undefined;
}

/** `aws`, `aws-cn`, `aws-us-gov`, …, or wildcards for them. */
const PARTITION = /^(?:aws(?:-[a-z0-9*?-]+)?|[a-z-]*[*?][a-z*?-]*)$/;

/** Reads an ARN pattern or `*`. Throws `MalformedPolicyDocument` in IAM's words. */
export function resourcePattern(text: string, variables: boolean, path: string): ResourcePattern {
  if (text !== "*") checkArn(text, variables, path);
  const template = compileTemplate(text, { wildcards: true, variables }, path);
  const [only] = template;
  return { template, fixed: template.length === 1 && Array.isArray(only) ? arnPattern(only) : undefined };
}

/** A variable without a value makes an ARN that is like none (P23). */
export function matchesResource({ template, fixed }: ResourcePattern, arn: string, context: RequestContext): boolean {
  if (fixed !== undefined) return matchesArn(fixed, arn);
  const pattern = resolveTemplate(template, context);
  return pattern !== undefined && matchesArn(arnPattern(pattern), arn);
}

function checkArn(text: string, variables: boolean, path: string): void {
  const [scheme, partition = "", vendor, ...rest] = text.split(":");
  if (scheme !== "arn" || !text.includes(":")) {
    throw malformed(path, 'an ARN begins with "arn:"', `Resource ${text} must be in ARN format or "*".`);
  }
  if (!PARTITION.test(partition)) {
    const [service = "*", region = "*", account = "*", ...resource] = [
      ...(vendor === undefined ? [] : [vendor]),
      ...rest,
    ];
    const completed = ["arn", partition, service, region, account, resource.join(":") || "*"].join(":");
    throw malformed(path, quote(text), `Partition "${partition}" is not valid for resource "${completed}".`);
  }
  if (vendor === undefined || !/^[a-z0-9-]+$/.test(vendor)) {
    throw malformed(path, quote(text), "Resource vendor must be fully qualified and cannot contain regexes.");
  }
  // IAM User Guide: variables are for the resource part. Elsewhere they would silently match nothing.
  const beforeResource = [partition, vendor, ...rest.slice(0, 2)].join(":");
  if (variables && beforeResource.includes("${")) {
    throw malformed(path, `in ${quote(text)} a policy variable stands before the fifth colon, where none can be`);
  }
}
