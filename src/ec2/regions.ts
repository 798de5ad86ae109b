import { CloudError } from "../base/errors.ts";
import { invalidZone } from "../cloud/placement.ts";
import { isRegion, REGIONS, type Zone, zonesOf } from "../cloud/regions.ts";

/** Throws `AuthFailure` for a region that there is not: it comes from the signature. */
export function checkRegion(region: string): void {
  if (isRegion(region)) return;
  const text = `Credential should be scoped to a valid region, not '${region}'.`;
  throw new CloudError("AuthFailure", text, { region, regions: REGIONS });
}

/** The zone of a region by its name. Throws `InvalidParameterValue` when the region has none such. */
export const zoneOf = (region: string, name: string): Zone => zoneWith(region, "name", name);

/** As `zoneOf`, by its id, e.g. "use1-az1". */
export const zoneOfId = (region: string, id: string): Zone => zoneWith(region, "id", id);

/**
 * The name of the zone that a request gives by name or by id; undefined when by neither. Throws `InvalidParameterValue`
 * as `zoneOf`, `InvalidParameterCombination` when it is given by both.
 */
export function chosenZone(region: string, name: string | undefined, id: string | undefined): string | undefined {
  if (name !== undefined && id !== undefined) {
    const text = "The parameter AvailabilityZone cannot be used with the parameter AvailabilityZoneId";
    throw new CloudError("InvalidParameterCombination", text, { zone: name, zoneId: id });
  }
  if (name !== undefined) return zoneOf(region, name).name;
  return id === undefined ? undefined : zoneOfId(region, id).name;
}

function zoneWith(region: string, key: "name" | "id", value: string): Zone {
  const zone = zonesOf(region).find((one) => one[key] === value);
  if (zone !== undefined) return zone;
  throw invalidZone(value, { region });
}
