/** What to do about errors whose message alone does not say it; by code. */
const ADVICE: Readonly<Record<string, string>> = {
  "InvalidAMIID.NotFound": "Choose one of the images in the launch form.",
  "InvalidInstanceID.NotFound": "It may have been terminated: look in the list of instances.",
  IncorrectInstanceState: "Wait until its state has changed, then try again.",
  RequestTimeout: "Try again. If it keeps happening, stop the instance and start it.",
  "Image.Unavailable": "Check that you are online, then try again.",
  "Image.ManifestMalformed": "The server's copy of the image is broken: whoever runs this page must publish it again.",
  "Store.Closed": "Reload the page. What your instances had saved to their disks is kept.",
  "Cloud.OwnerGone": "Another tab takes over; look whether it was done.",
  "Cloud.NoOwner": "Reload the page.",
  "Cloud.VersionMismatch": "Until then this tab shows what was last known.",
  "Cloud.Disposed": "Reload the page.",
  InternalError: "This is a fault of Tabvisor. Reload the page if something no longer works.",
  "Server.InternalError": "This is a fault of Tabvisor. Start the instance again; its disk is kept.",
};

/** What to do about an error with this code, or null when its message says so already. */
export function adviceFor(code: string): string | null {
  return ADVICE[code] ?? null;
}
