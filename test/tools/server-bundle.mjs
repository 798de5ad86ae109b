// The servers are TypeScript, which Node 20 does not run: makes one module of them, and loads it.
import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { build } from "vite";
import { ROOT } from "./install.mjs";

/** Below the project, so that the module finds its packages. */
const FOLDER = join(ROOT, ".cache");

/**
 * Takes less than a second, so that nothing is kept for the next time.
 * @returns {Promise<typeof import("../../src/server/index.ts")>}
 */
export async function loadServer() {
  const { output } = await build({
    root: ROOT,
    configFile: false,
    logLevel: "error",
    build: {
      ssr: join(ROOT, "src", "server", "index.ts"),
      write: false,
      target: "node20",
      rolldownOptions: { output: { codeSplitting: false } },
    },
  });
  await mkdir(FOLDER, { recursive: true });
  const file = join(FOLDER, `server-${process.pid}.mjs`);
  try {
    await writeFile(file, output[0].code);
    return await import(pathToFileURL(file).href);
  } finally {
    await rm(file, { force: true });
  }
}
