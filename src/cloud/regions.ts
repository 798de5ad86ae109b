/** EC2's regions that every account has, each with what its zones' ids begin with (AWS, "Regions and Zones"). */
const ZONE_ID_PREFIXES: Readonly<Record<string, string>> = {
  "ap-northeast-1": "apne1",
  "ap-northeast-2": "apne2",
  "ap-northeast-3": "apne3",
  "ap-south-1": "aps1",
  "ap-southeast-1": "apse1",
  "ap-southeast-2": "apse2",
  "ca-central-1": "cac1",
  "eu-central-1": "euc1",
  "eu-north-1": "eun1",
  "eu-west-1": "euw1",
  "eu-west-2": "euw2",
  "eu-west-3": "euw3",
  "sa-east-1": "sae1",
  "us-east-1": "use1",
  "us-east-2": "use2",
  "us-west-1": "usw1",
  "us-west-2": "usw2",
};

/** So many that what is of one zone can be told from what is of all of them (F79); us-west-1 has two in EC2 as well. */
const ZONE_LETTERS = ["a", "b"] as const;

export const REGIONS: readonly string[] = Object.keys(ZONE_ID_PREFIXES);

/** An availability zone: where instances, volumes and subnets are. */
export interface Zone {
  /** e.g. "us-east-1a". */
  readonly name: string;
  /** e.g. "use1-az1". EC2 has each account's letters stand for other zones; here they are the same for all. */
  readonly id: string;
  readonly region: string;
}

export const isRegion = (name: string): boolean => Object.hasOwn(ZONE_ID_PREFIXES, name);

/** A region's zones, the default one first; none of a region that there is not. */
export function zonesOf(region: string): readonly Zone[] {
  if (!isRegion(region)) return [];
  return ZONE_LETTERS.map((letter, index) => ({
    name: `${region}${letter}`,
    id: `${ZONE_ID_PREFIXES[region]}-az${index + 1}`,
    region,
  }));
}

/** Where things are made that were asked for without a zone. */
export const firstZone = (region: string): string => `${region}${ZONE_LETTERS[0]}`;

/** The zone of that name, of whichever region; undefined when there is none. */
export const findZone = (name: string): Zone | undefined =>
  zonesOf(name.slice(0, -1)).find((zone) => zone.name === name);
