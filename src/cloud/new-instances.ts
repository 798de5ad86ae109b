import type { ReservationId } from "../base/ids.ts";
import { NO_RECOVERY } from "./attributes/attribute-record.ts";
import type { LaunchPlan } from "./launch-plan.ts";
import { type InstanceRecord, storeRootOf } from "./records.ts";

/** The records of a launch's instances, pending. `now` in epoch ms. */
export function newInstances(plan: LaunchPlan, reservationId: ReservationId, now: number): InstanceRecord[] {
  const { place, network, image, type, tags, clientToken, count, disks, attributes, delivery } = plan;
  return Array.from({ length: count }, (_, launchIndex) => ({
    ...place,
    reservationId,
    launchIndex,
    tags,
    clientToken,
    imageId: image.id,
    typeName: type.name,
    privateIpAddress: network.interfaces[0]?.addresses[launchIndex]?.[0] as string,
    rootDevice: storeRootOf(disks)?.device ?? disks.volumes[0]?.device ?? image.ref.manifest.rootDevice,
    instanceStores: [...disks.instanceStores],
    kernel: null,
    attributes,
    recovery: NO_RECOVERY,
    ...delivery,
    passwordSetAt: delivery.passwordHash === null ? null : now,
    formerRoot: null,
    createdAt: now,
    launchedAt: now,
    terminatedAt: null,
    state: "pending" as const,
    stateReason: null,
    transitionReason: "",
  }));
}
