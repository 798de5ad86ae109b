import { fileURLToPath } from "node:url";
import { build } from "vite";

/** What of the real SDK the page gets. */
const SDK = fileURLToPath(new URL("./sdk.ts", import.meta.url));

/** The files of its bundle, "sdk.js" among them. */
export async function bundleSdk(): Promise<[name: string, content: Buffer][]> {
  const lib = { entry: SDK, formats: ["es" as const], fileName: () => "sdk.js" };
  const [result] = [await build({ configFile: false, logLevel: "error", build: { write: false, lib } })].flat();
  const output = result !== undefined && "output" in result ? result.output : [];
  return output.map((file) => [file.fileName, Buffer.from(file.type === "chunk" ? file.code : file.source)]);
}
