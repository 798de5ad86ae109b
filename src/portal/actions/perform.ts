import type { Instance } from "../../api/types.ts";
import { type CloudError, toCloudError } from "../../base/errors.ts";
import type { ApiCall } from "../command/script.ts";
import type { InstanceAction } from "./rules.ts";

export interface ActionFailure {
  readonly action: InstanceAction;
  readonly instance: Instance;
  readonly error: CloudError;
}

/** Does `action` on every instance at once: one that fails does not keep the others from going on. */
export async function performOnAll(
  action: InstanceAction,
  instances: readonly Instance[],
  onFailure: (failure: ActionFailure) => void,
): Promise<void> {
  const each = async (instance: Instance) => {
    try {
      await perform(action, instance);
    } catch (thrown) {
      onFailure({ action, instance, error: toCloudError(thrown) });
    }
  };
  await Promise.all(instances.map(each));
}

function perform(action: InstanceAction, instance: Instance): Promise<void> {
  switch (action) {
    case "start":
      return instance.start();
    case "stop":
      // Asked a second time while the guest takes its time, a stop means: now.
      return instance.stop({ force: instance.state === "stopping" });
    case "reboot":
      return instance.reboot();
    case "terminate":
      return instance.terminate();
  }
}

/** The same as a call that can be shown. */
export function callOf(action: InstanceAction, { id, state }: Instance): ApiCall {
  const args = action === "stop" && state === "stopping" ? [{ force: true }] : [];
  return { member: `instance.${action}`, id, args };
}
