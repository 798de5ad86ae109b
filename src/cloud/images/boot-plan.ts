import { CloudError } from "../../base/errors.ts";
import { BOOT_MODES, type ImageRef } from "../../protocol/vm-contract.ts";
import { CDROM_DEVICE } from "../volumes/device-names.ts";
import { completedSnapshot, type DiskContext, imageUrlOf } from "../volumes/disk-context.ts";
import { GIB } from "../volumes/volume-types.ts";
import type { CatalogueImage } from "./image-catalogue.ts";
import type { RegisterImageRequest } from "./image-info.ts";
import type { ImageDevice } from "./own-image-record.ts";

/** The volume beside a CD, to install on. It takes no space before something is written to it. */
const BLANK_ROOT_BYTES = 8 * GIB;
/** Whatever the disk needs, no instance type has less. */
const LEAST_MEMORY_MIB = 16;

type BootRequest = Pick<RegisterImageRequest, "snapshotId" | "bootMode" | "kernelImage" | "commandLine">;

/** What an image of a snapshot starts with, as it was asked for or as the disk shows. */
export async function bootFrom(context: DiskContext, request: BootRequest): Promise<"kernel" | "disk" | "cdrom"> {
  const { snapshotId, bootMode, kernelImage, commandLine } = request;
  if (bootMode !== undefined && !BOOT_MODES.includes(bootMode)) {
    const text = `Value (${bootMode}) for parameter bootMode is invalid. It is one of ${BOOT_MODES.join(", ")}.`;
    throw new CloudError("InvalidParameterValue", text, { bootMode });
  }
  const { imageId, keyId } = completedSnapshot(context, snapshotId);
  const hasKernel = kernelImage !== undefined || commandLine !== undefined;
  if (bootMode === "legacy-bios" && hasKernel) {
    const text = "The parameters kernelImage and commandLine cannot be used with the boot mode legacy-bios.";
    throw new CloudError("InvalidParameterCombination", text, { bootMode });
  }
  // What stands on an image that comes with the page has that one's disk, which is a bare file system.
  const isKernels = hasKernel || imageId !== null;
  if (bootMode === "kernel" || (bootMode === undefined && isKernels)) return "kernel";
  const key = await context.keys.open(keyId, snapshotId);
  const client = await context.work.client();
  const loader = await client.findBootLoader({
    database: context.work.database,
    snapshotId,
    imageUrl: await imageUrlOf(context, imageId),
    ...(key !== undefined && { key }),
  });
  if (loader === "el-torito") return "cdrom";
  if (loader === "iso9660") {
    const text = `The snapshot '${snapshotId}' is a CD without a boot record for a BIOS (El Torito, x86): it cannot be booted. Make a volume of it and attach that to read it.`;
    throw new CloudError("InvalidParameterValue", text, { snapshotId });
  }
  return loader === "boot-sector" || bootMode === "legacy-bios" ? "disk" : "kernel";
}

/** A CD's volumes: the root is blank, so that what is on the CD can be installed there. */
export function withBlankRoot(cd: ImageDevice): ImageDevice[] {
  return [
    { ...cd, snapshotId: null, sizeBytes: BLANK_ROOT_BYTES },
    { ...cd, device: CDROM_DEVICE },
  ];
}

export function withCommandLine({ bootMode: _, ...ref }: ImageRef, commandLine: string | undefined): ImageRef {
  return { ...ref, manifest: { ...ref.manifest, commandLine: commandLine ?? ref.manifest.commandLine } };
}

/** Of the image only its firmware is used: what runs on the disk, and as whom one logs in there, is not known. */
export function withBios({ url, manifest }: ImageRef): ImageRef {
  const unknown = { commandLine: "", defaultUser: "", agent: null, minimumMemoryMiB: LEAST_MEMORY_MIB };
  return { url, manifest: { ...manifest, ...unknown }, bootMode: "legacy-bios" };
}

/** A CD's image has a volume that is made of nothing: `UnsupportedOperation`. */
export function checkHasNoBlank({ id, devices }: Pick<CatalogueImage, "id" | "devices">, done: string): void {
  if (devices.every(({ snapshotId, imageId }) => snapshotId !== null || imageId !== null)) return;
  const text = `The image '${id}' is a CD beside a blank volume: it cannot be ${done}. Use its snapshot.`;
  throw new CloudError("UnsupportedOperation", text, { imageId: id });
}
