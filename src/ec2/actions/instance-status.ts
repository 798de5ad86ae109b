import {
  DescribeInstanceStatus$,
  type DescribeInstanceStatusRequest,
  type DescribeInstanceStatusResult,
  type InstanceStatus,
  type InstanceStatusSummary,
} from "@aws-sdk/client-ec2";
import type { CloudInstance } from "../../cloud/instance.ts";
import { defineAction } from "../action.ts";
import { defined } from "../defined.ts";
import { LISTED, type Listing, listPage } from "../listing.ts";
import { instancesOf } from "./describe-instances.ts";
import { stateOutput } from "./instance-output.ts";

const instance = ({ InstanceStatus: summary }: InstanceStatus) => summary;
const system = ({ SystemStatus: summary }: InstanceStatus) => summary;
const reachability = (summary: InstanceStatusSummary | undefined) => summary?.Details?.[0]?.Status;

/** What EC2 can filter by, and is never so here: nothing is scheduled. */
const EVENT_FILTERS = ["code", "description", "instance-event-id", "not-after", "not-before", "not-before-deadline"];

/** EC2 API, DescribeInstanceStatus, "Filters". */
const STATUSES: Listing<InstanceStatus> = {
  idOf: ({ InstanceId: id = "" }) => id,
  filters: {
    ...Object.fromEntries(EVENT_FILTERS.map((name) => [`event.${name}`, () => undefined])),
    "attached-ebs-status.status": () => undefined,
    "availability-zone": ({ AvailabilityZone: zone }) => zone,
    "instance-state-code": ({ InstanceState: state }) => state?.Code,
    "instance-state-name": ({ InstanceState: state }) => state?.Name,
    "instance-status.reachability": (item) => reachability(instance(item)),
    "instance-status.status": (item) => instance(item)?.Status,
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
      .map(statusOutput);
    const { items, nextToken } = await listPage(context, "DescribeInstanceStatus", all, request, STATUSES);
    return { InstanceStatuses: [...items], NextToken: nextToken };
  },
);

function statusOutput({ id, availabilityZone, state, status, systemStatus }: CloudInstance): InstanceStatus {
  const runs = state === "running";
  return {
    InstanceId: id,
    AvailabilityZone: availabilityZone,
    Events: [],
    InstanceState: stateOutput(state),
    InstanceStatus: runs ? summary(status) : NOT_APPLICABLE,
    SystemStatus: runs ? summary(systemStatus) : NOT_APPLICABLE,
  };
}

const NOT_APPLICABLE: InstanceStatusSummary = { Status: "not-applicable" };
const REACHABILITY = {
  initializing: "initializing",
  ok: "passed",
  impaired: "failed",
  "insufficient-data": "insufficient-data",
} as const;

function summary({ state, impairedSince }: CloudInstance["status"]): InstanceStatusSummary {
  if (state === "not-applicable") return NOT_APPLICABLE;
  const since = defined({ ImpairedSince: impairedSince ?? undefined });
  return { Status: state, Details: [{ Name: "reachability", Status: REACHABILITY[state], ...since }] };
}
