import wasmUrl from "v86/build/v86.wasm?url";
import { CloudError } from "../../../src/base/errors.ts";
import { patchThreshold } from "./wasm.ts";

/** Fetches and compiles v86's WebAssembly. Throws `Worker.LoadFailed` when it is not served. */
export async function compileV86(): Promise<WebAssembly.Module> {
  const response = await fetch(wasmUrl);
  if (!response.ok) {
    throw new CloudError("Worker.LoadFailed", `v86's WebAssembly could not be fetched: HTTP ${response.status}.`);
  }
  const code = new Uint8Array(await response.arrayBuffer());
  patchThreshold(code);
  return await WebAssembly.compile(code);
}
