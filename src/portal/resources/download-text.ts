/** How long a download may take to begin before its content is let go of. */
const DOWNLOAD_STARTS_MS = 60_000;

/** Puts a text into the folder of downloads. */
export function downloadText(name: string, text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type: "application/octet-stream" }));
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), DOWNLOAD_STARTS_MS);
}
