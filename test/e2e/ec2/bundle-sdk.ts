import { fileURLToPath } from "node:url";
import { build } from "vite";
import type { StaticHost } from "../machine/server.ts";

/** What of the real SDK the page gets. */
const SDK = fileURLToPath(new URL("./sdk.ts", import.meta.url));

/** Has the host serve the real SDK at "sdk.js". */
export async function serveSdk({ added }: StaticHost): Promise<void> {
  const lib = { entry: SDK, formats: ["es" as const], fileName: () => "sdk.js" };
  const [result] = [await build({ configFile: false, logLevel: "error", build: { write: false, lib } })].flat();
  const output = result !== undefined && "output" in result ? result.output : [];
  for (const file of output) added.set(file.fileName, Buffer.from(file.type === "chunk" ? file.code : file.source));
}
