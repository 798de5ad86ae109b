// `npm start`: installs what is missing, builds, serves the portal, prints the address. `-- --port N` chooses the port.
import { ensurePackages, runNode, VITE } from "./install.mjs";

ensurePackages();
const built = runNode(VITE, ["build", "--logLevel", "warn"]);
if (built !== 0) process.exit(built);
console.log("tabvisor is built. Open the address below; Ctrl+C ends it.");
process.exit(runNode(VITE, ["preview", ...process.argv.slice(2)]));
