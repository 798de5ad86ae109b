import type { ImageManifest, ImageManifestDisk } from "../../protocol/image-manifest.ts";
import type { CatalogueDevice, CatalogueImage } from "./image-catalogue.ts";

/** As the embedded images are cut. */
const CHUNK_BYTES = 256 << 10;
/** A disk of 2 TiB in chunks of 32 MiB: more would make a manifest that nobody wants to read. */
const MAX_CHUNKS = 1 << 16;

/** What `image.json` of a bundle will be, but for the chunks of those disks that are snapshots. */
export function bundleManifest({ name, kind, ref, devices }: CatalogueImage): ImageManifest {
  if (kind === "embedded") return ref.manifest;
  const { rootVolume: _, volumes: __, ...facts } = ref.manifest;
  const [root, ...others] = devices as [CatalogueDevice, ...CatalogueDevice[]];
  const disk = blankDisk(root.sizeBytes);
  const isCutAsBefore = disk.chunkBytes === ref.manifest.disk.chunkBytes;
  const shared = { ...facts, name: plainName(name), title: name, rootDevice: root.device, rootVolume: volumeOf(root) };
  return {
    ...shared,
    formatVersion: others.length === 0 ? 1 : 2,
    disk,
    // What a boot reads first is mostly what it read from the image below: worth an advice where that is cut as this is.
    bootChunks: isCutAsBefore ? facts.bootChunks.filter((index) => index < disk.chunks.length) : [],
    ...(others.length > 0 && {
      volumes: others.map((device) => ({
        device: device.device,
        ...volumeOf(device),
        disk: blankDisk(device.sizeBytes),
      })),
    }),
    ...(ref.bootMode !== undefined && { bootMode: ref.bootMode }),
  };
}

/** The manifest of an image whose disks are snapshots: its chunks are nowhere to be had any more. */
export function withoutDisks({ rootVolume: _, volumes: __, ...manifest }: ImageManifest): ImageManifest {
  return { ...manifest, formatVersion: 1, disk: blankDisk(manifest.disk.chunkBytes), bootChunks: [] };
}

/** Bytes that are to be read of each disk of a bundle, the root's first. */
export function packedBytes(manifest: ImageManifest): number[] {
  return [manifest, ...(manifest.volumes ?? [])].map(({ disk }) => {
    const files = new Map(disk.chunks.flatMap((chunk) => (chunk === null ? [] : [[chunk.sha256, chunk.bytes]])));
    return [...files.values()].reduce((sum, bytes) => sum + bytes, 0);
  });
}

function blankDisk(bytes: number): ImageManifestDisk {
  let chunkBytes = CHUNK_BYTES;
  while (bytes > chunkBytes * MAX_CHUNKS) chunkBytes *= 2;
  const chunks = Array.from({ length: Math.ceil(bytes / chunkBytes) }, () => null);
  return { bytes, chunkBytes, compression: "gzip", chunks };
}

const volumeOf = ({ type, iops, throughputMiBps, deleteOnTermination }: CatalogueDevice) => ({
  type,
  iops,
  throughputMiBps,
  deleteOnTermination,
});

/** What a folder on any server can be called. */
function plainName(name: string): string {
  const plain = name
    .toLowerCase()
    .replaceAll(/[^a-z0-9._-]+/g, "-")
    .replace(/^[^a-z0-9]+/, "")
    .slice(0, 64);
  return plain === "" ? "image" : plain;
}
