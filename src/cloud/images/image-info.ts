import type { RootDeviceType } from "../../lifecycle/states.ts";
import type { BootMode } from "../../protocol/vm-contract.ts";
import type { BlockDeviceMapping } from "../launch-block-devices.ts";
import type { Tags } from "../tags.ts";
import type { VolumeType } from "../volumes/volume-types.ts";
import type { OwnerAlias } from "./catalogue-file.ts";

/** One of an image's volumes: what a launch makes of it. */
export interface ImageBlockDevice {
  /** e.g. "/dev/vda" for the root volume, "/dev/sdf" for another. */
  readonly device: string;
  readonly sizeBytes: number;
  /** Null for the root volume of an embedded image, which comes from the image's files, and for a blank volume. */
  readonly snapshotId: string | null;
  readonly type: VolumeType;
  /** What is provisioned; null: what the type gives. */
  readonly iops: number | null;
  readonly throughputMiBps: number | null;
  /** The snapshot is, and so is what a launch makes of it (F48). */
  readonly encrypted: boolean;
  readonly deleteOnTermination: boolean;
}

/** EC2's image states (F29). "disabled": not to be launched, for now. A deregistered image is gone from the list. */
export const IMAGE_STATES = ["pending", "available", "failed", "disabled"] as const;
export type ImageState = (typeof IMAGE_STATES)[number];

export interface ImageInfo {
  readonly id: string;
  readonly name: string;
  readonly title: string;
  readonly version: string;
  readonly architecture: string;
  /** The root volume's size. */
  readonly diskBytes: number;
  /** Compressed size of everything, and of what a boot needs. */
  readonly downloadBytes: number;
  readonly bootDownloadBytes: number;
  readonly minimumMemoryMiB: number;
  readonly defaultUser: string;
  /** "embedded": comes with the page. "own": made here, of snapshots. */
  readonly kind: "embedded" | "own";
  /** The account that it belongs to; that of `ownerAlias` where it comes with the page. */
  readonly ownerId: string;
  /** Of one that comes with the page: a public one, or one of the marketplace (F27). */
  readonly ownerAlias: OwnerAlias | null;
  /** Null for an embedded one, which is in all of them. */
  readonly region: string | null;
  /** Everybody may launch it. */
  readonly public: boolean;
  /** Another account's, which may be launched and not changed (F34). */
  readonly shared: boolean;
  /** Who else may launch it: accounts, or "all". Who is not its owner sees those alone that are about them. */
  readonly launchPermissions: readonly string[];
  /** What it is for, e.g. "Web servers"; of those that come with the page. */
  readonly categories: readonly string[];
  readonly productCodes: readonly string[];
  /** From then on EC2's list has it only for its owner, and for who asks for deprecated ones; null: never. */
  readonly deprecationTime: Date | null;
  /** It is past its deprecation time. */
  readonly deprecated: boolean;
  /** The image that it is a copy of. */
  readonly sourceImage: { readonly id: string; readonly region: string } | null;
  readonly state: ImageState;
  /** Why it is in the state "failed". */
  readonly stateReason: { readonly code: string; readonly message: string } | null;
  readonly description: string;
  readonly tags: Tags;
  /** Null where the page does not say when it was made. */
  readonly createTime: Date | null;
  /** The instance that it was made from. */
  readonly sourceInstanceId: string | null;
  /** "kernel": its kernel is entered directly. "legacy-bios": a BIOS starts the boot loader on its disk or CD. */
  readonly bootMode: BootMode;
  /** The kernel's. */
  readonly commandLine: string;
  readonly rootDevice: string;
  /** "instance-store": instances of it have their root volume in memory, and cannot be stopped (F31, F32). */
  readonly rootDeviceType: RootDeviceType;
  /** The root volume first. */
  readonly blockDevices: readonly ImageBlockDevice[];
}

interface NewImage {
  /**
   * 3–128 letters, digits and ( ) [ ] . / - ' @ _ and spaces: else `InvalidAMIName.Malformed`. Taken by another image:
   * `InvalidAMIName.Duplicate`.
   */
  readonly name: string;
  readonly description?: string;
  readonly tags?: Tags;
  /** Of the snapshots that are made for it. */
  readonly snapshotTags?: Tags;
}

export interface CreateImageRequest extends NewImage {
  readonly instanceId: string;
  /** Do not restart a running instance first: its disks are taken as after a power cut. */
  readonly noReboot?: boolean;
}

export interface RegisterImageRequest extends NewImage {
  /**
   * "ebs" by default. "instance-store": a root volume in memory that starts as the snapshot is, at most 10 GiB (else
   * `InvalidParameterValue`), and is gone when the instance ends; not of a CD.
   */
  readonly rootDeviceType?: RootDeviceType;
  /** Of the root volume; or of a CD, which instances have in their drive beside a blank root volume. */
  readonly snapshotId: string;
  /**
   * "legacy-bios": by the boot loader on the disk or the CD. By default that is what a disk with a boot sector and a
   * CD with a boot record do, and "kernel" everything else, and whatever `kernelImage` or `commandLine` is given for:
   * with "legacy-bios" these are `InvalidParameterCombination`. A CD without a boot record: `InvalidParameterValue`.
   */
  readonly bootMode?: BootMode;
  /** An image's name or id whose kernel it boots with; "tiny" by default. */
  readonly kernelImage?: string;
  /** That of the kernel's image by default. */
  readonly commandLine?: string;
  /**
   * The volumes beside the root, and what is to be other about the root than in its snapshot; as for a launch, but no
   * instance-store volumes. Not of a CD: `InvalidParameterCombination`.
   */
  readonly blockDevices?: readonly BlockDeviceMapping[];
}

export interface CopyImageRequest extends Omit<NewImage, "name"> {
  /** Name or id of the image. */
  readonly image: string;
  readonly name: string;
  /**
   * Encrypt the copy's snapshots (F48); those of encrypted ones are: then false is `InvalidParameterCombination`. True by
   * default where the cloud encrypts by default.
   */
  readonly encrypted?: boolean;
  /** Where the copy shall be; "us-east-1" by default. Unknown: `InvalidParameterValue`. */
  readonly region?: string;
  /** Where the image is; wherever it is found by default. */
  readonly sourceRegion?: string;
  /** Give the copy the image's tags, beside and below `tags`; not those of another account's. */
  readonly copyTags?: boolean;
  /** As that of a launch (F74): the request that comes again with it copies nothing, and gives the same image. */
  readonly clientToken?: string;
}

/** A file of a folder that the user chose: its path is "folder/chunks/…" or without the folder. */
export interface BundleFile {
  readonly path: string;
  readonly blob: Blob;
}

export interface ExportBundleOptions {
  /** Aborting rejects with `Image.Cancelled`. */
  readonly signal?: AbortSignal;
  /** Bytes of the disks. */
  readonly onProgress?: (progress: { readonly doneBytes: number; readonly totalBytes: number | null }) => void;
}

export interface ImportBundleRequest extends NewImage {
  /**
   * What `exportBundle` has written: the tar file, the folder or its files, or the URL of the folder on a server that
   * lets this page read it.
   */
  readonly source: Blob | FileSystemDirectoryHandle | readonly BundleFile[] | string;
  /** Aborting rejects with `Image.Cancelled`, and nothing is left. */
  readonly signal?: AbortSignal;
  /** Bytes of the bundle. */
  readonly onProgress?: (progress: { readonly doneBytes: number; readonly totalBytes: number | null }) => void;
}

/** What has become of a deregistered image's snapshot: one that is in use stays. */
export interface ReleasedSnapshot {
  readonly snapshotId: string;
  readonly deleted: boolean;
}

export interface DeregisterImageOptions {
  /** Delete its snapshots too, but for those that other images use. False by default: they stay (F33). */
  readonly deleteAssociatedSnapshots?: boolean;
}
