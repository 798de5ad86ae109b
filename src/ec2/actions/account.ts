import {
  type AvailabilityZone,
  DescribeAccountAttributes$,
  type DescribeAccountAttributesRequest,
  type DescribeAccountAttributesResult,
  DescribeAvailabilityZones$,
  type DescribeAvailabilityZonesRequest,
  type DescribeAvailabilityZonesResult,
  DescribeRegions$,
  type DescribeRegionsRequest,
  type DescribeRegionsResult,
  type Region,
} from "@aws-sdk/client-ec2";
import { CloudError } from "../../base/errors.ts";
import { eachOneOf } from "../accepted.ts";
import { type ActionContext, defineAction } from "../action.ts";
import { applyFilters, type FilterTable } from "../filters.ts";
import { LISTED } from "../listing.ts";
import { REGIONS, zoneOf } from "../regions.ts";

const endpointOf = (region: string) => `ec2.${region}.amazonaws.com`;

const REGION_FILTERS: FilterTable<Region> = {
  endpoint: ({ Endpoint: endpoint }) => endpoint,
  "opt-in-status": ({ OptInStatus: status }) => status,
  "region-name": ({ RegionName: name }) => name,
};

/** The regions that every account has; all of them are open, so there is nothing more for `AllRegions` to show. */
export const describeRegions = defineAction<DescribeRegionsRequest, DescribeRegionsResult>(
  DescribeRegions$,
  { RegionNames: true, AllRegions: true, Filters: LISTED.Filters },
  ({ RegionNames: names = [], Filters: filters }) => {
    const unknown = names.find((name) => !REGIONS.includes(name));
    if (unknown !== undefined) throw invalid(`Invalid region: [${unknown}]`, { region: unknown });
    const chosen = REGIONS.filter((region) => names.length === 0 || names.includes(region));
    const regions = chosen.map((region) => ({
      RegionName: region,
      Endpoint: endpointOf(region),
      OptInStatus: "opt-in-not-required",
    }));
    return { Regions: applyFilters(regions, filters, REGION_FILTERS) };
  },
);

const ZONE_FILTERS: FilterTable<AvailabilityZone> = {
  "group-long-name": ({ GroupLongName: name }) => name,
  "group-name": ({ GroupName: name }) => name,
  message: () => undefined,
  "opt-in-status": ({ OptInStatus: status }) => status,
  "parent-zone-id": () => undefined,
  "parent-zone-name": () => undefined,
  "region-name": ({ RegionName: name }) => name,
  state: ({ State: state }) => state,
  "zone-id": ({ ZoneId: id }) => id,
  "zone-name": ({ ZoneName: name }) => name,
  "zone-type": ({ ZoneType: type }) => type,
};

export const describeAvailabilityZones = defineAction<
  DescribeAvailabilityZonesRequest,
  DescribeAvailabilityZonesResult
>(
  DescribeAvailabilityZones$,
  { ZoneNames: true, ZoneIds: true, AllAvailabilityZones: true, Filters: LISTED.Filters },
  ({ ZoneNames: names = [], ZoneIds: ids = [], Filters: filters }, { caller }) => {
    const zone = zoneOf(caller.region);
    const unknown = names.find((name) => name !== zone.name) ?? ids.find((id) => id !== zone.id);
    if (unknown !== undefined) throw invalid(`Invalid availability zone: [${unknown}]`, { zone: unknown });
    const described: AvailabilityZone = {
      GroupName: `${zone.region}-zg-1`,
      Messages: [],
      NetworkBorderGroup: zone.region,
      OptInStatus: "opt-in-not-required",
      RegionName: zone.region,
      State: "available",
      ZoneId: zone.id,
      ZoneName: zone.name,
      ZoneType: "availability-zone",
    };
    return { AvailabilityZones: applyFilters([described], filters, ZONE_FILTERS) };
  },
);

/** What of an account there is to say here. */
const ATTRIBUTES: Readonly<Record<string, (context: ActionContext) => string>> = {
  "default-vpc": () => "none",
  "max-instances": ({ cloud }) => String(cloud.instances.limits.maxInstances),
  "supported-platforms": () => "VPC",
};

export const describeAccountAttributes = defineAction<
  DescribeAccountAttributesRequest,
  DescribeAccountAttributesResult
>(
  DescribeAccountAttributes$,
  { AttributeNames: eachOneOf(...Object.keys(ATTRIBUTES)) },
  ({ AttributeNames: names = [] }, context) => ({
    AccountAttributes: Object.entries(ATTRIBUTES)
      .filter(([name]) => names.length === 0 || names.some((one) => one === name))
      .map(([name, read]) => ({
        AttributeName: name,
        AttributeValues: [{ AttributeValue: read(context) }],
      })),
  }),
);

const invalid = (message: string, details: Record<string, unknown>) =>
  new CloudError("InvalidParameterValue", message, details);
