import type { TouchedResource } from "../../ec2/policy/index.ts";
import { findZone, isRegion } from "../regions.ts";
import type { MemberCall } from "./member-action.ts";

type Said = Readonly<Record<string, unknown>>;

/** Where a call of this cloud's own API says that it is, by a region or a zone: it knows all of them. */
export function saidRegion({ args }: MemberCall): string | undefined {
  const zones = requestsIn(args).map(({ availabilityZone: zone }) =>
    typeof zone === "string" ? findZone(zone)?.region : undefined,
  );
  return [...args, ...requestsIn(args).map(({ region }) => region), ...zones].find(isRegionName);
}

/** Where what a call names by id is: an instance or whatever else is first among what it says. */
export async function namedRegion({ args, id, lookup, scope }: MemberCall): Promise<string | undefined> {
  const named = [id, ...args, ...requestsIn(args).flatMap((request) => Object.values(request))].flat();
  for (const one of named) {
    if (typeof one !== "string") continue;
    const [found] = await lookup.byId(one, scope);
    if (found?.region !== undefined) return found.region;
  }
  return undefined;
}

/** The same of what a call touches, where no id says so: of the two ends of an association. */
export const touchedRegion = (touched: readonly TouchedResource[] | string): string | undefined =>
  typeof touched === "string" ? undefined : touched.find(({ id }) => id !== undefined)?.region;

const requestsIn = (args: readonly unknown[]): Said[] =>
  args.filter((one): one is Said => typeof one === "object" && one !== null && !Array.isArray(one));

const isRegionName = (value: unknown): value is string => typeof value === "string" && isRegion(value);
