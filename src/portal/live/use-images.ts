import { useEffect } from "react";
import type { Image } from "../../api/types.ts";
import { usePortal } from "./portal-context.ts";
import { useLoaded } from "./use-loaded.ts";

/** The images, live, or null until they are known. A failure is shown, and leaves none. */
export function useImages(): readonly Image[] | null {
  const { cloud, notifications } = usePortal();
  const { value, error } = useLoaded(() => cloud.images.list(), [cloud.images.onChange]);
  useEffect(() => {
    if (error !== null) notifications.showError("Could not load the list of images", error);
  }, [notifications, error]);
  return error === null ? value : [];
}
