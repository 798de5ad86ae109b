import { usePortal } from "../live/portal-context.ts";

/** Gives a function that does something in the background and shows, under `header`, what it fails with. */
export function useAction(): (header: string, action: () => Promise<unknown>) => void {
  const { notifications } = usePortal();
  return (header, action) => {
    action().catch((thrown: unknown) => notifications.showError(header, thrown));
  };
}
