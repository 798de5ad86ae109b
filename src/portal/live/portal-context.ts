import { createContext, useContext } from "react";
import type { Cloud } from "../../api/types.ts";
import type { NotificationCenter } from "../notifications/notification-center.ts";

export interface PortalContextValue {
  readonly cloud: Cloud;
  readonly notifications: NotificationCenter;
  /** Fetches the code of an instance's page ahead: worth calling when a launch begins. */
  readonly preloadInstancePage: () => void;
}

export const PortalContext = createContext<PortalContextValue | null>(null);

/** The open cloud and the flash messages, for the pages. */
export function usePortal(): PortalContextValue {
  const value = useContext(PortalContext);
  if (value === null) throw new Error("usePortal needs an open cloud around it");
  return value;
}
