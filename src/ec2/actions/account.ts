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
import { REGIONS, type Zone, zonesOf } from "../../cloud/regions.ts";
import { eachOneOf } from "../accepted.ts";
import { type ActionContext, defineAction } from "../action.ts";
import { applyFilters, type FilterTable } from "../filters.ts";
import { LISTED } from "../listing.ts";
import { zoneOf, zoneOfId } from "../regions.ts";

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
    const { region } = caller;
    const wanted = [...names.map((name) => zoneOf(region, name)), ...ids.map((id) => zoneOfId(region, id))];
    const chosen = zonesOf(region).filter(
      ({ name }) => wanted.length === 0 || wanted.some((zone) => zone.name === name),
    );
    return { AvailabilityZones: applyFilters(chosen.map(zoneOutput), filters, ZONE_FILTERS) };
  },
);

const zoneOutput = ({ name, id, region }: Zone): AvailabilityZone => ({
  GroupName: `${region}-zg-1`,
  Messages: [],
  NetworkBorderGroup: region,
  OptInStatus: "opt-in-not-required",
  RegionName: region,
  State: "available",
  ZoneId: id,
  ZoneName: name,
  ZoneType: "availability-zone",
});

/** What of an account there is to say here. */
const ATTRIBUTES: Readonly<Record<string, (context: ActionContext) => string>> = {
  "default-vpc": ({ cloud }) => cloud.network.vpcs().find(({ isDefault }) => isDefault)?.id ?? "none",
  "max-elastic-ips": ({ cloud }) => String(cloud.quotas.limitOf("elastic-ips")),
  "max-instances": ({ cloud }) => String(cloud.quotas.limitOf("running-instances")),
  "supported-platforms": () => "VPC",
  "vpc-max-elastic-ips": ({ cloud }) => String(cloud.quotas.limitOf("elastic-ips")),
  "vpc-max-security-groups-per-interface": ({ cloud }) => String(cloud.quotas.limitOf("security-groups-per-interface")),
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
