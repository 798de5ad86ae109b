import {
  CreateFlowLogs$,
  type CreateFlowLogsRequest,
  type CreateFlowLogsResult,
  DeleteFlowLogs$,
  type DeleteFlowLogsRequest,
  type DeleteFlowLogsResult,
  DescribeFlowLogs$,
  type DescribeFlowLogsRequest,
  type DescribeFlowLogsResult,
  type FlowLog as WireFlowLog,
} from "@aws-sdk/client-ec2";
import { CloudError } from "../../base/errors.ts";
import { FLOW_LOG_FORMAT } from "../../cloud/network/flow-log-format.ts";
import type { FlowLogInfo } from "../../cloud/network/flow-log-info.ts";
import { type Check, listOf, oneOf } from "../accepted.ts";
import { defineAction } from "../action.ts";
import { defined } from "../defined.ts";
import { LISTED, type Listing, listPage, named } from "../listing.ts";
import { newTags, tagList, tagSpecifications } from "../tags.ts";
import { shorten } from "../wire/parameters.ts";

/** EC2 API, CreateFlowLogs. */
const MAX_RESOURCES = 300;
const DESTINATION = "cloud-watch-logs";
/** As EC2 shows its default format. */
const FORMAT = FLOW_LOG_FORMAT.split(" ")
  .map((field) => `\${${field}}`)
  .join(" ");
const PREFIXES = { VPC: "vpc-", Subnet: "subnet-", NetworkInterface: "eni-" } as const;

const flowLogOutput = (log: FlowLogInfo): WireFlowLog => ({
  CreationTime: new Date(log.createdAt),
  DeliverLogsStatus: "SUCCESS",
  FlowLogId: log.id,
  FlowLogStatus: "ACTIVE",
  LogDestinationType: DESTINATION,
  LogFormat: FORMAT,
  LogGroupName: log.logGroupName,
  MaxAggregationInterval: log.maxAggregationInterval,
  ResourceId: log.resourceId,
  TrafficType: log.trafficType,
  ...defined({ DeliverLogsPermissionArn: log.deliverLogsPermissionArn ?? undefined }),
  Tags: tagList(log.tags),
});

/** EC2 API, DescribeFlowLogs, "Filter". */
const FLOW_LOGS: Listing<FlowLogInfo> = {
  idOf: ({ id }) => id,
  tagsOf: ({ tags }) => tags,
  filters: {
    "deliver-log-status": () => "SUCCESS",
    "flow-log-id": ({ id }) => id,
    "log-destination-type": () => DESTINATION,
    "log-group-name": ({ logGroupName }) => logGroupName,
    "resource-id": ({ resourceId }) => resourceId,
    "traffic-type": ({ trafficType }) => trafficType,
  },
};

/** The list of filters has another name here. */
export const describeFlowLogs = defineAction<DescribeFlowLogsRequest, DescribeFlowLogsResult>(
  DescribeFlowLogs$,
  { Filter: LISTED.Filters, FlowLogIds: true, MaxResults: LISTED.MaxResults, NextToken: true },
  async ({ Filter: Filters, ...request }, context) => {
    const { flowLogs } = context.cloud;
    const chosen = named("flowLogIdSet", request.FlowLogIds, request, {
      all: () => flowLogs.list(),
      get: (id) => flowLogs.get(id),
    });
    const { items, nextToken } = await listPage(
      context,
      "DescribeFlowLogs",
      chosen,
      { ...request, Filters },
      FLOW_LOGS,
    );
    return { FlowLogs: items.map(flowLogOutput), NextToken: nextToken };
  },
);

/** There are neither buckets nor streams here: what went there would be nowhere. */
const onlyKept: Check<string> = (type, path) => {
  oneOf(DESTINATION, "s3", "kinesis-data-firehose")(type, path);
  if (type === DESTINATION) return;
  const text = `The destination ${type} is not supported: flow logs are kept in the browser, as ${DESTINATION}.`;
  throw new CloudError("UnsupportedOperation", text, { parameter: path });
};

const onlyDefault: Check<string> = (format, path) => {
  if (format === FORMAT) return;
  throw new CloudError("UnsupportedOperation", `The parameter ${path} can only be the default format: ${FORMAT}`, {
    parameter: path,
  });
};

export const createFlowLogs = defineAction<CreateFlowLogsRequest, CreateFlowLogsResult>(
  CreateFlowLogs$,
  {
    ClientToken: true,
    DeliverLogsPermissionArn: true,
    LogDestination: true,
    LogDestinationType: onlyKept,
    LogFormat: onlyDefault,
    LogGroupName: true,
    MaxAggregationInterval: true,
    ResourceIds: listOf(MAX_RESOURCES),
    ResourceType: oneOf("VPC", "Subnet", "NetworkInterface"),
    TagSpecifications: tagSpecifications("vpc-flow-log"),
    TrafficType: oneOf("ACCEPT", "REJECT", "ALL"),
  },
  async (request, { cloud, caller }) => {
    const { ClientToken: clientToken, DeliverLogsPermissionArn: role, ResourceIds: resourceIds = [] } = request;
    const { ResourceType: type, TrafficType: trafficType } = request;
    if (trafficType === undefined) {
      throw new CloudError("MissingParameter", "The request must contain the parameter TrafficType");
    }
    const logGroupName = groupOf(request, caller);
    if (role === undefined) {
      const text = `DeliverLogsPermissionArn can't be empty if LogDestinationType is ${DESTINATION}.`;
      throw new CloudError("InvalidParameter", text);
    }
    const prefix = PREFIXES[type as keyof typeof PREFIXES];
    const other = resourceIds.find((id) => !id.startsWith(prefix));
    if (other !== undefined) {
      const text = `Value (${shorten(other)}) for parameter ResourceId is invalid: it is no ${type}.`;
      throw new CloudError("InvalidParameterValue", text, { resourceId: shorten(other) });
    }
    const made = await cloud.flowLogs.create({
      resourceIds,
      trafficType,
      logGroupName,
      deliverLogsPermissionArn: role,
      tags: newTags(request.TagSpecifications, "vpc-flow-log"),
      ...defined({ clientToken, maxAggregationInterval: request.MaxAggregationInterval }),
    });
    return { FlowLogIds: made.map(({ id }) => id), Unsuccessful: [], ...defined({ ClientToken: clientToken }) };
  },
);

/** By its name or, as Terraform says it, by its ARN. */
function groupOf(
  { LogGroupName: name, LogDestination: arn }: CreateFlowLogsRequest,
  { accountId, region }: { readonly accountId: string; readonly region: string },
): string {
  if (name !== undefined && arn !== undefined) {
    const text = "Please only provide LogGroupName or only provide LogDestination.";
    throw new CloudError("InvalidParameter", text);
  }
  if (name !== undefined) return name;
  if (arn === undefined) {
    throw new CloudError("InvalidParameter", "LogDestination can't be empty if LogGroupName is not provided.");
  }
  const prefix = `arn:aws:logs:${region}:${accountId}:log-group:`;
  if (arn.startsWith(prefix)) return arn.slice(prefix.length).replace(/:\*$/, "");
  const text = `Value (${shorten(arn)}) for parameter LogDestination is invalid. Expecting ${prefix}NAME.`;
  throw new CloudError("InvalidParameterValue", text, { logDestination: shorten(arn) });
}

export const deleteFlowLogs = defineAction<DeleteFlowLogsRequest, DeleteFlowLogsResult>(
  DeleteFlowLogs$,
  { FlowLogIds: true },
  async ({ FlowLogIds: ids = [] }, { cloud }) => {
    await cloud.flowLogs.delete(ids);
    return { Unsuccessful: [] };
  },
);
