import { CloudError } from "../../base/errors.ts";
import { newId } from "../../base/ids.ts";
import type { FlowLogRecord } from "../../network/flow-log/flow-record.ts";
import { checkParameters, type Parameters } from "../parameters.ts";
import { type Scope, scopeOf } from "../scope.ts";
import { NetworkCollection, type NetworkContext } from "./collection.ts";
import type { CreateFlowLogsRequest, FlowLogInfo } from "./flow-log-info.ts";
import { flowLogOf } from "./interface-observation.ts";
import type { FlowLog, NetworkInterface } from "./network.ts";
import { invalidValue, KINDS } from "./network-errors.ts";
import { FLOW_LOG_TRAFFIC } from "./vpc-records.ts";

const CREATE: Parameters<CreateFlowLogsRequest> = {
  resourceIds: true,
  trafficType: true,
  logGroupName: true,
  maxAggregationInterval: true,
  deliverLogsPermissionArn: true,
  tags: true,
  clientToken: true,
};
/** EC2 API, CreateFlowLogs. */
const MAX_RESOURCES = 300;
const INTERVALS: readonly number[] = [60, 600];
const DEFAULT_INTERVAL = 600;
/** CloudWatch Logs API, CreateLogGroup. */
const GROUP_NAME = /^[.\-_/#A-Za-z0-9]{1,512}$/;
const ROLE = /^arn:aws:iam::\d{12}:role\/[\w+=,.@/-]{1,512}$/;
/** As many as one interface's log has: of many interfaces the latest. */
const MAX_RECORDS = 2000;

/** What can be recorded: by what their ids begin with. */
const KIND_OF = { vpc: "vpcs", subnet: "subnets", eni: "networkInterfaces" } as const;

/** The flow logs, as the public API shows them: `api/network-types.ts`. */
export class CloudFlowLogs extends NetworkCollection<"flowLogs", FlowLogInfo> {
  constructor(context: NetworkContext) {
    super(context, "flowLogs");
  }

  /** One of each resource: of all of them or, when one cannot be, of none. */
  async create(request: CreateFlowLogsRequest): Promise<FlowLogInfo[]> {
    checkParameters(request, CREATE);
    const { resourceIds, clientToken, ...rest } = request;
    const { trafficType = "ALL", maxAggregationInterval = DEFAULT_INTERVAL, deliverLogsPermissionArn = null } = rest;
    checkRequest({ ...rest, trafficType, maxAggregationInterval, deliverLogsPermissionArn });
    const scope = this.#scopeOf(resourceIds);
    const { clientTokens, random } = this.context;
    const asked = { resourceIds, ...rest };
    const ids = await clientTokens.once("CreateFlowLogs", scope, clientToken, asked, async (remember) => {
      const common = this.newIn(scope, rest.tags);
      const { logGroupName } = rest;
      const made = [...new Set(resourceIds)].map((resourceId) => {
        this.#checkNew(scope, { resourceId, trafficType, logGroupName });
        const record = { ...common, resourceId, trafficType, logGroupName, maxAggregationInterval };
        const id = newId("fl", random);
        return this.network.put("flowLogs", id, { ...record, deliverLogsPermissionArn });
      });
      await this.commit(made, remember(made.map(({ id }) => id)));
      return made.map(({ id }) => id);
    });
    return ids.map((id) => this.get(id));
  }

  /** All of them, or none. What was recorded of an interface stays with that. */
  async delete(ids: readonly string[]): Promise<void> {
    await this.commit([...new Set(ids)].map((id) => this.network.delete("flowLogs", id)));
  }

  /**
   * What was recorded since it was made, oldest first: the latest 2000 records. The network keeps them, of each interface as
   * long as that is there and this page is open.
   */
  async records(id: string): Promise<FlowLogRecord[]> {
    const log = this.network.get("flowLogs", id);
    let found: FlowLogRecord[] = [];
    for (const one of this.network.interfaces().filter((one) => isIn(log, one))) {
      const records = await flowLogOf(this.context.packets, one.id);
      found.push(...records.filter((record) => isOf(log, record)));
      if (found.length > MAX_RECORDS) found = latest(found);
    }
    return latest(found);
  }

  /** Of one region, all of which there are. */
  #scopeOf(resourceIds: readonly string[]): Scope {
    const resources = resourceIds.map((id) => this.network.get(kindOf(id), id));
    const [first] = resources;
    if (first === undefined)
      throw new CloudError("MissingParameter", "The request must contain the parameter ResourceId");
    if (resourceIds.length > MAX_RESOURCES) {
      throw invalidValue(`There are ${resourceIds.length} resources: at most ${MAX_RESOURCES} a request.`);
    }
    const other = resources.find(({ region, ownerId }) => region !== first.region || ownerId !== first.ownerId);
    if (other !== undefined) throw invalidValue(`${other.id} is in another region than ${first.id}.`);
    return scopeOf(first);
  }

  #checkNew(scope: Scope, wanted: Pick<FlowLog, "resourceId" | "trafficType" | "logGroupName">): void {
    const others = this.network.list("flowLogs").filter(({ resourceId }) => resourceId === wanted.resourceId);
    const isSame = (other: FlowLog) =>
      other.trafficType === wanted.trafficType && other.logGroupName === wanted.logGroupName;
    if (others.some(isSame)) {
      const text = "Error. There is an existing Flow Log with the same configuration and log destination.";
      throw new CloudError("FlowLogAlreadyExists", text, wanted);
    }
    this.context.quotas.checkEach("flow-logs-per-resource", scope, others.length + 1);
  }
}

function kindOf(resourceId: string): (typeof KIND_OF)[keyof typeof KIND_OF] {
  const kind = Object.values(KIND_OF).find((one) => resourceId.startsWith(`${KINDS[one].prefix}-`));
  if (kind !== undefined) return kind;
  const text = `Value (${resourceId.slice(0, 128)}) for parameter ResourceId is invalid: it is no VPC, subnet or network interface.`;
  throw invalidValue(text);
}

function checkRequest({
  trafficType,
  logGroupName,
  maxAggregationInterval,
  deliverLogsPermissionArn: role,
}: {
  readonly trafficType: unknown;
  readonly logGroupName: unknown;
  readonly maxAggregationInterval: number;
  readonly deliverLogsPermissionArn: string | null;
}): void {
  if (!FLOW_LOG_TRAFFIC.some((one) => one === trafficType)) {
    throw invalidValue(
      `Value (${String(trafficType).slice(0, 64)}) for parameter TrafficType is invalid: it is ACCEPT, REJECT or ALL.`,
    );
  }
  if (typeof logGroupName !== "string" || !GROUP_NAME.test(logGroupName)) {
    throw invalidValue(
      `Value (${String(logGroupName).slice(0, 64)}) for parameter LogGroupName is invalid: it has 1 to 512 characters of a-z, A-Z, 0-9 and ._-/#.`,
    );
  }
  if (!INTERVALS.includes(maxAggregationInterval)) {
    const text = "Invalid Flow Log Max Aggregation Interval: it is 60 or 600 seconds.";
    throw new CloudError("InvalidParameter", text, { maxAggregationInterval });
  }
  if (role !== null && !ROLE.test(role)) {
    throw invalidValue(
      `Value (${role.slice(0, 128)}) for parameter DeliverLogsPermissionArn is invalid: it is the ARN of a role.`,
    );
  }
}

const isIn = ({ resourceId }: FlowLog, { id, subnetId, vpcId }: NetworkInterface): boolean =>
  [id, subnetId, vpcId].includes(resourceId);

/** Times without packets are of all traffic. */
const isOf = ({ trafficType, createdAt }: FlowLog, record: FlowLogRecord): boolean =>
  record.end >= createdAt && (trafficType === "ALL" || record.logStatus !== "OK" || record.action === trafficType);

const latest = (records: readonly FlowLogRecord[]): FlowLogRecord[] =>
  records.toSorted((a, b) => a.end - b.end).slice(-MAX_RECORDS);
