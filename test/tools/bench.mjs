// `npm run bench`: installs and builds what is missing, then measures. Arguments name the benchmarks to run.
import { ensurePackages, runNode, VITE } from "./install.mjs";

ensurePackages();
const { ensureBrowser } = await import("./browser.mjs");
ensureBrowser();
const built = runNode(VITE, ["build", "--logLevel", "warn"]);
if (built !== 0) process.exit(built);
process.exit(runNode("test/bench/run.mjs", process.argv.slice(2)));
