import { type BootLoader, findBootLoader } from "../../src/blockstore/formats/index.ts";
import { openSnapshot } from "../../src/blockstore/index.ts";

export interface SnapshotAddress {
  readonly database: string;
  readonly snapshotId: string;
  /** Where the image is now that the snapshot stands on; null: where it was. */
  readonly imageUrl: string | null;
  readonly key?: CryptoKey | undefined;
}

/** What a BIOS would boot from on a volume made of a snapshot. */
export async function findSnapshotLoader({ imageUrl, key, ...address }: SnapshotAddress): Promise<BootLoader | null> {
  const volume = await openSnapshot({
    ...address,
    ...(imageUrl !== null && { imageUrl }),
    ...(key !== undefined && { key }),
  });
  try {
    return await findBootLoader(volume);
  } finally {
    await volume.close();
  }
}
