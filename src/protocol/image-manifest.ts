import * as v from "valibot";
import { CloudError } from "../base/errors.ts";

const sha256 = v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/, "expected a SHA-256 in lower-case hexadecimal"));
const byteCount = v.pipe(v.number(), v.safeInteger(), v.minValue(1));
/** Relative, inside the image's folder: no scheme, no leading slash, no "..". */
const relativePath = v.pipe(
  v.string(),
  v.regex(/^(?!.*\.\.)[A-Za-z0-9][A-Za-z0-9._/-]*$/, "expected a path inside the image"),
);

/** A kernel with everything in it has less; what claims more is not fetched into memory. */
const MAX_FILE_BYTES = 256 << 20;
/** A chunk is in memory as a whole. */
const MAX_CHUNK_BYTES = 64 << 20;
/** 2 TiB: the largest volume. */
const MAX_DISK_BYTES = 2 ** 41;

/** EC2 User Guide, "Root volume size limit" of instance-store images: 10 GiB. */
export const MAX_STORE_ROOT_BYTES = 10 * 2 ** 30;

const fileSchema = v.object({ path: relativePath, sha256, bytes: v.pipe(byteCount, v.maxValue(MAX_FILE_BYTES)) });

const diskSchema = v.pipe(
  v.object({
    bytes: v.pipe(byteCount, v.multipleOf(512), v.maxValue(MAX_DISK_BYTES)),
    chunkBytes: v.pipe(byteCount, v.multipleOf(65536), v.maxValue(MAX_CHUNK_BYTES)),
    compression: v.literal("gzip"),
    /** One entry a chunk; `null` where the chunk is all zeros. SHA-256 and size are those of the compressed file. */
    chunks: v.array(v.nullable(v.object({ sha256, bytes: byteCount }))),
  }),
  v.check(
    ({ chunks, bytes, chunkBytes }) => chunks.length === Math.ceil(bytes / chunkBytes),
    "chunks must have one entry for every chunkBytes of the disk",
  ),
  v.check(
    // What does not pack grows a little: RFC 1951's stored blocks, gzip's head and end.
    ({ chunks, chunkBytes }) => chunks.every((chunk) => chunk === null || chunk.bytes <= chunkBytes * 2),
    "a chunk must not be larger packed than twice its size",
  ),
);

const amount = v.nullable(v.pipe(v.number(), v.minValue(1)));
/** How a launch makes a volume: EC2's type and what is provisioned; null: nothing. */
const volumeSchema = {
  type: v.string(),
  iops: amount,
  throughputMiBps: amount,
  deleteOnTermination: v.boolean(),
};

/** `image.json`: what an image is made of. Chunk files are `chunks/<sha256>`, content-addressed. */
export const imageManifestSchema = v.pipe(
  v.object({
    /** 2 where there are `volumes`: who knows only 1 must not lose them silently. */
    formatVersion: v.picklist([1, 2]),
    name: v.pipe(v.string(), v.regex(/^[a-z0-9][a-z0-9._-]{0,63}$/)),
    title: v.string(),
    version: v.string(),
    architecture: v.literal("i386"),
    defaultUser: v.string(),
    kernel: fileSchema,
    bios: fileSchema,
    vgaBios: fileSchema,
    commandLine: v.string(),
    /** Nothing said: "kernel". */
    bootMode: v.optional(v.picklist(["kernel", "legacy-bios"])),
    /** The root volume's. */
    disk: diskSchema,
    /** How the root volume is made; a plain gp3 where nothing is said. */
    rootVolume: v.optional(v.object(volumeSchema)),
    /** The volumes beside the root, e.g. "/dev/sdf". */
    volumes: v.optional(v.array(v.object({ device: v.string(), ...volumeSchema, disk: diskSchema }))),
    /** Indexes of chunks in the order in which a boot reads them: worth fetching ahead. */
    bootChunks: v.array(v.pipe(v.number(), v.safeInteger(), v.minValue(0))),
    minimumMemoryMiB: byteCount,
    agent: v.nullable(v.object({ protocolVersion: v.number() })),
    /** "metadata": it starts first by itself, from the metadata service. Nothing said: through its agent. */
    firstStart: v.optional(v.literal("metadata")),
    rootDevice: v.string(),
    /** "instance-store": in the machine's memory, and gone with it. Nothing said: "ebs", a volume. */
    rootDeviceType: v.optional(v.picklist(["ebs", "instance-store"])),
    licences: v.array(
      v.object({ component: v.string(), version: v.string(), licence: v.string(), source: v.string() }),
    ),
  }),
  v.check(
    (image) => image.bootChunks.every((index) => index < image.disk.chunks.length),
    "bootChunks must be indexes into disk.chunks",
  ),
  v.check(
    (image) => (image.formatVersion === 2) === (image.volumes !== undefined),
    "formatVersion must be 2 where there are volumes, and 1 where there are none",
  ),
  v.check(
    ({ rootDeviceType, disk, volumes }) =>
      rootDeviceType !== "instance-store" || (volumes === undefined && disk.bytes <= MAX_STORE_ROOT_BYTES),
    "rootDeviceType must not be instance-store with more than 10 GiB, or with volumes",
  ),
);

export type ImageManifest = v.InferOutput<typeof imageManifestSchema>;
export type ImageManifestDisk = ImageManifest["disk"];
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
