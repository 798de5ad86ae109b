import { hasCode } from "../../base/errors.ts";
import type { ImageManifest } from "../../protocol/image-manifest.ts";
import type { CloudInstances } from "../instances.ts";
import type { Registry } from "../registry.ts";
import type { ImageCatalogue } from "./image-catalogue.ts";

/** SHA-256 of the files that the images here, and those of the instances, boot with: others need not be kept. */
export async function neededFiles(
  registry: Registry,
  instances: CloudInstances,
  catalogue: ImageCatalogue,
): Promise<string[]> {
  const own = registry.images
    .entries()
    .filter(([, { state }]) => state !== "failed" && state !== "deregistered")
    .map(([, { ref }]) => ref.manifest);
  const alive = instances.list().filter(({ state }) => state !== "terminated");
  const ids = new Set(alive.flatMap(({ imageId, kernel }) => [imageId, ...(kernel === null ? [] : [kernel.imageId])]));
  const launched = await Promise.all([...ids].map((id) => manifestOf(catalogue, id)));
  return [...new Set([...own, ...launched.flat()].flatMap(filesOf))];
}

/** None where the image's record is missing: what was launched from it cannot start (F04). */
async function manifestOf(catalogue: ImageCatalogue, imageId: string): Promise<ImageManifest[]> {
  try {
    return [(await catalogue.ofInstance(imageId)).ref.manifest];
  } catch (error) {
    if (hasCode(error, "InvalidAMIID.Unavailable")) return [];
    throw error;
  }
}

const filesOf = ({ kernel, bios, vgaBios }: ImageManifest) => [kernel.sha256, bios.sha256, vgaBios.sha256];
