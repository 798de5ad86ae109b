import type { Disposable } from "../base/disposable.ts";
import { CloudError } from "../base/errors.ts";

/** A page that is being reloaded gives its lock up within moments; another tab never does. */
const WAIT_MS = 3_000;

/** Makes this page the one owner of the cloud `name`; `Cloud.InUse` when another tab is. */
export async function takeOwnership(name: string, waitMs = WAIT_MS): Promise<Disposable> {
  if (!("locks" in navigator)) {
    throw new CloudError(
      "Cloud.InsecureContext",
      "This page needs a secure context: serve it over https, or open it on localhost.",
    );
  }
  return await new Promise<Disposable>((resolve, reject) => {
    const lock = `tabvisor-cloud-${name}`;
    const held = navigator.locks.request(lock, { signal: AbortSignal.timeout(waitMs) }, () => {
      return new Promise<void>((release) => resolve({ dispose: release }));
    });
    held.catch(() =>
      reject(
        new CloudError(
          "Cloud.InUse",
          `The cloud "${name}" is open in another tab. Use that tab, or close it and try again here.`,
          { name },
        ),
      ),
    );
  });
}
