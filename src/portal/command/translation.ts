import type { Ec2Request } from "./cli.ts";

type Parameters = Ec2Request["parameters"];
type Translate = (...args: never[]) => Parameters | readonly Parameters[] | null;

/**
 * The action of EC2's that a call is, and what makes its parameters of the call's: several times where EC2 does it one by one,
 * null where it has no such thing.
 */
export type Translation = readonly [action: string, parameters: Translate];

/** Where EC2 wants one and our API has a default. */
export const ZONE = "us-east-1a";
export const REGION = "us-east-1";

export const nameTag = (name = ""): Record<string, string> => (name === "" ? {} : { Name: name });

/** `TagSpecifications`, by EC2's type of resource; undefined without a tag. */
export function tagsAtCreation(byType: Readonly<Record<string, Readonly<Record<string, string>>>>) {
  const specifications = Object.entries(byType).flatMap(([type, tags]) =>
    Object.keys(tags).length === 0 ? [] : [{ ResourceType: type, Tags: pairs(tags) }],
  );
  return specifications.length > 0 ? specifications : undefined;
}

const pairs = (tags: Readonly<Record<string, string>>) => Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));

/** EC2 makes things in the region that is called. */
export function inRegion<Request extends { readonly region?: string }>(
  translate: (request: Request) => Readonly<Record<string, unknown>>,
) {
  return (request: Request) => (request.region === undefined || request.region === REGION ? translate(request) : null);
}
