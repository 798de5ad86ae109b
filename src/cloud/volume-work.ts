import { hasCode } from "../base/errors.ts";
import type { Client } from "../protocol/contract.ts";
import type { ImageRef } from "../protocol/vm-contract.ts";
import type { VolumeContract } from "../protocol/volume-contract.ts";

/** What a volume begins with. */
export interface NewDisk {
  readonly sizeBytes: number;
  /** Unless a snapshot is given. */
  readonly image: ImageRef | null;
  readonly snapshotId: string | null;
  /** What to encrypt it with, unless with the snapshot's own key. */
  readonly key: CryptoKey | undefined;
}

/**
 * The block store's side of volumes and snapshots that no machine has open, in the volume worker. Everything that makes
 * or deletes can be asked for again when it is not known whether it was done: that is a success.
 */
export class VolumeWork {
  readonly database: string;
  readonly #client: () => Promise<Client<VolumeContract>>;

  constructor(database: string, client: () => Promise<Client<VolumeContract>>) {
    this.database = database;
    this.#client = client;
  }

  async client(): Promise<Client<VolumeContract>> {
    return await this.#client();
  }

  /** Makes a volume, over a snapshot, or an image, or blank. */
  async create(volumeId: string, { sizeBytes, image, snapshotId, key }: NewDisk): Promise<void> {
    const { database } = this;
    await unless("Volume.AlreadyExists", async () => {
      const client = await this.#client();
      if (snapshotId !== null && key !== undefined) {
        return await client.encryptSnapshot({ database, volumeId, snapshotId, sizeBytes, key });
      }
      const from = { ...(snapshotId !== null && { snapshotId }), ...(key !== undefined && { key }) };
      await client.createVolume({ database, volumeId, sizeBytes, image, ...from });
    });
  }

  async delete(volumeId: string): Promise<void> {
    const { database } = this;
    await unless("InvalidVolume.NotFound", async () => (await this.#client()).deleteVolume({ database, volumeId }));
  }

  /** Grows a volume to a size that it may have already. */
  async resize(volumeId: string, sizeBytes: number): Promise<void> {
    const { database } = this;
    const client = await this.#client();
    if ((await client.volumeUsage({ database, volumeId })).sizeBytes >= sizeBytes) return;
    await client.resizeVolume({ database, volumeId, sizeBytes });
  }

  async snapshot(volumeId: string, snapshotId: string): Promise<void> {
    const { database } = this;
    await unless("Snapshot.AlreadyExists", async () =>
      (await this.#client()).snapshotVolume({ database, volumeId, snapshotId }),
    );
  }

  async deleteSnapshot(snapshotId: string): Promise<void> {
    const { database } = this;
    await unless("InvalidSnapshot.NotFound", async () =>
      (await this.#client()).deleteSnapshot({ database, snapshotId }),
    );
  }

  /** The size of a snapshot; undefined when there is none: what an earlier page had begun may be done or not. */
  async snapshotBytes(snapshotId: string): Promise<number | undefined> {
    try {
      return (await (await this.#client()).snapshotUsage({ database: this.database, snapshotId })).sizeBytes;
    } catch (error) {
      if (hasCode(error, "InvalidSnapshot.NotFound")) return undefined;
      throw error;
    }
  }
}

async function unless(code: string, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!hasCode(error, code)) throw error;
  }
}
