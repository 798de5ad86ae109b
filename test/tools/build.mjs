// `npm run build`: makes dist/.
import { ensurePackages, runNode, VITE } from "./install.mjs";

ensurePackages();
process.exit(runNode(VITE, ["build", ...process.argv.slice(2)]));
