import type { CloudError } from "../../base/errors.ts";
import { throwIfCancelled, unavailable } from "../formats/errors.ts";
import type { Bundle } from "./bundle.ts";
import { bundlePath, bundleRoot, MANIFEST_PATH, malformedBundle } from "./bundle-paths.ts";
import { checkedBlob, missing } from "./checked-file.ts";
import { manifestText } from "./files-bundle.ts";

/** POSIX.1-1988 (ustar): headers and contents are whole blocks; two blocks of zeros end the file. */
const BLOCK_BYTES = 512;
/** Kinds of entries: plain files (older tools leave it empty), folders, and pax's and GNU's remarks on the next entry. */
const [FILES, FOLDER, REMARKS] = ["0\0", "5", "xgLK"];

/**
 * A bundle in a tar file, whose headers are read anywhere in it. (A decoder of streams would have to read all of it for
 * each disk, and the one that was tried could stop for good.)
 */
export function archiveBundle(blob: Blob): Bundle {
  let index: Promise<ReadonlyMap<string, Blob>> | undefined;
  const read = (signal?: AbortSignal) => {
    index ??= readIndex(blob, signal);
    index.catch(() => {
      index = undefined;
    });
    return index;
  };
  return {
    async manifest(signal) {
      const files = await read(signal);
      return await manifestText(files.get(bundleRoot(files.keys()) + MANIFEST_PATH) as Blob);
    },
    async *files(wanted, signal) {
      const files = await read(signal);
      const root = bundleRoot(files.keys());
      for (const file of wanted) {
        throwIfCancelled(signal);
        const content = files.get(root + file.path);
        if (content === undefined) throw missing(file);
        yield { file, content: await checkedBlob(file, content) };
      }
    },
  };
}

async function readIndex(blob: Blob, signal?: AbortSignal): Promise<ReadonlyMap<string, Blob>> {
  const files = new Map<string, Blob>();
  for (let at = 0; ; ) {
    throwIfCancelled(signal);
    const header = await headerAt(blob, at);
    if (header === undefined) return files;
    const { name, size, type } = header;
    const begin = at + BLOCK_BYTES;
    at = begin + Math.ceil(size / BLOCK_BYTES) * BLOCK_BYTES;
    if (at > blob.size) throw malformedBundle(`it ends within its "${name}"`, { name, size });
    if (REMARKS.includes(type) && type !== "") continue;
    if (!FILES.includes(type) && type !== FOLDER) throw malformedBundle(`its "${name}" is no file`, { name, type });
    const path = bundlePath(name);
    if (type === FOLDER) continue;
    if (files.has(path)) throw malformedBundle(`it has two files named ${path}`, { path });
    files.set(path, blob.slice(begin, begin + size));
  }
}

/** `undefined` at the end. */
async function headerAt(blob: Blob, at: number): Promise<{ name: string; size: number; type: string } | undefined> {
  let bytes: Uint8Array;
  try {
    bytes = new Uint8Array(await blob.slice(at, at + BLOCK_BYTES).arrayBuffer());
  } catch (thrown) {
    throw unavailable("The bundle", thrown);
  }
  if (bytes.byteLength < BLOCK_BYTES) throw malformedBundle("as a tar file it ends too early", { at });
  if (bytes.every((byte) => byte === 0)) return undefined;
  const text = (from: number, length: number) =>
    new TextDecoder().decode(bytes.subarray(from, from + length)).split("\0")[0] ?? "";
  const number = (from: number, length: number) => {
    const octal = text(from, length).trim();
    if (!/^[0-7]+$/.test(octal)) throw notTar(at);
    return Number.parseInt(octal, 8);
  };
  // Of the header's bytes, with spaces for the sum's own.
  const sum = bytes.reduce((total, byte, index) => total + (index >= 148 && index < 156 ? 32 : byte), 0);
  if (text(257, 5) !== "ustar" || number(148, 8) !== sum) throw notTar(at);
  const [name, prefix] = [text(0, 100), text(345, 155)];
  const isPosix = bytes[262] === 0;
  return {
    name: isPosix && prefix !== "" ? `${prefix}/${name}` : name,
    size: number(124, 12),
    type: String.fromCharCode(bytes[156] as number),
  };
}

const notTar = (at: number): CloudError => malformedBundle("it is no tar file, or a damaged one", { at });
