import { useCallback, useRef, useSyncExternalStore } from "react";
import type { Cloud, Instance } from "../../api/types.ts";
import type { Event } from "../../base/event.ts";

/** What `read` gives, live: read again whenever `event` fires. It gives the same as long as nothing has changed. */
export function useLive<T>(event: Event<unknown> | undefined, read: () => T): T {
  const subscribe = useCallback(
    (onChange: () => void) => {
      const subscription = event?.(onChange);
      return () => subscription?.dispose();
    },
    [event],
  );
  return useSyncExternalStore(subscribe, read);
}

/**
 * Renders the caller again whenever `event` fires. Instances are live objects: what is read from them while rendering
 * is what they say now; only that they have changed needs telling. Gives how often that was.
 */
export function useRerenderOn(event: Event<unknown> | undefined): number {
  const version = useRef(0);
  const subscribe = useCallback(
    (onChange: () => void) => {
      const subscription = event?.(() => {
        version.current++;
        onChange();
      });
      return () => subscription?.dispose();
    },
    [event],
  );
  return useSyncExternalStore(subscribe, () => version.current);
}

/** All instances, newest first, live. */
export function useInstances(cloud: Cloud): Instance[] {
  useRerenderOn(cloud.instances.onChange);
  return cloud.instances.list().reverse();
}
