import type { Limits } from "./capacity.ts";

export interface CloudOptions {
  /** Clouds of different names share nothing but the cache of images. Letters, digits, "-", "_"; "default" by default. */
  readonly name?: string;
  /** Where the images are; `images/` beside the page by default. */
  readonly imagesUrl?: string;
  /** The folders there that are images, e.g. unpacked bundles; the first is the default one. `["tiny"]` by default. */
  readonly images?: readonly string[];
  readonly limits?: Partial<Limits>;
  /** Load a worker and the default image before the first launch, so that it is quick; true by default. */
  readonly warmUp?: boolean;
}
