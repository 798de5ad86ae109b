import { readFileSync } from "node:fs";
import { using } from "./boot.mjs";

const COUNTS = [1, 4, 8, 16];
const IDLE_MS = 10_000;
const MIB = 2 ** 20;

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

async function rendererPid(browser, page) {
  // The page's renderer is the one that burns time when the page does.
  const client = await browser.newBrowserCDPSession();
  const processes = async () =>
    (await client.send("SystemInfo.getProcessInfo")).processInfo.filter(({ type }) => type === "renderer");
  const before = new Map((await processes()).map(({ id, cpuTime }) => [id, cpuTime]));
  await page.evaluate(() => {
    const end = performance.now() + 500;
    while (performance.now() < end);
  });
  const grown = (await processes()).map(({ id, cpuTime }) => [id, cpuTime - (before.get(id) ?? 0)]);
  return grown.sort((a, b) => b[1] - a[1])[0][0];
}

function residentMiB(pid) {
  const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, "utf8");
  return (Number(/^Pss:\s+(\d+) kB/m.exec(rollup)?.[1]) * 1024) / MIB;
}

/** User and system time of a process with all its threads (proc(5), stat fields 14 and 15, in clock ticks of 10 ms). */
function cpuSeconds(pid) {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1].split(" ");
  return (Number(fields[11]) + Number(fields[12])) / 100;
}
