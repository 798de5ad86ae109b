import type { Cloud } from "../../api/types.ts";
import { type Disposable, DisposableStore } from "../../base/disposable.ts";
import { unlessDenied } from "../live/denied.ts";

/**
 * Lets the browser ask before the page goes away while an instance runs: leaving cuts its power, and Ctrl+W, which
 * deletes a word in every shell, closes the tab. A tab that follows may go: what runs in the owner goes on. The listener is there only while it is needed, since with it the
 * browser keeps the page out of its back/forward cache.
 */
export function guardRunningInstances(cloud: Cloud): Disposable {
  const owned = new DisposableStore();
  let guarded = false;
  const ask = (event: BeforeUnloadEvent) => event.preventDefault();
  const update = () => {
    const runs = () => cloud.instances.list().some(({ state }) => state === "running" || state === "stopping");
    // Who may not see what runs here would end it all the same.
    const wanted = cloud.role === "owner" && unlessDenied(runs, true);
    if (wanted === guarded) return;
    guarded = wanted;
    if (wanted) addEventListener("beforeunload", ask);
    else removeEventListener("beforeunload", ask);
  };
  owned.add(cloud.instances.onChange(update));
  owned.add(cloud.onRoleChange(update));
  owned.defer(() => removeEventListener("beforeunload", ask));
  update();
  return owned;
}
