import {
  type InstanceStateChange,
  RebootInstances$,
  type RebootInstancesRequest,
  StartInstances$,
  type StartInstancesRequest,
  type StartInstancesResult,
  StopInstances$,
  type StopInstancesRequest,
  type StopInstancesResult,
  TerminateInstances$,
  type TerminateInstancesRequest,
  type TerminateInstancesResult,
} from "@aws-sdk/client-ec2";
import { CloudError } from "../../base/errors.ts";
import type { BatchAction } from "../../cloud/instance.ts";
import { type ActionContext, defineAction } from "../action.ts";
import { getAll } from "../listing.ts";
import { stateOutput } from "./instance-output.ts";

const NONE = {
  InstanceIds: () => new CloudError("InvalidParameterCombination", "No instances specified"),
};

/** Of all of them or of none (F18); answers as soon as the new states are stored, and the rest takes its time. */
async function begin(
  action: BatchAction,
  ids: readonly string[],
  { cloud }: ActionContext,
): Promise<InstanceStateChange[]> {
  getAll(ids, (id) => cloud.instances.get(id));
  const changes = await cloud.instances.begin(action, ids);
  return changes.map(({ id, previous, current }) => ({
    InstanceId: id,
    PreviousState: stateOutput(previous),
    CurrentState: stateOutput(current),
  }));
}

export const startInstances = defineAction<StartInstancesRequest, StartInstancesResult>(
  StartInstances$,
  { InstanceIds: true },
  async ({ InstanceIds: ids = [] }, context) => ({ StartingInstances: await begin("start", ids, context) }),
  NONE,
);

/** `Hibernate` is refused as for instances that were not made for it: none is (F23). */
export const stopInstances = defineAction<StopInstancesRequest, StopInstancesResult>(
  StopInstances$,
  { InstanceIds: true, Force: true, Hibernate: true },
  async ({ InstanceIds: ids = [], Force: force = false, Hibernate: hibernate = false }, context) => {
    const [first] = getAll(ids, (id) => context.cloud.instances.get(id));
    if (hibernate) {
      const text = `The instance can't be hibernated because it was not configured at launch for hibernation: ${first?.id}`;
      throw new CloudError("UnsupportedHibernationConfiguration", text, { instanceIds: ids });
    }
    return { StoppingInstances: await begin(force ? "force-stop" : "stop", ids, context) };
  },
  NONE,
);

export const rebootInstances = defineAction<RebootInstancesRequest, Record<never, never>>(
  RebootInstances$,
  { InstanceIds: true },
  async ({ InstanceIds: ids = [] }, context) => {
    await begin("reboot", ids, context);
    return {};
  },
  NONE,
);

export const terminateInstances = defineAction<TerminateInstancesRequest, TerminateInstancesResult>(
  TerminateInstances$,
  { InstanceIds: true },
  async ({ InstanceIds: ids = [] }, context) => ({ TerminatingInstances: await begin("terminate", ids, context) }),
  NONE,
);
