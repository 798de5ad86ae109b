import { CloudError } from "../base/errors.ts";
import { invalidZone } from "../cloud/placement.ts";
import { isRegion, REGIONS, type Zone, zonesOf } from "../cloud/regions.ts";

/** Throws `AuthFailure` for a region that there is not: it comes from the signature. */
export function checkRegion(region: string): void {
  if (isRegion(region)) return;
  const text = `Credential should be scoped to a valid region, not '${region}'.`;
  throw new CloudError("AuthFailure", text, { region, regions: REGIONS });
}

/** The zone of a region by its name, or its id. Throws `InvalidParameterValue` when the region has none such. */
export function zoneOf(region: string, nameOrId: string): Zone {
  const zone = zonesOf(region).find(({ name, id }) => name === nameOrId || id === nameOrId);
  if (zone !== undefined) return zone;
  throw invalidZone(nameOrId, { region });
}
