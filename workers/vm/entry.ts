import wasmUrl from "v86/build/v86.wasm?url";
import { CloudError } from "../../src/base/errors.ts";
import { announceReady } from "../../src/protocol/handshake.ts";
import { serve } from "../../src/protocol/rpc.ts";
import { vmContract } from "../../src/protocol/vm-contract.ts";
import { openResources, prefetchImage } from "./image-resources.ts";
import { patchThreshold } from "./v86/wasm.ts";
import { VmService } from "./vm-service.ts";

/** The worker of one instance. */

const service = new VmService({ compile: compileV86, openResources, prefetch: prefetchImage });

// An exception that nobody caught leaves the machine in an unknown state: it ends, visibly, with its disks flushed.
addEventListener("error", (event) => service.fail(event.error ?? event.message));
addEventListener("unhandledrejection", (event) => service.fail(event.reason));

serve(vmContract, service.implementation);
announceReady();

async function compileV86(): Promise<WebAssembly.Module> {
  const response = await fetch(wasmUrl);
  if (!response.ok) {
    throw new CloudError("Worker.LoadFailed", `v86's WebAssembly could not be fetched: HTTP ${response.status}.`);
  }
  const code = new Uint8Array(await response.arrayBuffer());
  patchThreshold(code);
  return await WebAssembly.compile(code);
}
