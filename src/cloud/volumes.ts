import { CloudError } from "../base/errors.ts";
import { parseId } from "../base/ids.ts";
import type { Client } from "../protocol/contract.ts";
import { readPort } from "../protocol/port-stream.ts";
import type { VolumeContract } from "../protocol/volume-contract.ts";
import type { ImageCatalogue } from "./image-catalogue.ts";
import type { CloudInstance } from "./instance.ts";
import type { CloudInstances } from "./instances.ts";

export interface VolumeInfo {
  readonly id: string;
  readonly sizeBytes: number;
  /** The instance that it is the root volume of. */
  readonly instanceId: string;
}

/** The volumes, as the public API shows them: for now each instance's root volume. */
export class CloudVolumes {
  readonly #database: string;
  readonly #instances: CloudInstances;
  readonly #images: ImageCatalogue;
  readonly #client: () => Promise<Client<VolumeContract>>;

  constructor(
    database: string,
    instances: CloudInstances,
    images: ImageCatalogue,
    client: () => Promise<Client<VolumeContract>>,
  ) {
    this.#database = database;
    this.#instances = instances;
    this.#images = images;
    this.#client = client;
  }

  list(): VolumeInfo[] {
    return this.#instances
      .list()
      .filter(({ state }) => state !== "terminated")
      .map(({ id, rootVolumeId, rootVolumeBytes }) => ({
        id: rootVolumeId,
        sizeBytes: rootVolumeBytes,
        instanceId: id,
      }));
  }

  /** Bytes that the volume holds in IndexedDB, beyond its image. */
  async storedBytes(volumeId: string): Promise<number> {
    this.#owner(volumeId);
    return (await (await this.#client()).volumeUsage({ database: this.#database, volumeId })).storedBytes;
  }

  /**
   * The volume's content from its first byte to its last: a raw disk image.
   * Rejects with `VolumeInUse` while its instance has not stopped, `InvalidVolume.NotFound` for an unknown one.
   */
  async export(volumeId: string): Promise<ReadableStream<Uint8Array<ArrayBuffer>>> {
    const owner = this.#owner(volumeId);
    if (owner.state !== "stopped") {
      throw new CloudError(
        "VolumeInUse",
        `Volume ${volumeId} is attached to ${owner.id}, which is ${owner.state}. Stop it first.`,
        {
          volumeId,
          instanceId: owner.id,
        },
      );
    }
    const image = await this.#images.ofInstance(owner.imageId);
    const client = await this.#client();
    const { port1, port2 } = new MessageChannel();
    // The stream carries the export's error to the reader; the call's own copy of it has told nothing more.
    client.exportVolume({ database: this.#database, volumeId, image }, port2).catch(() => {});
    return readPort(port1);
  }

  #owner(volumeId: string): CloudInstance {
    const id = parseId("vol", volumeId, "InvalidVolumeID.Malformed");
    const owner = this.#instances
      .list()
      .find(({ rootVolumeId, state }) => rootVolumeId === id && state !== "terminated");
    if (owner !== undefined) return owner;
    throw new CloudError("InvalidVolume.NotFound", `The volume '${volumeId}' does not exist.`, { volumeId });
  }
}
