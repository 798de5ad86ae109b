import * as v from "valibot";

const byteCount = v.pipe(v.number(), v.safeInteger(), v.minValue(1));
const sha256 = v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/));

/** The disk of an image, as `image.json` describes it: this layer's own words for protocol's `ImageManifest["disk"]`. */
export const imageDiskSchema = v.object({
  bytes: byteCount,
  chunkBytes: byteCount,
  compression: v.literal("gzip"),
  /** One entry a chunk; `null` where it is all zeros. Size and SHA-256 are those of the compressed file. */
  chunks: v.array(v.nullable(v.object({ sha256, bytes: byteCount }))),
});
export type ImageDisk = v.InferOutput<typeof imageDiskSchema>;

/** The parts of an image that a volume needs. A protocol `ImageRef` is one, with `image` for `manifest`. */
export interface DiskImage {
  /** Absolute, ends in a slash. */
  readonly url: string;
  readonly manifest: { readonly name: string; readonly version: string; readonly disk: ImageDisk };
}
