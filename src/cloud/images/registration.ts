import { CloudError } from "../../base/errors.ts";
import type { ImageRef } from "../../protocol/vm-contract.ts";
import { INSTANCE_TYPES, type InstanceType } from "../instance-types.ts";
import { type BlockDeviceMapping, planDisks } from "../launch-block-devices.ts";
import type { Owned } from "../scope.ts";
import { isRootDevice } from "../volumes/device-names.ts";
import { completedSnapshot, type DiskContext, snapshotOf } from "../volumes/disk-context.ts";
import { bootFrom, withBios, withBlankRoot, withCommandLine } from "./boot-plan.ts";
import type { CatalogueDevice, ImageCatalogue } from "./image-catalogue.ts";
import type { RegisterImageRequest } from "./image-info.ts";
import type { ImageDevice } from "./own-image-record.ts";
import { withRootDeviceType } from "./root-device-type.ts";

export interface Registration {
  readonly ref: ImageRef;
  readonly devices: readonly ImageDevice[];
  /** The snapshot's: one's own image is where one's own snapshot is. */
  readonly owned: Owned;
}

/** What an image of a snapshot will be, everything checked; of a shared snapshot, `InvalidSnapshot.NotFound`. */
export async function planRegistration(
  context: DiskContext,
  catalogue: ImageCatalogue,
  request: RegisterImageRequest,
): Promise<Registration> {
  const { snapshotId, kernelImage, commandLine, rootDeviceType, blockDevices = [] } = request;
  snapshotOf(context, snapshotId);
  completedSnapshot(context, snapshotId);
  const loader = await bootFrom(context, request);
  const kernel =
    kernelImage === undefined ? await catalogue.default() : await catalogue.find(kernelImage, context.view);
  const { sizeBytes, ownerId, region } = completedSnapshot(context, snapshotId);
  const [{ imageId: _, ...root }] = kernel.devices as [CatalogueDevice];
  const device = { ...root, snapshotId, sizeBytes };
  const booted = loader === "kernel" ? withCommandLine(kernel.ref, commandLine) : withBios(kernel.ref);
  if (loader === "cdrom" && blockDevices.length > 0) {
    const text = "An image of a CD has a blank root volume beside it, and no block devices of its own.";
    throw new CloudError("InvalidParameterCombination", text, { snapshotId });
  }
  const devices = loader === "cdrom" ? withBlankRoot(device) : withMappings(context, device, blockDevices, booted);
  const named = { ...booted, manifest: { ...booted.manifest, rootDevice: devices[0]?.device ?? root.device } };
  return { ref: withRootDeviceType(named, rootDeviceType, devices), devices, owned: { ownerId, region } };
}

/** The root and what else there is, as a launch would make of the same mappings. */
function withMappings(
  context: DiskContext,
  root: ImageDevice,
  mappings: readonly BlockDeviceMapping[],
  ref: ImageRef,
): ImageDevice[] {
  const store = mappings.find(({ virtualName }) => virtualName !== undefined);
  if (store !== undefined) {
    const text = "Instance-store volumes are mapped at launch: an image that has them is not supported.";
    throw new CloudError("UnsupportedOperation", text, { device: store.device });
  }
  const image = { devices: [{ ...root, imageId: null }], ref };
  const bytesOf = (id: string) => completedSnapshot(context, id).sizeBytes;
  // The type counts for instance-store volumes only.
  const { volumes } = planDisks(image, INSTANCE_TYPES[0] as InstanceType, mappings, bytesOf);
  const encrypted = volumes.find((volume) => volume.encrypted !== undefined);
  if (encrypted !== undefined) {
    const text = "The parameter encrypted cannot be used for an image: what is made of a snapshot is as that is.";
    throw new CloudError("InvalidParameterCombination", text, { device: encrypted.device });
  }
  const rootName = mappings.find((mapping) => isRootDevice(mapping.device))?.device;
  return volumes.map(({ imageId: _, encrypted: __, ...volume }) => ({
    ...volume,
    device: isRootDevice(volume.device) ? (rootName ?? volume.device) : volume.device,
  }));
}
