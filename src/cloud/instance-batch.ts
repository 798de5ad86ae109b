import type { InstanceState } from "../lifecycle/states.ts";
import { applyAction } from "../lifecycle/transitions.ts";
import { permitted } from "./attributes/protection.ts";
import type { BatchAction, CloudInstance } from "./instance.ts";

/** EC2's `InstanceStateChange` (F14). */
export interface InstanceStateChange {
  readonly id: string;
  readonly previous: InstanceState;
  readonly current: InstanceState;
}

/**
 * Begins what is asked of several instances; of none when one of them is in a state in which it cannot be (F18), which
 * throws `IncorrectInstanceState`. Where some are protected, it begins with those that their protection does not bear on,
 * and throws `OperationNotPermitted` all the same (F19). Resolves when the new states are stored; the rest happens in the
 * background.
 */
export async function beginAll(
  instances: readonly CloudInstance[],
  action: BatchAction,
): Promise<InstanceStateChange[]> {
  const outcome = ({ id, state, rootDeviceType }: CloudInstance) => applyAction(id, state, action, rootDeviceType);
  const concerned = instances.filter((instance) => outcome(instance) !== undefined);
  const { refusal, instances: free } = permitted(concerned, action);
  const chosen = refusal === undefined ? instances : free;
  const changes = await Promise.all(
    chosen.map(async (instance) => {
      const { id, state: previous } = instance;
      // As it is at this moment: when it is stored, the machine may have gone on.
      const current = outcome(instance) ?? previous;
      await instance.begin(action);
      return { id, previous, current };
    }),
  );
  if (refusal !== undefined) throw refusal;
  return changes;
}
