import type { Bytes } from "../formats/source.ts";
import type { WantedFile } from "./checked-file.ts";

/** Where a bundle is. */
export type BundleSource =
  /** An uncompressed tar archive. */
  | { readonly kind: "archive"; readonly blob: Blob }
  /** The files of a folder, by their paths in it. */
  | { readonly kind: "files"; readonly files: readonly { readonly path: string; readonly blob: Blob }[] }
  | { readonly kind: "directory"; readonly directory: FileSystemDirectoryHandle }
  /** The folder on a server: absolute, ends in a slash. */
  | { readonly kind: "url"; readonly url: string };

export interface BundleFile {
  readonly file: WantedFile;
  readonly content: Bytes;
}

/** A bundle that can be read. */
export interface Bundle {
  /** The text of `image.json`. Rejects with `Image.BundleMalformed`, `Image.SourceUnavailable`. */
  manifest(signal?: AbortSignal): Promise<string>;
  /**
   * Each of the wanted files once, in any order, verified by its size and SHA-256. Rejects with `Image.ChunkCorrupt`,
   * `Image.ChunkUnavailable` (`Image.File…` for files that are no chunks), `Image.BundleMalformed`, `Image.Cancelled`.
   */
  files(wanted: readonly WantedFile[], signal?: AbortSignal): AsyncGenerator<BundleFile, void, void>;
}
