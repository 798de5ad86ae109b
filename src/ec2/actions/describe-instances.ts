import {
  DescribeInstances$,
  type DescribeInstancesRequest,
  type DescribeInstancesResult,
  GetConsoleOutput$,
  type GetConsoleOutputRequest,
  type GetConsoleOutputResult,
  type Reservation,
} from "@aws-sdk/client-ec2";
import { toBase64 } from "../../base/bytes.ts";
import { type ActionContext, defineAction } from "../action.ts";
import { applyFilters } from "../filters.ts";
import { LISTED, named } from "../listing.ts";
import type { PageRequest } from "../pages.ts";
import { INSTANCE_FILTERS } from "./instance-filters.ts";
import { type DescribedInstance, instanceOutputs } from "./instance-output.ts";

/** Those with these ids, or all of the caller's. */
export const instancesOf = ({ cloud }: ActionContext, ids: readonly string[] | undefined, request: PageRequest) =>
  named("instancesSet", ids, request, { all: () => cloud.instances.list(), get: (id) => cloud.instances.get(id) });

/** A page is one of reservations: the instances of a launch stay together. */
export const describeInstances = defineAction<DescribeInstancesRequest, DescribeInstancesResult>(
  DescribeInstances$,
  { ...LISTED, InstanceIds: true },
  async (request, context) => {
    const { accountId, region } = context.caller;
    const all = await instanceOutputs(instancesOf(context, request.InstanceIds, request), context);
    const tagsOf = ({ instance: { Tags: tags = [] } }: DescribedInstance) =>
      Object.fromEntries(tags.map(({ Key: key = "", Value: value = "" }) => [key, value]));
    const matching = applyFilters(all, request.Filters, INSTANCE_FILTERS, tagsOf);
    const { MaxResults, NextToken } = request;
    const list = JSON.stringify(["DescribeInstances", accountId, region, request.Filters ?? []]);
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

/** The last 64 KiB, in base64 (F07). */
export const getConsoleOutput = defineAction<GetConsoleOutputRequest, GetConsoleOutputResult>(
  GetConsoleOutput$,
  { InstanceId: true, Latest: true },
  ({ InstanceId: id = "" }, { cloud, clock }) => {
    const bytes = new TextEncoder().encode(cloud.instances.get(id).console.history());
    const output = toBase64(bytes);
    return { InstanceId: id, Timestamp: new Date(clock.now()), Output: output };
  },
);
