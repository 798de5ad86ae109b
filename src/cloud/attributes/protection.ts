import { CloudError } from "../../base/errors.ts";
import type { InstanceAttributes } from "./attribute-record.ts";

export interface Protected {
  readonly id: string;
  readonly attributes: InstanceAttributes;
}

/** The attribute that keeps an instance from being stopped or terminated by a call (F19), if one does. */
export function protectionFrom({ attributes }: Protected, action: string): keyof InstanceAttributes | undefined {
  const stops = action === "stop" || action === "force-stop";
  if (action === "terminate" && attributes.disableApiTermination) return "disableApiTermination";
  return (stops || action === "terminate") && attributes.disableApiStop ? "disableApiStop" : undefined;
}

/** Throws `OperationNotPermitted` (F19). What a guest does to itself is not kept from it. */
export function checkProtection(instance: Protected, action: string): void {
  const attribute = protectionFrom(instance, action);
  if (attribute !== undefined) throw notPermitted(instance.id, action, attribute);
}

/** EC2's text. */
export function notPermitted(instanceId: string, action: string, attribute: keyof InstanceAttributes): CloudError {
  const done = action === "terminate" ? "terminated" : "stopped";
  const text = `The instance '${instanceId}' may not be ${done}. Modify its '${attribute}' instance attribute and try again.`;
  return new CloudError("OperationNotPermitted", text, { instanceId, attribute });
}

/**
 * Those of several instances that may be stopped or terminated together, and why not all of them (F19). EC2 spares, of
 * those that are to be terminated, all in the zones of protected ones; of those that are to be stopped, all.
 */
export function permitted<T extends Protected & { readonly availabilityZone: string }>(
  instances: readonly T[],
  action: string,
): { readonly instances: readonly T[]; readonly refusal: CloudError | undefined } {
  const spared = instances.flatMap((instance) => {
    const attribute = protectionFrom(instance, action);
    return attribute === undefined ? [] : [{ instance, attribute }];
  });
  const [first] = spared;
  if (first === undefined) return { instances, refusal: undefined };
  const zones = new Set(spared.map(({ instance }) => instance.availabilityZone));
  const others = instances.filter(({ availabilityZone }) => action === "terminate" && !zones.has(availabilityZone));
  return { instances: others, refusal: notPermitted(first.instance.id, action, first.attribute) };
}
