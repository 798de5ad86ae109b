// The built page on a port of its own: built first when sources are newer than what was built.
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { preview } from "vite";
import { fail, ROOT, runNode, VITE } from "./install.mjs";

/** What a build is made of. */
const SOURCES = ["src", "workers", "images", "vite.config.ts", "package-lock.json"];

/** @returns {Promise<{ port: number, close(): Promise<void> }>} on 127.0.0.1 */
export async function servePage() {
  if (!isBuilt()) {
    console.log("building the page");
    if (runNode(VITE, ["build", "--logLevel", "warn"]) !== 0) fail("the build failed: see above");
  }
  const server = await preview({
    configFile: join(ROOT, "vite.config.ts"),
    logLevel: "error",
    preview: { host: "127.0.0.1", port: 0, open: false },
  });
  return { port: server.httpServer.address().port, close: () => server.close() };
}

function isBuilt() {
  const built = statSync(join(ROOT, "dist", "index.html"), { throwIfNoEntry: false });
  return built !== undefined && SOURCES.every((name) => newest(join(ROOT, name)) <= built.mtimeMs);
}

/** When something of a file or folder was last changed, in epoch ms. */
function newest(path) {
  const stats = statSync(path);
  if (!stats.isDirectory()) return stats.mtimeMs;
  return Math.max(stats.mtimeMs, ...readdirSync(path).map((name) => newest(join(path, name))));
}
