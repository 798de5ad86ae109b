import { launchAttributes } from "./attributes/attribute-changes.ts";
import type { InstanceAttributes } from "./attributes/attribute-record.ts";
import { checkCapacity, type Limits, memoryOf } from "./capacity.ts";
import { type GivenAtLaunch, launchDelivery } from "./first-start/launch-delivery.ts";
import type { CatalogueImage, ImageCatalogue } from "./images/image-catalogue.ts";
import type { InstanceType } from "./instance-types.ts";
import { checkDrives, type PlannedDisks, planDisks } from "./launch-block-devices.ts";
import {
  checkCount,
  checkMemory,
  checkMinCount,
  checkType,
  type LaunchRequest,
  mostThatFit,
  withRootSize,
} from "./launch-request.ts";
import { type NetworkPlan, planNetwork } from "./network/launch-network.ts";
import { isForOne } from "./network/launch-request.ts";
import type { Place } from "./placement.ts";
import { checkRunning, checkVolumes } from "./quotas/quota-checks.ts";
import { EVERYTHING, scopeOf, viewOf } from "./scope.ts";
import { checkTags, type Tags } from "./tags.ts";
import { completedSnapshot, type DiskContext } from "./volumes/disk-context.ts";

/** What a launch request comes to, everything checked. */
export interface LaunchPlan {
  readonly place: Place;
  readonly network: NetworkPlan;
  readonly image: CatalogueImage;
  readonly type: InstanceType;
  readonly tags: Tags;
  readonly volumeTags: Tags;
  readonly clientToken: string;
  readonly attributes: InstanceAttributes;
  readonly delivery: GivenAtLaunch;
  readonly count: number;
  readonly disks: PlannedDisks;
  /** Each volume's, of one instance after the other. */
  readonly keyIds: readonly (string | null)[];
}

interface Surroundings {
  readonly place: Place;
  readonly disks: DiskContext;
  readonly images: ImageCatalogue;
  readonly limits: Limits;
  /** MiB that machines take at the moment. */
  readonly memoryInUse: () => number;
  /** Nothing is to come of it: no keys are made. */
  readonly isRehearsal?: boolean;
}

/** The plan holds as long as nothing is awaited after it. */
export async function planLaunch(
  request: LaunchRequest & { readonly image: string },
  { place, disks: allDisks, images, limits, memoryInUse, isRehearsal = false }: Surroundings,
): Promise<LaunchPlan> {
  // What it is made from must be there, too.
  const scope = scopeOf(place);
  const disks = { ...allDisks, view: viewOf(scope) };
  const { quotas } = disks;
  const most = checkCount(request.count);
  const least = checkMinCount(request.minCount, most);
  const type = checkType(request.type);
  const tags = checkTags(request.tags, request.name);
  const volumeTags = checkTags(request.volumeTags);
  checkRunning(quotas, scope, least, least * type.vcpus);
  planNetwork(disks.registry, place, request, isForOne(request) ? most : least);
  const delivery = launchDelivery(disks, request);
  const image = await images.find(request.image, disks.view);
  checkMemory(image, type);
  const attributes = launchAttributes(request, image.ref.manifest.rootDeviceType ?? "ebs");
  const ofImage = new Set(image.devices.map(({ snapshotId }) => snapshotId));
  // Who may launch an image need not have its snapshots (F34).
  const snapshot = (id: string) => completedSnapshot(ofImage.has(id) ? { ...disks, view: EVERYTHING } : disks, id);
  const snapshotBytes = (id: string) => snapshot(id).sizeBytes;
  const plan = () => planDisks(withRootSize(image, request), type, request.blockDevices ?? [], snapshotBytes);
  const howMany = (upTo: number, { volumes, instanceStores }: PlannedDisks) => {
    const check = (count: number) => {
      checkRunning(quotas, scope, count, count * type.vcpus);
      checkVolumes(quotas, scope, volumes, count);
      const memory = memoryOf({ type, instanceStores, volumes: volumes.length });
      checkCapacity(limits, memoryInUse(), memory * count);
      planNetwork(disks.registry, place, request, count);
    };
    return mostThatFit(least, Math.max(least, Math.min(upTo, quotas.limitOf("running-instances", scope))), check);
  };
  const first = plan();
  checkDrives(image.ref, first);
  const wanted = howMany(most, first);
  const sources = first.volumes.map(({ encrypted, snapshotId }) =>
    disks.keys.sourceOf(scope, encrypted, snapshotId, "InvalidBlockDeviceMapping"),
  );
  // A launch that cannot boot would be terminated (F14): it is refused.
  for (const source of sources) if (source.kind === "inherited") disks.keys.check(source.keyId, image.name);
  for (const { base } of first.instanceStores) {
    if (base?.snapshotId) disks.keys.check(snapshot(base.snapshotId).keyId, image.name);
  }
  const keysFor = isRehearsal ? [] : Array.from({ length: wanted }, () => sources).flat();
  const keyIds = await disks.keys.provide(keysFor);
  // Again, now that nothing is awaited any more: another launch may have come in between.
  const planned = plan();
  const count = howMany(wanted, planned);
  const network = planNetwork(disks.registry, place, request, count);
  const { clientToken = "" } = request;
  return {
    place,
    network,
    image,
    type,
    tags,
    volumeTags,
    clientToken,
    attributes,
    delivery,
    count,
    disks: planned,
    keyIds,
  };
}
