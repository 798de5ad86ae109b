import { type DependencyList, useCallback, useEffect, useState } from "react";
import { type CloudError, toCloudError } from "../../base/errors.ts";
import { anyOf, type Event } from "../../base/event.ts";

interface Asked<T> {
  /** Null until it is there; the one before while it is asked for again. */
  readonly value: T | null;
  /** Why it cannot be had, e.g. that whoever works here may not see it. */
  readonly error: CloudError | null;
}

export interface Loaded<T> extends Asked<T> {
  /** Neither has come yet. */
  readonly loading: boolean;
  /** Asks again at once. */
  readonly look: () => void;
}

/** What has to be asked for, again whenever one of the events fires or `dependencies` change. */
export function useLoaded<T>(
  load: () => Promise<T>,
  events: readonly Event<void>[],
  dependencies: DependencyList = [],
): Loaded<T> {
  const [asked, setAsked] = useState<Asked<T>>({ value: null, error: null });
  const [times, setTimes] = useState(0);
  const look = useCallback(() => setTimes((before) => before + 1), []);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the caller says what its question depends on.
  useEffect(() => {
    let last = 0;
    const ask = () => {
      const number = ++last;
      load().then(
        (value) => number === last && setAsked({ value, error: null }),
        (thrown: unknown) => number === last && setAsked({ value: null, error: toCloudError(thrown) }),
      );
    };
    ask();
    const subscription = anyOf(...events)(ask);
    return () => {
      last = -1;
      subscription.dispose();
    };
  }, [times, ...events, ...dependencies]);
  return { ...asked, loading: asked.value === null && asked.error === null, look };
}

/** The same of what changes without an event: asked for again every so many milliseconds as well, as long as it is looked at. */
export function useLoadedOften<T>(
  load: () => Promise<T>,
  events: readonly Event<void>[],
  everyMs: number,
  dependencies: DependencyList = [],
): Loaded<T> {
  const loaded = useLoaded(load, events, dependencies);
  const { look } = loaded;
  useEffect(() => {
    const timer = setInterval(look, everyMs);
    return () => clearInterval(timer);
  }, [look, everyMs]);
  return loaded;
}
