import type { BlockDevice } from "../../src/blockstore/block-device.ts";
import type { ImageFile } from "../../src/protocol/image-manifest.ts";
import type { AttachedVolume, InstanceStore, MachineSpec } from "../../src/protocol/vm-contract.ts";
import type { StoreBase } from "./devices/instance-store.ts";

/** A disk of the machine. A volume of the block store can do what is optional here; an instance-store disk cannot. */
export interface MachineBlockDevice extends BlockDevice {
  /** Grows at once. */
  resize?(sizeBytes: number): Promise<void>;
  /** Everything acknowledged before the call is in the snapshot, nothing after: its content is taken synchronously. */
  snapshot?(snapshotId: string): Promise<void>;
}

/** What a machine takes from outside its worker: files of its image, and its volumes. */
export interface MachineResources {
  /** A file of the image, verified against its hash, from the cache when it is there. */
  file(file: ImageFile): Promise<Uint8Array>;
  /** The file is there, whether it came from here or was kept: it counts as downloaded. */
  fileReady(file: ImageFile): void;
  openVolume(volume: AttachedVolume): Promise<MachineBlockDevice>;
  /** What an instance store holds at first. */
  openBase(base: NonNullable<InstanceStore["base"]>): Promise<StoreBase>;
  /** Lets go of the store. The volumes are closed before. */
  close(): Promise<void>;
}

/** `onDownload` hears how many bytes came over the network so far, of how many the boot is known to need. */
export type OpenResources = (
  spec: MachineSpec,
  onDownload: (loadedBytes: number, totalBytes: number) => void,
) => Promise<MachineResources>;
