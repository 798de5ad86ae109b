import type { InstanceState } from "../lifecycle/states.ts";
import { applyAction } from "../lifecycle/transitions.ts";
import type { BatchAction, CloudInstance } from "./instance.ts";

/** EC2's `InstanceStateChange` (F14). */
export interface InstanceStateChange {
  readonly id: string;
  readonly previous: InstanceState;
  readonly current: InstanceState;
}

/**
 * Begins what is asked of several instances; of none when one of them is in a state in which it cannot be (F18), which
 * throws `IncorrectInstanceState`. Resolves when the new states are stored; the rest happens in the background.
 */
export async function beginAll(
  instances: readonly CloudInstance[],
  action: BatchAction,
): Promise<InstanceStateChange[]> {
  const outcome = ({ id, state, rootDeviceType }: CloudInstance) => applyAction(id, state, action, rootDeviceType);
  for (const instance of instances) outcome(instance);
  return await Promise.all(
    instances.map(async (instance) => {
      const { id, state: previous } = instance;
      // As it is at this moment: when it is stored, the machine may have gone on.
      const current = outcome(instance) ?? previous;
      await instance.begin(action);
      return { id, previous, current };
    }),
  );
}
