import type { ImageManifestDisk } from "../../protocol/image-manifest.ts";
import type { ImageRef } from "../../protocol/vm-contract.ts";
import { EVERYBODY, type View } from "../scope.ts";
import type { OwnerAlias } from "./catalogue-file.ts";
import type { CatalogueImage } from "./image-catalogue.ts";
import type { ImageBlockDevice, ImageInfo } from "./image-info.ts";
import type { ImageDevice, OwnImageRecord } from "./own-image-record.ts";

/** No account is behind the page's images: these numbers are nobody's. */
export const PUBLISHERS: Readonly<Record<OwnerAlias, string>> = {
  amazon: "000000000000",
  "aws-marketplace": "000000000001",
};

/** An image that comes with the page, as the public API shows it. */
export function describeEmbedded({ id, name, ref, devices, entry }: CatalogueImage, now: number): ImageInfo {
  const { disk, volumes = [], bootChunks, kernel, bios, vgaBios } = ref.manifest;
  const firmware = kernel.bytes + bios.bytes + vgaBios.bytes;
  const chunkBytes = (index: number) => disk.chunks[index]?.bytes ?? 0;
  const sum = (sizes: number[]) => sizes.reduce((total, size) => total + size, firmware);
  const ownerAlias = entry?.owner ?? "amazon";
  return {
    id,
    name,
    title: ref.manifest.title,
    ...bootFacts(ref),
    diskBytes: disk.bytes,
    downloadBytes: sum([disk, ...volumes.map((volume) => volume.disk)].flatMap(packedChunks)),
    bootDownloadBytes: sum(bootChunks.map(chunkBytes)),
    kind: "embedded",
    ownerId: PUBLISHERS[ownerAlias],
    ownerAlias,
    region: null,
    public: true,
    shared: false,
    launchPermissions: [EVERYBODY],
    categories: entry?.categories ?? [],
    productCodes: entry?.productCodes ?? [],
    ...deprecation(entry?.deprecationTime ?? null, now),
    sourceImage: null,
    state: "available",
    stateReason: null,
    description: entry?.description ?? "",
    tags: {},
    createTime: entry?.date ? new Date(entry.date) : null,
    sourceInstanceId: null,
    blockDevices: devices.map((device) => describeDevice(device, false)),
  };
}

const packedChunks = ({ chunks }: ImageManifestDisk) => chunks.map((chunk) => chunk?.bytes ?? 0);

/** An image that was made here, as somebody sees it: of another account's, tags and permissions are not shown (F34). */
export function describeOwn(
  id: string,
  record: OwnImageRecord,
  { view, now }: { readonly view: View; readonly now: number },
  isEncrypted: (device: ImageDevice) => boolean,
): ImageInfo {
  const { name, description, state, stateReason, createdAt, ref, devices, launchPermissions } = record;
  if (state === "deregistered") throw new TypeError("a deregistered image is not shown");
  const shared = !view.sees(record);
  return {
    id,
    name,
    title: name,
    ...bootFacts(ref),
    diskBytes: devices[0]?.sizeBytes ?? 0,
    // Its blocks are here, and those of the image below it are fetched as for that image.
    downloadBytes: 0,
    bootDownloadBytes: 0,
    kind: "own",
    ownerId: record.ownerId,
    ownerAlias: null,
    region: record.region,
    public: launchPermissions.includes(EVERYBODY),
    shared,
    launchPermissions: permissionsFor(view, shared, launchPermissions),
    categories: [],
    productCodes: record.productCodes,
    ...deprecation(record.deprecatedAt, now),
    sourceImage: shared ? null : record.sourceImage,
    state,
    stateReason,
    description,
    tags: shared ? {} : record.tags,
    createTime: new Date(createdAt),
    sourceInstanceId: shared ? null : record.sourceInstanceId,
    blockDevices: devices.map((device) => describeDevice(device, isEncrypted(device))),
  };
}

/** Who is not the owner sees what is about them. */
const permissionsFor = ({ makesIn }: View, shared: boolean, permissions: readonly string[]): readonly string[] =>
  permissions.filter((whom) => !shared || whom === EVERYBODY || whom === makesIn.accountId);

const deprecation = (at: number | null, now: number) => ({
  deprecationTime: at === null ? null : new Date(at),
  deprecated: at !== null && at <= now,
});

const describeDevice = (device: ImageDevice, encrypted: boolean): ImageBlockDevice => ({
  device: device.device,
  sizeBytes: device.sizeBytes,
  snapshotId: device.snapshotId,
  type: device.type,
  iops: device.iops,
  throughputMiBps: device.throughputMiBps,
  encrypted,
  deleteOnTermination: device.deleteOnTermination,
});

function bootFacts({ manifest, bootMode = "kernel" }: ImageRef) {
  const { version, architecture, minimumMemoryMiB, defaultUser, commandLine, rootDevice } = manifest;
  const { rootDeviceType = "ebs" } = manifest;
  return { version, architecture, minimumMemoryMiB, defaultUser, bootMode, commandLine, rootDevice, rootDeviceType };
}
