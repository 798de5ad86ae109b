import { CloudError } from "../base/errors.ts";
import { findZone, firstZone, zonesOf } from "./regions.ts";
import { type Owned, ownedIn, type Scope, type View } from "./scope.ts";

/** Where an instance or a volume is. */
export interface Place extends Owned {
  /** e.g. "us-east-1a". */
  readonly zone: string;
}

/**
 * Where somebody's new instance or volume shall be: in the zone that was asked for, else in the first one of where they
 * make things. Throws `InvalidParameterValue` for a zone that there is not, or not where they are (F79).
 */
export function placeFor({ sees, makesIn }: View, availabilityZone?: string): Place {
  if (availabilityZone === undefined) return { ...ownedIn(makesIn), zone: firstZone(makesIn.region) };
  const zone = findZone(availabilityZone);
  const owned = { ownerId: makesIn.accountId, region: zone?.region ?? "" };
  if (zone !== undefined && sees(owned)) return { ...owned, zone: zone.name };
  throw invalidZone(availabilityZone, makesIn);
}

/** The zone for what is made of something in another region than where somebody makes things; undefined in the same. */
export const zoneBeside = ({ makesIn }: View, source: Owned): string | undefined =>
  source.region === makesIn.region ? undefined : firstZone(source.region);

export function invalidZone(availabilityZone: string, { region }: Pick<Scope, "region">): CloudError {
  const zones = zonesOf(region).map(({ name }) => name);
  const text = `Invalid availability zone: [${availabilityZone}]. There are ${zones.join(", ")}.`;
  return new CloudError("InvalidParameterValue", text, { availabilityZone, zones });
}

export function invalidRegion(region: string): CloudError {
  const text = `The region '${region.slice(0, 64)}' does not exist, or is not where this is asked for.`;
  return new CloudError("InvalidParameterValue", text, { region: region.slice(0, 64) });
}
