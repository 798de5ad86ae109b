import type { Event } from "../base/event.ts";
import type { ExportOptions } from "../cloud/disk-export.ts";
import type * as info from "../cloud/volumes/volume-info.ts";

export type { ExportFormat, ExportOptions } from "../cloud/disk-export.ts";
export type {
  AttachmentState,
  AttachVolumeRequest,
  CreateVolumeRequest,
  DetachVolumeRequest,
  GrownFileSystem,
  ModifyVolumeRequest,
  RollBackVolumeRequest,
  VolumeAttachment,
  VolumeChain,
  VolumeInfo as Volume,
  VolumeModification,
  VolumeState,
} from "../cloud/volumes/volume-info.ts";
export type { VolumeType } from "../cloud/volumes/volume-types.ts";

/**
 * The volumes. What is given back is how the volume is at that moment; `onChange` tells when to look again.
 *
 * An id that is none is `InvalidVolumeID.Malformed`, an unknown one `InvalidVolume.NotFound`; a volume in another state
 * than the action needs is `IncorrectState`, an attached one that must not be `VolumeInUse`.
 */
export interface Volumes {
  /** Oldest first. */
  list(): info.VolumeInfo[];
  get(volumeId: string): info.VolumeInfo;
  /** Fires after a volume has appeared, changed or gone. */
  readonly onChange: Event<void>;

  /** Makes a volume, blank or from a snapshot; resolves when it is available. Takes no time for its size. */
  create(request: info.CreateVolumeRequest): Promise<info.VolumeInfo>;
  /**
   * Attaches an available volume to an instance that is running or stopped (else `IncorrectInstanceState`); resolves when
   * the guest has the disk. Not deleted with the instance, unless `setDeleteOnTermination` says so. Rejects with
   * `InsufficientInstanceCapacity` while the page has no memory for one more open volume.
   */
  attach(request: info.AttachVolumeRequest): Promise<info.VolumeInfo>;
  /**
   * Detaches a volume; resolves when it is available. Rejects with `VolumeInUse` (`details.mountPoints`) while the guest
   * has it mounted, with `OperationNotPermitted` for the root volume of an instance that has not stopped.
   */
  detach(request: info.DetachVolumeRequest): Promise<info.VolumeInfo>;
  /** Deletes an available volume; its snapshots stay. Resolves when it is gone; space comes back in the background. */
  delete(volumeId: string): Promise<void>;
  /**
   * Grows a volume, or changes its type or limits, in use or not. The guest sees the new size at once, but its file system
   * grows only when `growFileSystem` is called, or when it is told to.
   */
  modify(request: info.ModifyVolumeRequest): Promise<info.VolumeInfo>;
  /**
   * Has the guest that runs with the volume grow the file systems on it, through its agent; gives the mounted ones.
   * `Volume.NotMounted` when there are none, `Volume.GrowFailed` when one cannot be grown.
   */
  growFileSystem(volumeId: string): Promise<readonly info.GrownFileSystem[]>;
  /** Makes the volume's content that of a snapshot again, in place. `IncorrectState` unless detached or its instance stopped. */
  rollback(request: info.RollBackVolumeRequest): Promise<info.VolumeInfo>;
  /** Whether an attached volume goes with its instance (F43). */
  setDeleteOnTermination(volumeId: string, deleteOnTermination: boolean): Promise<info.VolumeInfo>;
  /** Replaces all tags. */
  setTags(volumeId: string, tags: Readonly<Record<string, string>>): Promise<info.VolumeInfo>;

  /** Bytes that the volume holds in IndexedDB, beyond its image. */
  storedBytes(volumeId: string): Promise<number>;
  /** Which layers the volume is made of, and how much is in each. */
  chain(volumeId: string): Promise<info.VolumeChain>;
  /**
   * The volume as it is at the call, as a file: raw (its content from its first byte to its last), "raw.zst", or "qcow2", streamed. What goes
   * wrong comes as the stream's error; cancelling the stream ends the work. Read with a reader of mode "byob", it takes no
   * memory but the reader's own buffers. Rejects with `VolumeInUse` while the instance
   * that it is attached to has not stopped.
   */
  export(volumeId: string, options?: ExportOptions): Promise<ReadableStream<Uint8Array<ArrayBuffer>>>;
}
