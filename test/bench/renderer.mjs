// What a page's renderer process takes, as Linux counts it: all its workers are threads of it.
import { readFileSync } from "node:fs";

const MIB = 2 ** 20;
const SAMPLE_MS = 100;

/** The page's renderer is the one that burns time when the page does. */
export async function rendererPid(browser, page) {
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

/** Memory of a process, what it shares with others divided among them (proc(5), smaps_rollup). */
export function residentMiB(pid) {
  const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, "utf8");
  return (Number(/^Pss:\s+(\d+) kB/m.exec(rollup)?.[1]) * 1024) / MIB;
}

/**
 * The most that a process takes while something is done, beyond what it took before.
 * @template T
 * @param {number} pid
 * @param {() => Promise<T>} work
 * @returns {Promise<{ result: T, peakMiB: number }>}
 */
export async function peakWhile(pid, work) {
  const before = residentMiB(pid);
  let most = before;
  const timer = setInterval(() => {
    most = Math.max(most, residentMiB(pid));
  }, SAMPLE_MS);
  try {
    const result = await work();
    return { result, peakMiB: Math.max(most, residentMiB(pid)) - before };
  } finally {
    clearInterval(timer);
  }
}

/** User and system time of a process with all its threads (proc(5), stat fields 14 and 15, in clock ticks of 10 ms). */
export function cpuSeconds(pid) {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1].split(" ");
  return (Number(fields[11]) + Number(fields[12])) / 100;
}
