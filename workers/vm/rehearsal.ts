import { VirtioConsole } from "./devices/virtio-console.ts";
import type { LinuxKernel } from "./v86/bzimage.ts";
import { Emulator } from "./v86/emulator.ts";

const MEMORY_MIB = 64;
/** Where a boot has mounted its root, or would have: about two thirds of all that it executes. */
const INSTRUCTIONS = 10_000_000;
/** A machine too busy for that has better things to do. */
const LIMIT_MS = 5_000;
const LOOK_MS = 20;

/**
 * Boots a kernel without a disk in a machine that is thrown away, ahead of the first real boot. The browser notices
 * what is hot in v86 and optimises it on other threads; that code belongs to the module, and so to every worker that
 * shares it. A first boot after that takes about half the processor time (figures in `v86/jit.ts`).
 */
export async function rehearse(
  module: WebAssembly.Module,
  kernel: LinuxKernel,
  commandLine: string,
  signal: AbortSignal,
): Promise<void> {
  let over = false;
  const end = () => {
    over = true;
  };
  const emulator = await Emulator.create({
    module,
    memoryMiB: MEMORY_MIB,
    events: { serialByte: () => {}, powerOff: end, reset: end, halted: end, failed: end },
  });
  new VirtioConsole({ createDevice: emulator.createDevice, slot: 3, onOutput: () => true, onDriver: () => {} });
  signal.addEventListener("abort", end, { once: true });
  emulator.boot({ mode: "kernel", kernel, commandLine });
  emulator.scheduler.start();
  for (
    let waited = 0;
    !over && !signal.aborted && waited < LIMIT_MS && emulator.instructions < INSTRUCTIONS;
    waited += LOOK_MS
  ) {
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
  signal.removeEventListener("abort", end);
  await emulator.scheduler.stop();
  emulator.dispose();
}
