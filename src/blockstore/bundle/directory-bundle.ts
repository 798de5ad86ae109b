import { throwIfCancelled, unavailable } from "../formats/errors.ts";
import type { Bundle } from "./bundle.ts";
import { MANIFEST_PATH, malformedBundle } from "./bundle-paths.ts";
import { checkedBlob, missing } from "./checked-file.ts";
import { manifestText } from "./files-bundle.ts";

/** A bundle in a folder that the user chose. */
export function directoryBundle(directory: FileSystemDirectoryHandle): Bundle {
  return {
    async manifest() {
      const blob = await fileAt(directory, MANIFEST_PATH);
      if (blob === undefined) throw malformedBundle(`there is no ${MANIFEST_PATH} in it`);
      return await manifestText(blob);
    },
    async *files(wanted, signal) {
      for (const file of wanted) {
        throwIfCancelled(signal);
        const blob = await fileAt(directory, file.path);
        if (blob === undefined) throw missing(file);
        yield { file, content: await checkedBlob(file, blob) };
      }
    },
  };
}

/** `undefined` where there is none; `Image.SourceUnavailable` where the folder cannot be read. */
async function fileAt(directory: FileSystemDirectoryHandle, path: string): Promise<Blob | undefined> {
  const parts = path.split("/");
  const name = parts.pop() as string;
  try {
    let folder = directory;
    for (const part of parts) folder = await folder.getDirectoryHandle(part);
    return await (await folder.getFileHandle(name)).getFile();
  } catch (thrown) {
    const notThere = thrown instanceof DOMException && ["NotFoundError", "TypeMismatchError"].includes(thrown.name);
    if (notThere) return undefined;
    throw unavailable(`"${path}" in the folder "${directory.name}"`, thrown);
  }
}
