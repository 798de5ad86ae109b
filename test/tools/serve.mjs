// `npm run serve`: installs and builds what is missing, serves EC2's API on loopback with real machines in a browser.
import { ensurePackages, ROOT } from "./install.mjs";

ensurePackages();
const { loadServer } = await import("./server-bundle.mjs");
const { ensureBrowser, findBrowser } = await import("./browser.mjs");
const { servePage } = await import("./built-page.mjs");
const { serve } = await loadServer();

const context = {
  root: ROOT,
  findBrowser() {
    ensureBrowser();
    return findBrowser();
  },
  servePage,
};
process.exit(await serve(process.argv.slice(2), context));
