import type { Owned } from "../scope.ts";
import type { Tags } from "../tags.ts";
import type { VolumeType } from "./volume-types.ts";

/** EC2's volume states (F39). A deleted volume is gone from the list. */
export const VOLUME_STATES = ["creating", "available", "in-use", "deleting", "error"] as const;
export type VolumeState = (typeof VOLUME_STATES)[number];

/** EC2's attachment states (F40, F41). "busy": the guest has it mounted, and did not let go of it. */
export const ATTACHMENT_STATES = ["attaching", "attached", "busy", "detaching"] as const;
export type AttachmentState = (typeof ATTACHMENT_STATES)[number];

export interface VolumeAttachment {
  readonly instanceId: string;
  /** As it was asked for, e.g. "/dev/sdf"; the image's own name for the root volume, e.g. "/dev/vda". */
  readonly device: string;
  /** What a Linux guest calls it, e.g. "/dev/vdb"; null while the instance does not run, or does not see it yet. */
  readonly guestDevice: string | null;
  readonly state: AttachmentState;
  /** Deleted with its instance (F43); else it is available afterwards. */
  readonly deleteOnTermination: boolean;
  readonly attachTime: Date;
}

/** EC2's states of a modification (F42). "optimizing": it is as it was asked for, and that is being stored. */
export const MODIFICATION_STATES = ["modifying", "optimizing", "completed", "failed"] as const;
export type ModificationState = (typeof MODIFICATION_STATES)[number];

/** What a volume is, or shall be: `iops` and `throughputMiBps` as `VolumeInfo` has them. */
export interface VolumeProperties {
  readonly sizeBytes: number;
  readonly type: VolumeType;
  readonly iops: number;
  readonly throughputMiBps: number;
}

/** EC2's volume modification (F42). */
export interface VolumeModification {
  readonly state: ModificationState;
  /** Why it has failed; else empty. */
  readonly message: string;
  readonly startTime: Date;
  /** Null until it is completed or has failed. */
  readonly endTime: Date | null;
  /** Percent. */
  readonly progress: number;
  /** Null where an earlier release made it. */
  readonly original: VolumeProperties | null;
  readonly target: VolumeProperties;
}

export interface VolumeInfo extends Owned {
  readonly id: string;
  /** e.g. "us-east-1a": it can be attached to the instances of its zone. */
  readonly availabilityZone: string;
  /** The tag `Name`; empty without one. */
  readonly name: string;
  readonly tags: Tags;
  readonly sizeBytes: number;
  readonly type: VolumeType;
  /** What was provisioned, or what the type gives at this size. */
  readonly iops: number;
  /** MiB/s: what was provisioned, or what the type gives at this size. */
  readonly throughputMiBps: number;
  readonly state: VolumeState;
  /** Why it is in the state "error". */
  readonly stateReason: { readonly code: string; readonly message: string } | null;
  readonly createTime: Date;
  /** The snapshot or image that it was made from. */
  readonly snapshotId: string | null;
  readonly imageId: string | null;
  /** Nothing that it holds beyond a public image stands in clear in the browser's storage (F48). */
  readonly encrypted: boolean;
  readonly attachment: VolumeAttachment | null;
  /** The instance that it is attached to, or is being attached to or detached from. */
  readonly instanceId: string | null;
  /** The last modification. */
  readonly modification: VolumeModification | null;
  /** EC2's attribute of the same name, which is kept and has no effect: data never becomes doubtful here. */
  readonly autoEnableIo: boolean;
}

export interface CreateVolumeRequest {
  /** The zone, of any region: the first one of the snapshot's by default, or of us-east-1. Unknown: `InvalidParameterValue`. */
  readonly availabilityZone?: string;
  /** Whole GiB; by default the snapshot's or image's size. One of the three must be there: else `MissingParameter`. */
  readonly sizeGiB?: number;
  /** Its content at first. Unknown: `InvalidSnapshot.NotFound`. Not completed: `IncorrectState`. */
  readonly snapshotId?: string;
  /**
   * An image, by name or id: the content of its root volume at first. Unknown: `InvalidAMIID.NotFound`. Not beside
   * `snapshotId`: `InvalidParameterCombination`.
   */
  readonly image?: string;
  /** "gp2" by default, as in EC2's API. Sizes and limits outside the type's: `InvalidParameterValue`. */
  readonly type?: VolumeType;
  /** I/O operations a second, for gp3, io1 and io2 only: else `InvalidParameterDependency`. */
  readonly iops?: number;
  /** For gp3 only: else `InvalidParameterDependency`. */
  readonly throughputMiBps?: number;
  /**
   * Encrypt it (F48). A volume from an encrypted snapshot always is: then false is `InvalidParameterCombination`. Encrypting
   * the content of a snapshot that is not takes a copy of it. True by default where the cloud encrypts by default, which
   * false does not change.
   */
  readonly encrypted?: boolean;
  /** Short for the tag `Name`. */
  readonly name?: string;
  readonly tags?: Tags;
  /** As that of a launch (F74): the request that comes again with it makes nothing, and gives the same volume. */
  readonly clientToken?: string;
}

export interface AttachVolumeRequest {
  readonly volumeId: string;
  readonly instanceId: string;
  /**
   * "/dev/sdf", "/dev/xvdf" or "/dev/vdf", f being b–z; "/dev/sda1", "/dev/xvda" or "/dev/vda" for the root of a stopped
   * instance, and "/dev/sr0" for the CD-ROM drive of a stopped one that boots by its BIOS. The first that is free by default. Taken, or no such name: `InvalidParameterValue`.
   */
  readonly device?: string;
}

export interface DetachVolumeRequest {
  readonly volumeId: string;
  /** When given, it must be attached to this instance, under this name: else `InvalidAttachment.NotFound`. */
  readonly instanceId?: string;
  readonly device?: string;
  /** Takes the disk away even from a guest that has it mounted: what the guest had not flushed is lost. */
  readonly force?: boolean;
}

export interface ModifyVolumeRequest {
  readonly volumeId: string;
  /** Whole GiB, at least what it is. Smaller: `InvalidParameterValue`. */
  readonly sizeGiB?: number;
  readonly type?: VolumeType;
  readonly iops?: number;
  readonly throughputMiBps?: number;
}

/** A mounted file system of a volume that has grown, or was as large as it can be. */
export interface GrownFileSystem {
  readonly mountPoint: string;
  readonly type: string;
  readonly beforeBytes: number;
  readonly afterBytes: number;
}

export interface RollBackVolumeRequest {
  readonly volumeId: string;
  /** Encrypted with the same key as the volume, or both not at all: else `InvalidParameterCombination`. */
  readonly snapshotId: string;
}

/** What a volume's chain is made of, the writable head first. */
export interface VolumeChain {
  readonly layers: readonly {
    readonly id: string;
    readonly frozen: boolean;
    /** Bytes of blocks that this layer holds in IndexedDB. */
    readonly storedBytes: number;
    /** The snapshots that pin it. */
    readonly snapshotIds: readonly string[];
  }[];
  /** The image below the lowest layer. */
  readonly image: { readonly name: string; readonly version: string } | null;
}
