// `npm run ec2-endpoint`: installs what is missing, serves EC2's API with simulated machines on loopback.
import { ensurePackages, ROOT } from "./install.mjs";

ensurePackages();
const { loadServer } = await import("./server-bundle.mjs");
const { ec2Endpoint } = await loadServer();
process.exit(await ec2Endpoint(process.argv.slice(2), { root: ROOT }));
