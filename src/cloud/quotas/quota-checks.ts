import type { Scope } from "../scope.ts";
import { GIB, type VolumeShape } from "../volumes/volume-types.ts";
import { provisionedIops } from "./provisioned-iops.ts";
import type { QuotaKeeper } from "./quota-keeper.ts";

/** Throws `InstanceLimitExceeded` or `VcpuLimitExceeded` when these may not run beside those that do (F69). */
export function checkRunning(quotas: QuotaKeeper, scope: Scope, instances: number, vcpus: number): void {
  quotas.check("running-instances", scope, instances);
  quotas.check("running-vcpus", scope, vcpus);
}

/** Throws `VolumeLimitExceeded` or `MaxIOPSLimitExceeded` when there is no room for `count` of each of these (F71). */
export function checkVolumes(quotas: QuotaKeeper, scope: Scope, shapes: readonly VolumeShape[], count = 1): void {
  quotas.check("volumes", scope, shapes.length * count);
  checkVolumeChange(
    quotas,
    scope,
    shapes.map((to) => ({ to })),
    count,
  );
}

/** As `checkVolumes`, for volumes that are there and become other ones. */
export function checkVolumeChange(
  quotas: QuotaKeeper,
  scope: Scope,
  changes: readonly { readonly from?: VolumeShape; readonly to: VolumeShape }[],
  count = 1,
): void {
  let gib = 0;
  let iops = 0;
  for (const { from, to } of changes) {
    gib += (to.sizeBytes - (from?.sizeBytes ?? 0)) / GIB;
    iops += provisionedIops(to) - (from === undefined ? 0 : provisionedIops(from));
  }
  quotas.check("volume-storage", scope, gib * count);
  quotas.check("provisioned-iops", scope, iops * count);
}
