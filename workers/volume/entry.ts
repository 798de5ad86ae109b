import { evictImageCache, imageCacheUsage } from "../../src/blockstore/image-cache.ts";
import {
  collectGarbage,
  createVolume,
  databaseUsage,
  deleteSnapshot,
  deleteVolume,
  dropFilesBut,
  encryptSnapshot,
  forgetOldCopies,
  openImageSource,
  resizeVolume,
  rollbackVolume,
  snapshotUsage,
  snapshotVolume,
  volumeChain,
  volumeUsage,
} from "../../src/blockstore/index.ts";
import { announceReady } from "../../src/protocol/handshake.ts";
import { serve } from "../../src/protocol/rpc.ts";
import { volumeContract } from "../../src/protocol/volume-contract.ts";
import { keepBundleFiles, readBundle } from "./bundle-files.ts";
import { exportBundle } from "./export-bundle.ts";
import { exportDisk, forgetOldExports } from "./export-disk.ts";
import { findSnapshotLoader } from "./find-loader.ts";
import { importSnapshot } from "./import-disk.ts";

/** The worker for volume work that needs no machine. */
serve(volumeContract, {
  createVolume: ({ snapshotId, ...request }) =>
    createVolume(snapshotId === undefined ? request : { ...request, snapshotId }),
  encryptSnapshot: (request) => encryptSnapshot(request),
  deleteVolume: (request) => deleteVolume(request),
  resizeVolume: (request) => resizeVolume(request),
  snapshotVolume: (request) => snapshotVolume(request),
  rollbackVolume: (request) => rollbackVolume(request),
  deleteSnapshot: (request) => deleteSnapshot(request),
  volumeUsage: (request) => volumeUsage(request),
  snapshotUsage: (request) => snapshotUsage(request),
  findBootLoader: (request) => findSnapshotLoader(request),
  async volumeChain(request) {
    const { layers, image } = await volumeChain(request);
    return { layers: layers.map((layer) => ({ ...layer, snapshotIds: [...layer.snapshotIds] })), image };
  },
  async databaseUsage(request) {
    const { storedBytes, garbageBytes, volumes, snapshots } = await databaseUsage(request);
    return { storedBytes, garbageBytes, volumes: [...volumes], snapshots: [...snapshots] };
  },
  imageCacheUsage: () => imageCacheUsage(),
  evictImageCache: () => evictImageCache(),
  async collectGarbage({ database, files }) {
    await forgetOldExports(database);
    await forgetOldCopies(database);
    await dropFilesBut(database, files);
    return await collectGarbage({ database });
  },
  async keepImage({ database, image: { url, manifest } }) {
    for (const disk of [manifest.disk, ...(manifest.volumes ?? []).map((volume) => volume.disk)]) {
      const source = await openImageSource({ url, manifest: { ...manifest, disk } }, { database });
      try {
        await Promise.all([source.file(manifest.kernel), source.prefetch([...disk.chunks.keys()])]);
      } finally {
        await source.close();
      }
    }
  },
  exportBundle: (request, ports) => exportBundle(request, ports),
  readBundle: (source) => readBundle(source),
  keepBundleFiles: (request) => keepBundleFiles(request),
  exportDisk: (request, ports) => exportDisk(request, ports),
  importSnapshot: (request, control) => importSnapshot(request, control),
});
announceReady();
