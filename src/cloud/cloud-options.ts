import type { RootKey } from "./access/cloud-access.ts";
import type { Limits } from "./capacity.ts";
import type { NetworkOptions } from "./network/network-options.ts";

export interface CloudOptions {
  /** Clouds of different names share nothing but the cache of images. Letters, digits, "-", "_"; "default" by default. */
  readonly name?: string;
  /** Where the images are; `images/` beside the page by default. */
  readonly imagesUrl?: string;
  /**
   * The folders there that are images, e.g. unpacked bundles; the first is the default one. What `catalogue.json` there lists
   * by default (images/CATALOGUE.md), or `["tiny"]` where there is none.
   */
  readonly images?: readonly string[];
  readonly limits?: Partial<Limits>;
  /**
   * An access key of the default account's root user, for the AWS SDK and for whatever signs requests. A new cloud has one
   * with id and secret "test".
   */
  readonly rootKey?: RootKey;
  /**
   * Whether `cloud.ec2` has EC2's limits of requests, and answers `RequestLimitExceeded` beyond them; true by default. This
   * API has none.
   */
  readonly requestLimits?: boolean;
  /** How what is called here stands in the audit log: the portal says "portal"; "api" by default. */
  readonly origin?: "api" | "portal";
  /** How packets leave for the real Internet. */
  readonly network?: NetworkOptions;
  /** Load a worker and the default image before the first launch, so that it is quick; true by default. */
  readonly warmUp?: boolean;
}
