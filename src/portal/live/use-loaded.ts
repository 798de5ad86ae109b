import { type DependencyList, useEffect, useState } from "react";
import { type CloudError, toCloudError } from "../../base/errors.ts";
import type { Event } from "../../base/event.ts";

export interface Loaded<T> {
  /** Null until it is there; the one before while it is asked for again. */
  readonly value: T | null;
  /** Why it cannot be had, e.g. that whoever works here may not see it. */
  readonly error: CloudError | null;
}

/** What has to be asked for, again whenever `event` fires or `dependencies` change. */
export function useLoaded<T>(
  load: () => Promise<T>,
  event: Event<unknown>,
  dependencies: DependencyList = [],
): Loaded<T> {
  const [loaded, setLoaded] = useState<Loaded<T>>({ value: null, error: null });
  // biome-ignore lint/correctness/useExhaustiveDependencies: the caller says what its question depends on.
  useEffect(() => {
    let last = 0;
    const look = () => {
      const asked = ++last;
      load().then(
        (value) => asked === last && setLoaded({ value, error: null }),
        (thrown: unknown) => asked === last && setLoaded({ value: null, error: toCloudError(thrown) }),
      );
    };
    look();
    const subscription = event(look);
    return () => {
      last = -1;
      subscription.dispose();
    };
  }, [event, ...dependencies]);
  return loaded;
}
