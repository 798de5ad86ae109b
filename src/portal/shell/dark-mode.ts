import { applyMode, Mode } from "@cloudscape-design/global-styles";
import { useSyncExternalStore } from "react";
import { type Disposable, toDisposable } from "../../base/disposable.ts";

const query = matchMedia("(prefers-color-scheme: dark)");

/** Makes the page dark or light as the system is, from now on. */
export function followSystemMode(): Disposable {
  const apply = () => applyMode(query.matches ? Mode.Dark : Mode.Light);
  apply();
  query.addEventListener("change", apply);
  return toDisposable(() => query.removeEventListener("change", apply));
}

/** Whether the system is dark, live. */
export function useDarkMode(): boolean {
  return useSyncExternalStore(
    (onChange) => {
      query.addEventListener("change", onChange);
      return () => query.removeEventListener("change", onChange);
    },
    () => query.matches,
  );
}
