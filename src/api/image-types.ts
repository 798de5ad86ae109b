import type { Event } from "../base/event.ts";
import type {
  CopyImageRequest,
  CreateImageRequest,
  ImageInfo,
  RegisterImageRequest,
} from "../cloud/images/image-info.ts";

export type {
  CopyImageRequest,
  CreateImageRequest,
  ImageBlockDevice,
  ImageInfo as Image,
  ImageState,
  RegisterImageRequest,
} from "../cloud/images/image-info.ts";

/**
 * The images: those that come with the page, and those made here. An unknown name or id is `InvalidAMIID.NotFound`, a
 * deregistered one `InvalidAMIID.Unavailable`.
 */
export interface Images {
  /** Embedded ones first. Rejects with `Image.Unavailable` when those can be had neither from the server nor from the cache. */
  list(): Promise<ImageInfo[]>;
  /** By name or id. */
  get(nameOrId: string): Promise<ImageInfo>;
  /** Fires after an image has appeared, changed or gone. */
  readonly onChange: Event<void>;

  /**
   * Makes an image of an instance and all its volumes, at one point in time (F29). A running instance is rebooted first,
   * unless `noReboot`; instance-store volumes are not part of it. "pending" in the list at once; resolves when available.
   */
  createFromInstance(request: CreateImageRequest): Promise<ImageInfo>;
  /** Makes an image whose root volume is a snapshot's. */
  register(request: RegisterImageRequest): Promise<ImageInfo>;
  /** Makes an image with snapshots of its own (F35). */
  copy(request: CopyImageRequest): Promise<ImageInfo>;
  /** No more launches; instances and snapshots stay (F33). An embedded image: `AuthFailure`. */
  deregister(imageId: string): Promise<void>;
  /** Replaces all tags. An embedded image: `AuthFailure`. */
  setTags(imageId: string, tags: Readonly<Record<string, string>>): Promise<ImageInfo>;
}
