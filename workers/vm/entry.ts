import { announceReady } from "../../src/protocol/handshake.ts";
import { serve } from "../../src/protocol/rpc.ts";
import { vmContract } from "../../src/protocol/vm-contract.ts";
import { openResources, prefetchImage } from "./image-resources.ts";
import { holdInstance } from "./instance-lock.ts";
import { compileV86 } from "./v86/compile.ts";
import { VmService } from "./vm-service.ts";

/** The worker of one instance. */

const service = new VmService({ compile: compileV86, openResources, prefetch: prefetchImage, holdInstance });

// An exception that nobody caught leaves the machine in an unknown state: it ends, visibly, with its disks flushed.
addEventListener("error", (event) => service.fail(event.error ?? event.message));
addEventListener("unhandledrejection", (event) => service.fail(event.reason));

serve(vmContract, service.implementation);
announceReady();
