import {
  DescribeInstanceStatus$,
  type DescribeInstanceStatusRequest,
  type DescribeInstanceStatusResult,
  DescribeInstances$,
  type DescribeInstancesRequest,
  type DescribeInstancesResult,
  GetConsoleOutput$,
  type GetConsoleOutputRequest,
  type GetConsoleOutputResult,
  type InstanceStatus,
  type InstanceStatusSummary,
  type Reservation,
} from "@aws-sdk/client-ec2";
import type { CloudInstance } from "../../cloud/instance.ts";
import { type ActionContext, defineAction } from "../action.ts";
import { applyFilters } from "../filters.ts";
import { LISTED, type Listing, listPage, named } from "../listing.ts";
import type { PageRequest } from "../pages.ts";
import { zoneOf } from "../regions.ts";
import { type DescribedInstance, INSTANCE_FILTERS, instanceOutputs, stateOutput } from "./instance-output.ts";

const instancesOf = ({ cloud }: ActionContext, ids: readonly string[] | undefined, request: PageRequest) =>
  named("instancesSet", ids, request, { all: () => cloud.instances.list(), get: (id) => cloud.instances.get(id) });

/** A page is one of reservations: the instances of a launch stay together. */
export const describeInstances = defineAction<DescribeInstancesRequest, DescribeInstancesResult>(
  DescribeInstances$,
  { ...LISTED, InstanceIds: true },
  async (request, context) => {
    const { accountId } = context.caller;
    const all = instanceOutputs(instancesOf(context, request.InstanceIds, request), context);
    const tagsOf = ({ instance: { Tags: tags = [] } }: DescribedInstance) =>
      Object.fromEntries(tags.map(({ Key: key = "", Value: value = "" }) => [key, value]));
    const matching = applyFilters(all, request.Filters, INSTANCE_FILTERS, tagsOf);
    const { MaxResults, NextToken } = request;
    const list = JSON.stringify(["DescribeInstances", accountId, request.Filters ?? []]);
    const reservations = reservationsOf(matching);
    const idOf = ({ ReservationId: id = "" }: Reservation) => id;
    const { items, nextToken } = await context.pages.page(reservations, idOf, { MaxResults, NextToken }, list);
    return { Reservations: [...items], NextToken: nextToken };
  },
);

export function reservationsOf(instances: readonly DescribedInstance[]): Reservation[] {
  const reservations = new Map<string, Reservation & { Instances: DescribedInstance["instance"][] }>();
  for (const { reservationId, ownerId, instance } of instances) {
    const known = reservations.get(reservationId);
    if (known !== undefined) known.Instances.push(instance);
    else
      reservations.set(reservationId, {
        ReservationId: reservationId,
        OwnerId: ownerId,
        Groups: [],
        Instances: [instance],
      });
  }
  return [...reservations.values()];
}

const status = ({ InstanceStatus: summary }: InstanceStatus) => summary;
const system = ({ SystemStatus: summary }: InstanceStatus) => summary;
const reachability = (summary: InstanceStatusSummary | undefined) => summary?.Details?.[0]?.Status;

const STATUSES: Listing<InstanceStatus> = {
  idOf: ({ InstanceId: id = "" }) => id,
  filters: {
    "availability-zone": ({ AvailabilityZone: zone }) => zone,
    "instance-state-code": ({ InstanceState: state }) => state?.Code,
    "instance-state-name": ({ InstanceState: state }) => state?.Name,
    "instance-status.reachability": (item) => reachability(status(item)),
    "instance-status.status": (item) => status(item)?.Status,
    "system-status.reachability": (item) => reachability(system(item)),
    "system-status.status": (item) => system(item)?.Status,
  },
};

/** Of those that run, unless it is asked for all (F20). */
export const describeInstanceStatus = defineAction<DescribeInstanceStatusRequest, DescribeInstanceStatusResult>(
  DescribeInstanceStatus$,
  { ...LISTED, InstanceIds: true, IncludeAllInstances: true },
  async (request, context) => {
    const all = instancesOf(context, request.InstanceIds, request)
      .filter(({ state }) => request.IncludeAllInstances === true || state === "running")
      .map((instance) => statusOutput(instance, context));
    const { items, nextToken } = await listPage(context, "DescribeInstanceStatus", all, request, STATUSES);
    return { InstanceStatuses: [...items], NextToken: nextToken };
  },
);

/** The system is what the machine runs in: that it runs is known when it does. The guest tells of itself. */
function statusOutput(instance: CloudInstance, { caller }: ActionContext): InstanceStatus {
  return {
    InstanceId: instance.id,
    AvailabilityZone: zoneOf(caller.region).name,
    InstanceState: stateOutput(instance.state),
    InstanceStatus: summary(instance.state === "running" ? instance.status.state : "not-applicable"),
    SystemStatus: summary(instance.state === "running" ? "ok" : "not-applicable"),
  };
}

const REACHABILITY = { initializing: "initializing", ok: "passed", impaired: "failed" } as const;

function summary(state: CloudInstance["status"]["state"]): InstanceStatusSummary {
  if (state === "not-applicable") return { Status: "not-applicable" };
  return { Status: state, Details: [{ Name: "reachability", Status: REACHABILITY[state] }] };
}

/** The last 64 KiB, in base64 (F07). */
export const getConsoleOutput = defineAction<GetConsoleOutputRequest, GetConsoleOutputResult>(
  GetConsoleOutput$,
  { InstanceId: true, Latest: true },
  ({ InstanceId: id = "" }, { cloud, clock }) => {
    const bytes = new TextEncoder().encode(cloud.instances.get(id).console.history());
    const output = btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
    return { InstanceId: id, Timestamp: new Date(clock.now()), Output: output };
  },
);
