import type { Event } from "../base/event.ts";
import type * as info from "../cloud/images/image-info.ts";
import type { PermissionChange } from "../cloud/sharing.ts";

export type {
  BundleFile,
  CopyImageRequest,
  CreateImageRequest,
  DeregisterImageOptions,
  ExportBundleOptions,
  ImageBlockDevice,
  ImageInfo as Image,
  ImageState,
  ImportBundleRequest,
  RegisterImageRequest,
  ReleasedSnapshot,
} from "../cloud/images/image-info.ts";
export type { PermissionChange } from "../cloud/sharing.ts";

/**
 * The images: those that come with the page (public ones, and the marketplace's), those made here, and those of other
 * accounts that may be launched. An unknown name or id is `InvalidAMIID.NotFound`, a
 * deregistered one `InvalidAMIID.Unavailable`.
 */
export interface Images {
  /** Embedded ones first. Rejects with `Image.Unavailable` when those can be had neither from the server nor from the cache. */
  list(): Promise<info.ImageInfo[]>;
  /** By name or id. */
  get(nameOrId: string): Promise<info.ImageInfo>;
  /** Fires after an image has appeared, changed or gone. */
  readonly onChange: Event<void>;

  /**
   * Makes an image of an instance and all its volumes, at one point in time (F29). A running instance is rebooted first,
   * unless `noReboot`; instance-store volumes are not part of it: `UnsupportedOperation` when the root is one (F22). "pending" in the list at
   * once; resolves when available.
   */
  createFromInstance(request: info.CreateImageRequest): Promise<info.ImageInfo>;
  /** Makes an image whose root volume is a snapshot's. */
  register(request: info.RegisterImageRequest): Promise<info.ImageInfo>;
  /**
   * Makes an image with snapshots of its own (F35), in another region where that is wanted. Of another account's image whose
   * snapshots one may not use: `InvalidRequest`.
   */
  copy(request: info.CopyImageRequest): Promise<info.ImageInfo>;
  /**
   * No more launches; instances stay, and snapshots unless they are to be deleted (F33). An embedded image: `AuthFailure`.
   */
  deregister(imageId: string, options?: info.DeregisterImageOptions): Promise<readonly info.ReleasedSnapshot[]>;

  /**
   * An image with all its volumes as a bundle, which any static host serves and `importBundle` takes: as an uncompressed
   * tar file, streamed. By name or id. What goes wrong comes as the stream's error; cancelling the stream ends the work. A
   * bundle is not encrypted, whatever the image is.
   */
  exportBundle(image: string, options?: info.ExportBundleOptions): Promise<ReadableStream<Uint8Array<ArrayBuffer>>>;
  /**
   * The same into a folder that the user chose (`showDirectoryPicker({ mode: "readwrite" })`), beside what is there;
   * `image.json` comes last. Resolves when all of it is written.
   */
  exportBundleTo(
    image: string,
    directory: FileSystemDirectoryHandle,
    options?: info.ExportBundleOptions,
  ): Promise<void>;
  /**
   * Makes an image of a bundle, with snapshots of its volumes: from then on it needs no server. "pending" in the list at
   * once; resolves when available. Every file is verified: `Image.ChunkCorrupt`, `Image.ChunkUnavailable`,
   * `Image.FileCorrupt`, `Image.FileUnavailable`, `Image.BundleMalformed`, `Image.ManifestMalformed`,
   * `Image.SourceUnavailable`, `Store.QuotaExceeded`, …; then it is in the state "failed".
   */
  importBundle(request: info.ImportBundleRequest): Promise<info.ImageInfo>;

  /** Replaces all tags. An embedded image, or another account's: `AuthFailure`, as of everything below. */
  setTags(imageId: string, tags: Readonly<Record<string, string>>): Promise<info.ImageInfo>;
  setDescription(imageId: string, description: string): Promise<info.ImageInfo>;
  /**
   * Who else may launch it (F34): accounts of twelve digits, or "all". All of the change or nothing; what is so already is no
   * error. No account: `InvalidAMIAttributeItemValue`. An encrypted image: `OperationNotPermitted`.
   */
  share(imageId: string, change: PermissionChange): Promise<info.ImageInfo>;
  /** From when on it is deprecated; null: not. It can be launched all the same. Past, or over ten years off: `InvalidParameterValue`. */
  setDeprecation(imageId: string, time: Date | null): Promise<info.ImageInfo>;
  /** No launches until it is enabled again; it is shared with nobody any more. */
  disable(imageId: string): Promise<info.ImageInfo>;
  enable(imageId: string): Promise<info.ImageInfo>;
}
