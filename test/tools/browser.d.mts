/** Chromium as root has no sandbox; the rest keeps it from calling home. */
export const CHROMIUM_FLAGS: string[];
/** The path of an installed Chrome or Chromium. */
export function installedBrowser(): string | undefined;
/** Playwright launch options for the browser of this machine. */
export function findBrowser(): { executablePath: string; args: string[] };
/** Makes sure that a browser is there: installed, Playwright's own, or Debian's package when root on Debian. */
export function ensureBrowser(): void;
