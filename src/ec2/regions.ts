import { CloudError } from "../base/errors.ts";

/** EC2's regions that every account has, with the id that AWS gives their first zone (AWS, "Regions and Zones"). */
const ZONE_IDS: Readonly<Record<string, string>> = {
  "ap-northeast-1": "apne1-az1",
  "ap-northeast-2": "apne2-az1",
  "ap-northeast-3": "apne3-az1",
  "ap-south-1": "aps1-az1",
  "ap-southeast-1": "apse1-az1",
  "ap-southeast-2": "apse2-az1",
  "ca-central-1": "cac1-az1",
  "eu-central-1": "euc1-az1",
  "eu-north-1": "eun1-az1",
  "eu-west-1": "euw1-az1",
  "eu-west-2": "euw2-az1",
  "eu-west-3": "euw3-az1",
  "sa-east-1": "sae1-az1",
  "us-east-1": "use1-az1",
  "us-east-2": "use2-az1",
  "us-west-1": "usw1-az1",
  "us-west-2": "usw2-az1",
};

export const REGIONS: readonly string[] = Object.keys(ZONE_IDS);

/** A page's cloud has one zone. It is in whichever region a client says, and shows the same resources in each. */
export interface Zone {
  readonly name: string;
  readonly id: string;
  readonly region: string;
}

export const zoneOf = (region: string): Zone => ({ name: `${region}a`, id: ZONE_IDS[region] ?? "", region });

/** Throws `AuthFailure` for a region that there is not: it comes from the signature. */
export function checkRegion(region: string): void {
  if (Object.hasOwn(ZONE_IDS, region)) return;
  const text = `Credential should be scoped to a valid region, not '${region}'.`;
  throw new CloudError("AuthFailure", text, { region, regions: REGIONS });
}

/** Throws `InvalidParameterValue` for another zone than the region's. */
export function checkZone(zone: string, region: string): void {
  const { name } = zoneOf(region);
  if (zone === name) return;
  throw new CloudError("InvalidParameterValue", `Invalid availability zone: [${zone}]. There is ${name}.`, { zone });
}
