import { checkCapacity, type Limits, type MemoryDemand } from "./capacity.ts";
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
import { checkTags, type Tags } from "./tags.ts";
import { completedSnapshot, type DiskContext } from "./volumes/disk-context.ts";
import { checkVolumeCount } from "./volumes/volumes.ts";

const MIB = 2 ** 20;

/** What a launch request comes to, everything checked. */
export interface LaunchPlan {
  readonly image: CatalogueImage;
  readonly type: InstanceType;
  readonly tags: Tags;
  readonly volumeTags: Tags;
  readonly clientToken: string;
  readonly count: number;
  readonly disks: PlannedDisks;
  /** Each volume's, of one instance after the other. */
  readonly keyIds: readonly (string | null)[];
}

interface Surroundings {
  readonly disks: DiskContext;
  readonly images: ImageCatalogue;
  readonly limits: Limits;
  /** What runs at the moment. */
  readonly running: () => readonly MemoryDemand[];
}

/** The plan holds as long as nothing is awaited after it. */
export async function planLaunch(
  request: LaunchRequest,
  { disks, images, limits, running }: Surroundings,
): Promise<LaunchPlan> {
  const most = checkCount(request.count);
  const least = checkMinCount(request.minCount, most);
  const type = checkType(request.type);
  const tags = checkTags(request.tags, request.name);
  const volumeTags = checkTags(request.volumeTags);
  checkCapacity(limits, running(), type, least);
  const image = await images.find(request.image);
  checkMemory(image, type);
  const snapshotBytes = (id: string) => completedSnapshot(disks, id).sizeBytes;
  const plan = () => planDisks(withRootSize(image, request), type, request.blockDevices ?? [], snapshotBytes);
  const howMany = (upTo: number, { volumes, instanceStores }: PlannedDisks) => {
    const check = (count: number) => {
      checkVolumeCount(disks.registry.volumes.size, volumes.length * count);
      checkCapacity(limits, running(), demandOf(type, instanceStores), count);
    };
    return mostThatFit(least, Math.max(least, Math.min(upTo, limits.maxInstances)), check);
  };
  const first = plan();
  checkDrives(image.ref, first);
  const wanted = howMany(most, first);
  const sources = first.volumes.map(({ encrypted, snapshotId }) =>
    disks.keys.sourceOf(encrypted, snapshotId, "InvalidBlockDeviceMapping"),
  );
  // A launch that cannot boot would be terminated (F14): it is refused.
  for (const source of sources) if (source.kind === "inherited") disks.keys.check(source.keyId, image.name);
  for (const { base } of first.instanceStores) {
    if (base?.snapshotId) disks.keys.check(completedSnapshot(disks, base.snapshotId).keyId, image.name);
  }
  const keyIds = await disks.keys.provide(Array.from({ length: wanted }, () => sources).flat());
  // Again, now that nothing is awaited any more: another launch may have come in between.
  const planned = plan();
  const count = howMany(wanted, planned);
  return { image, type, tags, volumeTags, clientToken: request.clientToken ?? "", count, disks: planned, keyIds };
}

/** Instance-store volumes are kept in memory. */
export const demandOf = (type: InstanceType, stores: readonly { readonly sizeBytes: number }[]): MemoryDemand => ({
  memoryMiB: stores.reduce((sum, { sizeBytes }) => sum + sizeBytes / MIB, type.memoryMiB),
});
