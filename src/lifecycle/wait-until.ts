import type { Clock } from "../base/clock.ts";
import type { CloudError } from "../base/errors.ts";
import type { Event } from "../base/event.ts";

export interface WaitOptions {
  readonly clock: Clock;
  /** Fires when the condition may hold now. */
  readonly onChange: Event<void>;
  readonly condition: () => boolean;
  /** Why the condition can never hold any more, once that is so. */
  readonly impossible: () => CloudError | undefined;
  readonly timeoutMs: number;
  readonly timedOut: () => CloudError;
}

/** Resolves when the condition holds; rejects when it cannot any more, or after the time limit. */
export async function waitUntil(options: WaitOptions): Promise<void> {
  const { clock, onChange, condition, impossible, timeoutMs, timedOut } = options;
  await new Promise<void>((resolve, reject) => {
    const check = () => {
      const error = condition() ? undefined : impossible();
      if (error === undefined && !condition()) return;
      subscription.dispose();
      cancel();
      if (error === undefined) resolve();
      else reject(error);
    };
    const cancel = clock.setTimer(timeoutMs, () => {
      subscription.dispose();
      reject(timedOut());
    });
    const subscription = onChange(check);
    check();
  });
}
