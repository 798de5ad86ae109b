import { CloudError } from "../base/errors.ts";
import { isRegion, REGIONS } from "./regions.ts";
import { type Owned, ownedIn, type View, viewOf } from "./scope.ts";

/** Where a copy's source is looked for, and where the copy goes. Unknown regions: `InvalidParameterValue`. */
export function copyRoute(
  view: View,
  { region, sourceRegion }: { readonly region?: string; readonly sourceRegion?: string },
): { readonly from: View; readonly owned: Owned } {
  for (const name of [region, sourceRegion]) {
    if (name === undefined || isRegion(name)) continue;
    const text = `Value (${name}) for parameter region is invalid: there is no such region.`;
    throw new CloudError("InvalidParameterValue", text, { region: name, regions: REGIONS });
  }
  const { makesIn } = view;
  const from = sourceRegion === undefined ? view : viewOf({ ...makesIn, region: sourceRegion });
  return { from, owned: ownedIn({ ...makesIn, region: region ?? makesIn.region }) };
}
