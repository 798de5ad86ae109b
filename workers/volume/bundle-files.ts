import { openBundle } from "../../src/blockstore/bundle/index.ts";
import { keepFiles } from "../../src/blockstore/index.ts";
import { type ImageManifest, parseImageManifest } from "../../src/protocol/image-manifest.ts";
import type { BundleSource } from "../../src/protocol/volume-contract.ts";

/** A bundle's manifest. `Image.BundleMalformed`, `Image.ManifestMalformed`, `Image.SourceUnavailable`. */
export async function readBundle(source: BundleSource, signal?: AbortSignal): Promise<ImageManifest> {
  return parseImageManifest(await openBundle(source).manifest(signal), "The bundle's image.json");
}

/** Keeps a bundle's kernel and firmware with the cloud: no server need have them. */
export async function keepBundleFiles({ database, source }: { database: string; source: BundleSource }): Promise<void> {
  const { kernel, bios, vgaBios } = await readBundle(source);
  const files = [];
  for await (const { file, content } of openBundle(source).files([kernel, bios, vgaBios])) {
    files.push({ sha256: file.sha256, content });
  }
  await keepFiles(database, files);
}
