import type { Clock } from "../../base/clock.ts";
import { CloudError } from "../../base/errors.ts";
import {
  type CheckedAccess,
  checkCall,
  checkIamCall,
  type Directory,
  fullActionName,
  isActionName,
  isOwnAction,
  type ResourceType,
  type TouchedResource,
} from "../../ec2/policy/index.ts";
import type { SimulatedAccess, SimulateRequest } from "./access-info.ts";
import { type Caller, callFacts } from "./caller.ts";
import type { ResourceLookup } from "./resource-lookup.ts";

interface Surroundings {
  readonly directory: Directory;
  readonly lookup: ResourceLookup;
  readonly clock: Clock;
}

/** What a caller's policies say of a call. `ValidationError` for an action that there is not. */
export async function simulate(
  caller: Caller,
  request: SimulateRequest,
  { directory, lookup, clock }: Surroundings,
): Promise<SimulatedAccess[]> {
  const { action: given, resources = [], requestTags = {}, facts = {} } = request;
  const { principal } = caller;
  const action = given.replace(/^ec2:/i, "");
  const isIam = /^(iam|sts):/.test(action);
  const name = isOwnAction(given) ? given : action;
  if (!isIam && !isActionName(name) && !isOwnAction(name)) {
    throw new CloudError("ValidationError", `There is no action "${given}".`, { action: given });
  }
  if (principal.type === "root") {
    return [{ action: fullActionName(name), resource: "*", allowed: true, reason: "root", by: null }];
  }
  const policies = directory.policiesOf(principal);
  const call = { ...callFacts(caller, clock.now()), action: name };
  if (isIam) {
    return (resources.length === 0 ? ["*"] : resources).map((resource) =>
      shown({ action: name, resource, decision: checkIamCall({ ...call, resource }, policies) }),
    );
  }
  const touched = await Promise.all(resources.map((text) => touchedBy(text, caller, lookup)));
  const asked = touched
    .flat()
    .map((resource) => ({ ...resource, requestTags, facts: { ...resource.facts, ...facts } }));
  return checkCall({ ...call, resources: asked }, policies).map(shown);
}

/** An id, or a type for something new. */
async function touchedBy(text: string, caller: Caller, lookup: ResourceLookup): Promise<TouchedResource[]> {
  const found = await lookup.byId(text, caller);
  return found.length > 0 ? found : [{ type: text.replace(/\/\*$/, "") as ResourceType }];
}

function shown({ action, resource, decision }: CheckedAccess): SimulatedAccess {
  const allowed = decision.allowed;
  if (!decision.allowed && decision.reason === "implicitDeny") {
    return { action, resource, allowed, reason: "implicitDeny", by: null };
  }
  const { policy, attachedTo, statement, sid = null } = decision.by;
  return {
    action,
    resource,
    allowed,
    reason: allowed ? "allowed" : "explicitDeny",
    by: { policy, attachedTo, statement, sid },
  };
}
