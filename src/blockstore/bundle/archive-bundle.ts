import { createTarDecoder, type ParsedTarEntry } from "modern-tar";
import { CloudError } from "../../base/errors.ts";
import { throwIfCancelled, unavailable } from "../formats/errors.ts";
import type { Bytes } from "../formats/source.ts";
import type { Bundle } from "./bundle.ts";
import { bundlePath, bundleRoot, MANIFEST_PATH, MAX_MANIFEST_BYTES, malformedBundle } from "./bundle-paths.ts";
import { checked, corrupt, missing, type WantedFile } from "./checked-file.ts";

/** What a tar file may hold of a bundle: whatever else it has could lead elsewhere. */
const HARMLESS = new Set(["file", "directory", "pax-header", "pax-global-header"]);

/**
 * A bundle in a tar file, which has no index: it is read from front to back, once for the manifest (which an export
 * writes last: only then it knows the chunks) and once for each disk.
 */
export function archiveBundle(blob: Blob): Bundle {
  let root: Promise<{ text: string; folder: string }> | undefined;
  const readRoot = (signal?: AbortSignal) => {
    root ??= findManifest(blob, signal);
    root.catch(() => {
      root = undefined;
    });
    return root;
  };
  return {
    manifest: async (signal) => (await readRoot(signal)).text,
    async *files(wanted, signal) {
      const { folder } = await readRoot(signal);
      const missingFiles = new Map(wanted.map((file) => [folder + file.path, file]));
      for await (const { path, entry } of entries(blob, signal)) {
        const file = missingFiles.get(path);
        if (file === undefined) continue;
        missingFiles.delete(path);
        yield { file, content: await contentOf(file, entry) };
        if (missingFiles.size === 0) return;
      }
      for (const file of missingFiles.values()) throw missing(file);
    },
  };
}

async function findManifest(blob: Blob, signal?: AbortSignal): Promise<{ text: string; folder: string }> {
  const texts = new Map<string, string>();
  for await (const { path, entry } of entries(blob, signal)) {
    if (path !== MANIFEST_PATH && !path.endsWith(`/${MANIFEST_PATH}`)) continue;
    if (texts.has(path)) throw malformedBundle(`it has two files named ${path}`, { path });
    if (texts.size === MAX_MANIFESTS) throw malformedBundle(`there are more than ${MAX_MANIFESTS} images in it`);
    texts.set(path, new TextDecoder().decode(await bodyOf(entry, MAX_MANIFEST_BYTES)));
  }
  const folder = bundleRoot(texts.keys());
  return { folder, text: texts.get(folder + MANIFEST_PATH) as string };
}

/** Of a bundle's own and what may be beside it: each is kept until it is known which is the bundle's. */
const MAX_MANIFESTS = 4;

async function contentOf(file: WantedFile, entry: ParsedTarEntry): Promise<Bytes> {
  if (entry.header.size !== file.bytes) throw corrupt(file, entry.header.size);
  return await checked(file, await bodyOf(entry, file.bytes));
}

/** An entry's bytes: room is taken for what has come, not for what the header claims. */
async function bodyOf({ header, body }: ParsedTarEntry, mostBytes: number): Promise<Bytes> {
  if (header.size > mostBytes) throw malformedBundle(`its ${header.name} has ${header.size} bytes`, { ...header });
  return new Uint8Array(await new Response(body).arrayBuffer());
}

async function* entries(
  blob: Blob,
  signal?: AbortSignal,
): AsyncGenerator<{ path: string; entry: ParsedTarEntry }, void, void> {
  const reader = blob
    .stream()
    .pipeThrough(createTarDecoder({ strict: true }))
    .getReader();
  try {
    for (;;) {
      throwIfCancelled(signal);
      const { done, value: entry } = await reader.read();
      if (done) return;
      const { name, type = "file" } = entry.header;
      if (!HARMLESS.has(type)) throw malformedBundle(`its "${name}" is a ${type}`, { name, type });
      const path = bundlePath(name);
      if (type === "file") yield { path, entry };
      // What nobody read: the next entry comes behind it.
      if (!entry.body.locked) await entry.body.cancel();
    }
  } catch (thrown) {
    throw asBundleError(thrown);
  } finally {
    await reader.cancel().catch(() => {});
  }
}

/** The reader's own complaints are about the tar file; those of a file that has gone or changed are `DOMException`s. */
function asBundleError(thrown: unknown): CloudError {
  if (thrown instanceof CloudError) return thrown;
  if (thrown instanceof DOMException) return unavailable("The bundle", thrown);
  return malformedBundle(`as a tar file it is damaged (${(thrown as Error).message})`, {}, thrown);
}
