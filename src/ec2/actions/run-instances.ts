import { type Reservation, RunInstances$, type RunInstancesRequest } from "@aws-sdk/client-ec2";
import { CloudError } from "../../base/errors.ts";
import type { LaunchRequest } from "../../cloud/launch-request.ts";
import { type Accepted, integer } from "../accepted.ts";
import { type ActionContext, defineAction } from "../action.ts";
import { defined } from "../defined.ts";
import { reservationsOf } from "./describe-instances.ts";
import { launchOutputs } from "./instance-output.ts";
import { LAUNCH_INPUT, launchInput } from "./launch-input.ts";
import { templateChoice } from "./launch-templates.ts";

/** EC2's own bound is the account's limit; this one only keeps numbers sensible. */
const MAX_COUNT = 10_000;

/** What is not here yet is taken as long as it is asked not to be: many tools send it all. */
const ACCEPTED: Accepted<Omit<RunInstancesRequest, "DryRun">> = {
  ...LAUNCH_INPUT,
  MinCount: integer(1, MAX_COUNT),
  MaxCount: integer(1, MAX_COUNT),
  ClientToken: true,
  LaunchTemplate: { LaunchTemplateId: true, LaunchTemplateName: true, Version: true },
};

/** In the cloud's terms. */
function launchOf(request: RunInstancesRequest, context: ActionContext): LaunchRequest {
  const { ImageId: image, MinCount: minCount = 1, MaxCount: count = 1, LaunchTemplate: template } = request;
  if (image === undefined && template === undefined) {
    throw new CloudError("MissingParameter", "The request must contain the parameter ImageId", {
      parameter: "ImageId",
    });
  }
  const launchTemplate = template && templateChoice(template);
  return {
    ...launchInput(request, context),
    count,
    minCount,
    ...defined({ launchTemplate, clientToken: request.ClientToken }),
  };
}

/** EC2 checks all of a launch when it is only asked whether it would be done. */
export const runInstances = defineAction<RunInstancesRequest, Reservation>(
  RunInstances$,
  ACCEPTED,
  async (request, context) => {
    const instances = await context.cloud.instances.launch(launchOf(request, context));
    const [reservation] = reservationsOf(launchOutputs(instances, context));
    if (reservation === undefined) throw new TypeError("a launch gives one instance at least");
    return reservation;
  },
  {},
  async (request, context) => await context.cloud.instances.rehearse(launchOf(request, context)),
);
