import type { Cloud } from "../../api/types.ts";
import type { Volume } from "../../api/volume-types.ts";
import { CloudError } from "../../base/errors.ts";

interface SaveFilePicker {
  showSaveFilePicker?(options: { suggestedName: string }): Promise<{
    createWritable(): Promise<WritableStream<Uint8Array<ArrayBuffer>>>;
  }>;
}

/** The user closed the file dialog. */
const isCancelled = (thrown: unknown) => thrown instanceof DOMException && thrown.name === "AbortError";

/**
 * Streams a volume into a file that the user chooses. Rejects with `UnsupportedOperation` in browsers that cannot stream
 * into files: there a disk would have to fit into memory.
 */
export async function saveVolume(cloud: Cloud, volume: Volume): Promise<void> {
  const { showSaveFilePicker } = globalThis as SaveFilePicker;
  if (showSaveFilePicker === undefined) {
    throw new CloudError(
      "UnsupportedOperation",
      "This browser cannot stream into a file. Use Chrome or Edge, or tabvisor.volumes.export() in the developer tools.",
    );
  }
  try {
    const file = await showSaveFilePicker.call(globalThis, { suggestedName: `${volume.name || volume.id}.img` });
    const content = await cloud.volumes.export(volume.id);
    await content.pipeTo(await file.createWritable());
  } catch (thrown) {
    if (!isCancelled(thrown)) throw thrown;
  }
}
