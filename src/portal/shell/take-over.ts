import type { Cloud } from "../../api/types.ts";
import type { Disposable } from "../../base/disposable.ts";
import { unlessDenied } from "../live/denied.ts";
import type { NotificationCenter } from "../notifications/notification-center.ts";

/** More names than these say less. */
const MAX_NAMES = 5;

/** Tells that this tab has taken the cloud over from another one, and what that has stopped. */
export function tellTakeOver(cloud: Cloud, notifications: NotificationCenter): Disposable {
  return cloud.onRoleChange(({ role, stoppedInstanceIds }) => {
    if (role !== "owner") return;
    const names = stoppedInstanceIds.map((id) => unlessDenied(() => cloud.instances.get(id).name, "") || id);
    notifications.show({
      kind: "info",
      header: "This tab now runs the cloud",
      message: describe(names),
      code: null,
      advice: names.length === 0 ? null : "What was saved to disks is kept. Start again what you need.",
    });
  });
}

function describe(names: readonly string[]): string {
  if (names.length === 0) return "The tab that ran it is gone. No instance was running there.";
  const shown = names.slice(0, MAX_NAMES).join(", ");
  const more = names.length > MAX_NAMES ? ` and ${names.length - MAX_NAMES} more` : "";
  const what =
    names.length === 1
      ? "An instance that the other tab ran has"
      : `${names.length} instances that the other tab ran have`;
  return `${what} been stopped: ${shown}${more}.`;
}
