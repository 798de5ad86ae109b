import { type CloudOptions, openTabCloud } from "../cloud/cloud.ts";
import { pageEndpoint, pageRequestHandler } from "../ec2/page-handler.ts";
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
 * The first tab that opens a cloud owns it: its instances run there. Every other tab follows: it shows the same, live, and
 * works it through the owner. When the owner is gone, a follower takes over (`role`, `onRoleChange`); `options` other than
 * the name count in the owner.
 *
 * Rejects with `Store.Unavailable` when the browser refuses IndexedDB, `Cloud.InsecureContext` when the page is served over
 * plain http from another machine, `Cloud.VersionMismatch` when another tab has the cloud open with another version of this
 * page, `Cloud.InUse` when one has it open that does not answer, or in browsers without shared workers.
 */
export async function openCloud(options: CloudOptions = {}): Promise<Cloud> {
  const cloud = await openTabCloud(options, (resources) => pageEndpoint(resources, options));
  return Object.assign(cloud, { ec2: pageRequestHandler((request) => cloud.handleEc2(request)) });
}
