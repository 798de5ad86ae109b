import { type CloudOptions, openTabCloud } from "../cloud/cloud.ts";
import type { Cloud } from "./types.ts";

export { CloudError } from "../base/errors.ts";
export type * from "./types.ts";

/**
 * Opens the cloud of this page, with what an earlier page left of it.
 *
 * ```ts
 * const cloud = await openCloud();
 * const [vm] = await cloud.instances.launch({ image: "tiny" });
 * await vm.ready();
 * console.log((await vm.exec("uname -a")).stdout);
 * ```
 *
 * Rejects with `Cloud.InUse` when another tab has it open, `Store.Unavailable` when the browser refuses IndexedDB,
 * `Cloud.InsecureContext` when the page is served over plain http from another machine.
 */
export async function openCloud(options: CloudOptions = {}): Promise<Cloud> {
  return await openTabCloud(options);
}
