import * as v from "valibot";
import { CloudError } from "../base/errors.ts";

const sha256 = v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/, "expected a SHA-256 in lower-case hexadecimal"));
const byteCount = v.pipe(v.number(), v.safeInteger(), v.minValue(1));
/** Relative, inside the image's folder: no scheme, no leading slash, no "..". */
const relativePath = v.pipe(
  v.string(),
  v.regex(/^(?!.*\.\.)[A-Za-z0-9][A-Za-z0-9._/-]*$/, "expected a path inside the image"),
);

const fileSchema = v.object({ path: relativePath, sha256, bytes: byteCount });

/** `image.json`: what an image is made of. Chunk files are `chunks/<sha256>`, content-addressed. */
export const imageManifestSchema = v.pipe(
  v.object({
    formatVersion: v.literal(1),
    name: v.pipe(v.string(), v.regex(/^[a-z0-9][a-z0-9._-]{0,63}$/)),
    title: v.string(),
    version: v.string(),
    architecture: v.literal("i386"),
    defaultUser: v.string(),
    kernel: fileSchema,
    bios: fileSchema,
    vgaBios: fileSchema,
    commandLine: v.string(),
    disk: v.object({
      bytes: v.pipe(byteCount, v.multipleOf(512)),
      chunkBytes: v.pipe(byteCount, v.multipleOf(65536)),
      compression: v.literal("gzip"),
      /** One entry a chunk; `null` where the chunk is all zeros. SHA-256 and size are those of the compressed file. */
      chunks: v.array(v.nullable(v.object({ sha256, bytes: byteCount }))),
    }),
    /** Indexes of chunks in the order in which a boot reads them: worth fetching ahead. */
    bootChunks: v.array(v.pipe(v.number(), v.safeInteger(), v.minValue(0))),
    minimumMemoryMiB: byteCount,
    agent: v.nullable(v.object({ protocolVersion: v.number() })),
    rootDevice: v.string(),
    licences: v.array(
      v.object({ component: v.string(), version: v.string(), licence: v.string(), source: v.string() }),
    ),
  }),
  v.check(
    (image) => image.disk.chunks.length === Math.ceil(image.disk.bytes / image.disk.chunkBytes),
    "disk.chunks must have one entry for every chunkBytes of the disk",
  ),
  v.check(
    (image) => image.bootChunks.every((index) => index < image.disk.chunks.length),
    "bootChunks must be indexes into disk.chunks",
  ),
);

export type ImageManifest = v.InferOutput<typeof imageManifestSchema>;
export type ImageFile = v.InferOutput<typeof fileSchema>;

/** Parses the text of an `image.json`; throws `Image.ManifestMalformed` that says where it is wrong. */
export function parseImageManifest(text: string, origin: string): ImageManifest {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw new CloudError("Image.ManifestMalformed", `${origin} is not JSON: ${(error as Error).message}`, { origin });
  }
  const parsed = v.safeParse(imageManifestSchema, json);
  if (parsed.success) return parsed.output;
  const issues = parsed.issues.map((issue) => `${v.getDotPath(issue) ?? "image.json"}: ${issue.message}`);
  throw new CloudError("Image.ManifestMalformed", `${origin} is not a valid image manifest: ${issues.join("; ")}`, {
    origin,
    issues,
  });
}
