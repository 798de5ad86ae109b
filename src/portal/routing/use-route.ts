import { useMemo, useSyncExternalStore } from "react";
import { formatRoute, parseRoute, type Route } from "./route.ts";

function subscribe(onChange: () => void): () => void {
  addEventListener("hashchange", onChange);
  return () => removeEventListener("hashchange", onChange);
}

/** The route of the address bar, live. */
export function useRoute(): Route {
  const hash = useSyncExternalStore(subscribe, () => location.hash);
  return useMemo(() => parseRoute(hash), [hash]);
}

/** Goes to a route; `replace` leaves no entry in the browser's history. */
export function navigate(route: Route, options: { replace?: boolean } = {}): void {
  const href = formatRoute(route);
  if (options.replace) location.replace(href);
  else location.hash = href;
}
