/** How long a download may take to begin before its content is let go of. */
const DOWNLOAD_STARTS_MS = 60_000;

/** Puts content into the folder of downloads; `letGo` is called when that has begun for sure. */
export function download(name: string, content: Blob, letGo: () => void = () => {}): void {
  const url = URL.createObjectURL(content);
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => {
    URL.revokeObjectURL(url);
    letGo();
  }, DOWNLOAD_STARTS_MS);
}

/** Puts a text into the folder of downloads. */
export const downloadText = (name: string, text: string): void =>
  download(name, new Blob([text], { type: "application/octet-stream" }));
