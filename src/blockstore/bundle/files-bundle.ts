import { throwIfCancelled } from "../formats/errors.ts";
import type { Bundle } from "./bundle.ts";
import { bundlePath, bundleRoot, MANIFEST_PATH, MAX_MANIFEST_BYTES, malformedBundle } from "./bundle-paths.ts";
import { checkedBlob, missing } from "./checked-file.ts";

/** A bundle in files of a folder: the folder itself, or one that is in it. */
export function filesBundle(files: readonly { readonly path: string; readonly blob: Blob }[]): Bundle {
  const index = () => {
    const byPath = new Map(files.map(({ path, blob }) => [bundlePath(path), blob]));
    return { byPath, root: bundleRoot(byPath.keys()) };
  };
  return {
    async manifest() {
      const { byPath, root } = index();
      return await manifestText(byPath.get(root + MANIFEST_PATH) as Blob);
    },
    async *files(wanted, signal) {
      const { byPath, root } = index();
      for (const file of wanted) {
        throwIfCancelled(signal);
        const blob = byPath.get(root + file.path);
        if (blob === undefined) throw missing(file);
        yield { file, content: await checkedBlob(file, blob) };
      }
    },
  };
}

export async function manifestText(blob: Blob): Promise<string> {
  if (blob.size > MAX_MANIFEST_BYTES) throw malformedBundle(`its ${MANIFEST_PATH} has ${blob.size} bytes`);
  return await blob.text();
}
