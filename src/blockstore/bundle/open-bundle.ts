import { throwIfCancelled } from "../formats/errors.ts";
import { archiveBundle } from "./archive-bundle.ts";
import type { Bundle, BundleSource } from "./bundle.ts";
import type { WantedFile } from "./checked-file.ts";
import { directoryBundle } from "./directory-bundle.ts";
import { filesBundle } from "./files-bundle.ts";
import { urlBundle } from "./url-bundle.ts";

/** Opens a bundle: nothing is read yet. */
export function openBundle(source: BundleSource): Bundle {
  const bundle = readerOf(source);
  return {
    manifest: async (signal) => {
      throwIfCancelled(signal);
      return await bundle.manifest(signal);
    },
    files: (wanted, signal) => bundle.files(unique(wanted), signal),
  };
}

function readerOf(source: BundleSource): Bundle {
  switch (source.kind) {
    case "archive":
      return archiveBundle(source.blob);
    case "files":
      return filesBundle(source.files);
    case "directory":
      return directoryBundle(source.directory);
    case "url":
      return urlBundle(source.url);
  }
}

const unique = (wanted: readonly WantedFile[]): WantedFile[] => [
  ...new Map(wanted.map((file) => [file.path, file])).values(),
];
