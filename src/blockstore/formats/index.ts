export { BlockSet } from "./block-set.ts";
export { IMAGE_BLOCK_BYTES, type ImageBlock, MAX_IMAGE_BYTES } from "./blocks.ts";
export { type BootLoader, findBootLoader } from "./boot-loader.ts";
export { type DiskContent, EXPORT_CHUNK_BYTES, type ExportOptions, type ExportProgress } from "./disk-content.ts";
export {
  type ImageImport,
  type ImportFormat,
  type ImportOptions,
  type ImportProgress,
  openImport,
} from "./import-image.ts";
export { qcow2FileBytes } from "./qcow2-writer.ts";
export { blobSource, type ImportSource, type RandomAccessSource, type StreamSource, streamSource } from "./source.ts";
export { openUrlSource, type UrlSourceOptions } from "./url-source.ts";
export { type ExportFormat, exportImage, writeImage } from "./write-image.ts";
