import { hasCode } from "../base/errors.ts";
import type { Client } from "../protocol/contract.ts";
import type { ImageRef } from "../protocol/vm-contract.ts";
import type { VolumeContract } from "../protocol/volume-contract.ts";

/** Root volumes: made at the first start, deleted with their instance. */
export class RootVolumes {
  readonly #database: string;
  readonly #client: () => Promise<Client<VolumeContract>>;

  constructor(database: string, client: () => Promise<Client<VolumeContract>>) {
    this.#database = database;
    this.#client = client;
  }

  /** Makes the volume when it is not there yet. */
  async ensure(volumeId: string, sizeBytes: number, image: ImageRef): Promise<void> {
    const client = await this.#client();
    try {
      await client.createVolume({ database: this.#database, volumeId, sizeBytes, image });
    } catch (error) {
      if (!hasCode(error, "Volume.AlreadyExists")) throw error;
    }
  }

  /** Deleting what was never made, or is gone already, is a success. */
  async delete(volumeId: string): Promise<void> {
    const client = await this.#client();
    try {
      await client.deleteVolume({ database: this.#database, volumeId });
    } catch (error) {
      if (!hasCode(error, "InvalidVolume.NotFound")) throw error;
    }
  }
}
