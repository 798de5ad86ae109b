import { download } from "./download.ts";

interface SaveFilePicker {
  showSaveFilePicker?(options: { suggestedName: string }): Promise<{
    createWritable(): Promise<WritableStream<Uint8Array<ArrayBuffer>>>;
  }>;
}

const BUFFER_BYTES = 1 << 20;

/**
 * Streams into a file that the user chooses; where the browser has no such dialog, by way of its private files into the
 * folder of downloads. `open` gives the content once it is known where it goes. False when the user closed the dialog.
 */
export async function saveFile(
  name: string,
  open: () => Promise<ReadableStream<Uint8Array<ArrayBuffer>>>,
  signal: AbortSignal,
): Promise<boolean> {
  const { showSaveFilePicker } = globalThis as SaveFilePicker;
  if (showSaveFilePicker === undefined) {
    await downloadStream(name, open, signal);
    return true;
  }
  let file: Awaited<ReturnType<NonNullable<SaveFilePicker["showSaveFilePicker"]>>>;
  try {
    file = await showSaveFilePicker.call(globalThis, { suggestedName: name });
  } catch (thrown) {
    if (thrown instanceof DOMException && thrown.name === "AbortError") return false;
    throw thrown;
  }
  await pipe(await open(), await file.createWritable(), signal);
  return true;
}

/** As `pipeTo`, through one buffer again and again, where the stream is one of bytes. */
async function pipe(
  content: ReadableStream<Uint8Array<ArrayBuffer>>,
  file: WritableStream<Uint8Array<ArrayBuffer>>,
  signal: AbortSignal,
): Promise<void> {
  let reader: ReadableStreamBYOBReader;
  try {
    reader = content.getReader({ mode: "byob" });
  } catch {
    return await content.pipeTo(file, { signal });
  }
  const writer = file.getWriter();
  const abort = () => void reader.cancel(signal.reason).catch(() => undefined);
  signal.addEventListener("abort", abort);
  try {
    if (signal.aborted) abort();
    let buffer = new ArrayBuffer(BUFFER_BYTES);
    for (;;) {
      const { done, value } = await reader.read(new Uint8Array(buffer));
      signal.throwIfAborted();
      if (done) break;
      // The file has it when this resolves.
      await writer.write(value);
      buffer = value.buffer;
    }
    await writer.close();
  } catch (thrown) {
    await reader.cancel(thrown).catch(() => undefined);
    await writer.abort(thrown).catch(() => undefined);
    throw thrown;
  } finally {
    signal.removeEventListener("abort", abort);
  }
}

async function downloadStream(
  name: string,
  open: () => Promise<ReadableStream<Uint8Array<ArrayBuffer>>>,
  signal: AbortSignal,
): Promise<void> {
  const folder = await navigator.storage.getDirectory();
  const handle = await folder.getFileHandle(name, { create: true });
  try {
    await pipe(await open(), await handle.createWritable(), signal);
  } catch (thrown) {
    await folder.removeEntry(name);
    throw thrown;
  }
  const letGo = () => {
    folder.removeEntry(name).catch(() => {
      // Still being read: the next export of that name takes its place.
    });
  };
  download(name, await handle.getFile(), letGo);
}
