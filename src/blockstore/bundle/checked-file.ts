import { CloudError } from "../../base/errors.ts";
import { sha256Hex } from "../content-fetch.ts";
import type { Bytes } from "../formats/source.ts";
import { chunkPath } from "./bundle-paths.ts";

/** A file of a bundle, as its manifest describes it. */
export interface WantedFile {
  readonly path: string;
  readonly sha256: string;
  readonly bytes: number;
}

const kindOf = ({ path, sha256 }: WantedFile) => (path === chunkPath(sha256) ? "Chunk" : "File");

/** What is read, when it is what the manifest says: else `Image.ChunkCorrupt` or `Image.FileCorrupt`. */
export async function checked(file: WantedFile, content: Bytes): Promise<Bytes> {
  const isRight = content.byteLength === file.bytes && (await sha256Hex(content)) === file.sha256;
  if (!isRight) throw corrupt(file, content.byteLength);
  return content;
}

/** As `checked`, of a file that is read only when it has the right size. */
export async function checkedBlob(file: WantedFile, blob: Blob): Promise<Bytes> {
  if (blob.size !== file.bytes) throw corrupt(file, blob.size);
  let content: ArrayBuffer;
  try {
    content = await blob.arrayBuffer();
  } catch (cause) {
    throw missing(file, "cannot be read", cause);
  }
  return await checked(file, new Uint8Array(content));
}

export function corrupt(file: WantedFile, got: number): CloudError {
  const wrong = got === file.bytes ? "has not the bytes" : `has ${got} bytes, not the ${file.bytes}`;
  const message = `The bundle is damaged: "${file.path}" ${wrong} that its manifest says. Get the bundle again.`;
  return new CloudError(`Image.${kindOf(file)}Corrupt`, message, { ...file, got });
}

export function missing(file: WantedFile, why = "is not there", cause?: unknown): CloudError {
  const message = `The bundle is not complete: "${file.path}", which its manifest names, ${why}. Get the bundle again.`;
  return new CloudError(`Image.${kindOf(file)}Unavailable`, message, { ...file }, cause);
}
