import { toCloudError } from "../base/errors.ts";
import type { CloudInstance } from "./instance.ts";

/** How far an instance has got that is stopped with all others: `error` says why one has not been, in order. */
export interface StopProgress {
  readonly id: string;
  readonly state: "stopping" | "stopped" | "failed";
  readonly error: string | null;
}

/**
 * Stops these instances in order, as where they run goes down: protection from calls does not bear on it. Resolves when
 * each has stopped, or could not be; `told` hears of each as it happens.
 */
export async function stopAll(
  instances: readonly CloudInstance[],
  told: (progress: StopProgress) => void,
): Promise<void> {
  const up = instances.filter(({ state }) => state === "pending" || state === "running" || state === "stopping");
  await Promise.all(
    up.map(async (instance) => {
      const { id } = instance;
      told({ id, state: "stopping", error: null });
      try {
        await instance.begin("stop");
        await instance.waitUntil("stopped");
        told({ id, state: "stopped", error: null });
      } catch (thrown) {
        told({ id, state: "failed", error: toCloudError(thrown).message });
      }
    }),
  );
}
