import { CloudError } from "../../src/base/errors.ts";
import { systemLocks } from "../../src/base/locks.ts";
import type { MachineSpec } from "../../src/protocol/vm-contract.ts";

/**
 * The worker of a page that is gone may still be about to die: browsers give one that computes some two seconds. Short
 * enough for whoever waits for the instance to start.
 */
const WAIT_MS = 10_000;

/**
 * Holds the instance's Web Lock until this worker ends: an instance has one machine, in whatever tab. `Instance.InUse` when
 * another worker does not give it up.
 */
export async function holdInstance({ database, instanceId }: MachineSpec, waitMs = WAIT_MS): Promise<void> {
  const name = `tabvisor-instance ${database}/${instanceId}`;
  const held = await systemLocks().acquire(name, { signal: AbortSignal.timeout(waitMs) });
  if (held !== undefined) return;
  const text = `The instance '${instanceId}' still has a machine in another worker. Close other tabs of this page, then start it again.`;
  throw new CloudError("Instance.InUse", text, { instanceId });
}
