import { using } from "./boot.mjs";
import { cpuSeconds, rendererPid, residentMiB } from "./renderer.mjs";

const COUNTS = [1, 4, 8, 16];
const IDLE_MS = 10_000;

/** Many idle instances in one tab: memory and processor time of the renderer, and where the machine says no. */
export async function benchMemory({ session, add }) {
  await using(session.portal(), async ({ page, browser }) => {
    const renderer = await rendererPid(browser, page);
    const empty = residentMiB(renderer);
    let running = 0;
    for (const count of COUNTS) {
      await page.evaluate(launch, { count: count - running, type: "v1.micro" });
      running = count;
      await page.waitForTimeout(5000);
      const before = cpuSeconds(renderer);
      await page.waitForTimeout(IDLE_MS);
      const share = ((cpuSeconds(renderer) - before) / (IDLE_MS / 1000)) * 100;
      const memory = residentMiB(renderer) - empty;
      add("memory", `${count} idle v1.micro: renderer, each`, memory / count, null, "MiB");
      add("memory", `${count} idle v1.micro: processor, each`, share / count, null, "% core", { target: "< 5" });
    }
    const refusal = await page.evaluate(launchUntilRefused, "v1.micro");
    add("memory", `side by side before ${refusal.code}`, running + refusal.launched, null, "v1.micro");
  });
}

async function launch({ count, type }) {
  const vms = await globalThis.tabvisor.instances.launch({ image: "tiny", type, count });
  for (const vm of vms) await vm.ready();
}

async function launchUntilRefused(type) {
  for (let launched = 0; ; launched++) {
    try {
      const [vm] = await globalThis.tabvisor.instances.launch({ image: "tiny", type });
      await vm.ready();
    } catch (error) {
      return { launched, code: error.code ?? String(error) };
    }
  }
}
