interface DirectoryPicker {
  showDirectoryPicker?(options: { id: string; mode: "read" | "readwrite" }): Promise<FileSystemDirectoryHandle>;
}

/** Whether the browser lets pages read and write folders: those based on Chromium do. */
export const canPickFolder = (): boolean => (globalThis as DirectoryPicker).showDirectoryPicker !== undefined;

/** Has the user choose a folder; undefined when the dialog was closed. */
export async function pickFolder(mode: "read" | "readwrite"): Promise<FileSystemDirectoryHandle | undefined> {
  try {
    return await (globalThis as DirectoryPicker).showDirectoryPicker?.({ id: "tabvisor-bundle", mode });
  } catch (thrown) {
    if (thrown instanceof DOMException && thrown.name === "AbortError") return undefined;
    throw thrown;
  }
}
