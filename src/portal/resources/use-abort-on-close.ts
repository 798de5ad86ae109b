import { type RefObject, useEffect, useRef } from "react";

/** Gives a controller for what a dialog has begun: it is aborted when the dialog is closed. */
export function useAbortOnClose(): RefObject<AbortController> {
  const working = useRef(new AbortController());
  useEffect(() => {
    // Mounted again, as React does in development: what is begun then has not been closed.
    working.current = new AbortController();
    return () => working.current.abort();
  }, []);
  return working;
}
