import { using } from "./boot.mjs";
import { median } from "./stats.mjs";

const SIZE = 50_000_000;
const ROUNDS = 3;
const REQUESTS = 100;
const AT_A_TIME = 8;
/** Of the reference's server: what assembles its disk makes it larger than what is fetched. */
const SERVER_FILE = "reference/disk/disk.img";
const SMALL_BYTES = 1000;
export const LONGEST_TASK = "  longest task of the page meanwhile";

// In memory, so that no disk is measured. The guest's server makes a process for each request.
const PREPARE = `dd if=/dev/zero of=/tmp/data bs=1000 count=${SIZE / 1000} 2> /dev/null
dd if=/dev/zero of=/tmp/small bs=${SMALL_BYTES} count=1 2> /dev/null; httpd -p 8000 -h /tmp`;

/**
 * The page and a web server in a guest, by `vm.fetch`. Stock v86 has no way from a page to a guest's port to compare with: what
 * stands beside is the browser's own fetch of as many bytes from a server on this machine.
 */
export async function benchPageToGuest({ session, add }) {
  await using(session.portal(), async ({ page }) => {
    await page.evaluate(installTaskWatch);
    await page.evaluate(launchServer, PREPARE);
    const file = { url: `${session.url}${SERVER_FILE}`, large: SIZE, small: SMALL_BYTES };
    await page.evaluate(installFetches, file);
    const call = (name, ...given) => page.evaluate(([which, all]) => globalThis.fetches[which](...all), [name, given]);

    const figures = { ours: [], reference: [], block: 0, referenceBlock: 0 };
    // In turn, so that what else the machine does is the same for both. The first compiles the guest's code.
    for (let round = 0; round <= ROUNDS; round++) {
      const ours = await call("large", "guest");
      const reference = await call("large", "server");
      if (round === 0) continue;
      figures.ours.push(ours.ms);
      figures.reference.push(reference.ms);
      figures.block = Math.max(figures.block, ours.blocked);
      figures.referenceBlock = Math.max(figures.referenceBlock, reference.blocked);
    }
    const rate = (all) => SIZE / 1e6 / (median(all) / 1000);
    add("net", "50 MB by vm.fetch; a local server by fetch", rate(figures.ours), rate(figures.reference), "MB/s");
    add("net", LONGEST_TASK, figures.block, figures.referenceBlock, "ms", { target: "<= 50 ms" });
    for (const atATime of [1, AT_A_TIME]) {
      await call("small", "guest", REQUESTS / 10, atATime);
      const ours = await call("small", "guest", REQUESTS, atATime);
      const reference = await call("small", "server", REQUESTS, atATime);
      const perSecond = ({ ms }) => REQUESTS / (ms / 1000);
      const what = `1 kB by vm.fetch, ${atATime} at a time; by fetch`;
      add("net", what, perSecond(ours), perSecond(reference), "1/s");
      add("net", LONGEST_TASK, ours.blocked, reference.blocked, "ms", { target: "<= 50 ms" });
    }
  });
}

/** An instance whose web server the page reaches. */
async function launchServer(prepare) {
  const { instances, securityGroups } = globalThis.tabvisor;
  const { id } = await securityGroups.create({ name: "bench-page", description: "of the benchmark" });
  const rule = { protocol: "tcp", fromPort: 8000, toPort: 8000, cidrBlock: "203.0.113.1/32" };
  await securityGroups.authorize(id, "ingress", [rule]);
  const [vm] = await instances.launch({ image: "tiny", type: "v1.small", securityGroupIds: [id] });
  await vm.ready();
  const { exitCode, stderr } = await vm.exec(prepare);
  if (exitCode !== 0) throw new Error(stderr);
  globalThis.server = vm;
}

/** Installs `globalThis.longestTask`, which gives the longest one since it was last asked; 0: none of 50 ms or more. */
export function installTaskWatch() {
  let longest = 0;
  const observer = new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) longest = Math.max(longest, duration);
  });
  observer.observe({ type: "longtask" });
  globalThis.longestTask = async () => {
    // Entries come in a task of their own.
    await new Promise((resolve) => setTimeout(resolve, 100));
    const ms = longest;
    longest = 0;
    return ms;
  };
}

/** What the page does: `globalThis.fetches`; milliseconds. */
function installFetches({ url, large, small }) {
  const ways = {
    guest: (bytes) => globalThis.server.fetch(bytes === large ? "/data" : "/small", { port: 8000 }),
    server: (bytes) => fetch(url, { cache: "no-store", headers: { range: `bytes=0-${bytes - 1}` } }),
  };
  const load = async (way, bytes) => {
    const reader = (await ways[way](bytes)).body.getReader();
    let count = 0;
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      count += value.byteLength;
    }
    if (count !== bytes) throw new Error(`${count} bytes have come, and not ${bytes}`);
  };
  const timed = async (work) => {
    await globalThis.longestTask();
    const began = performance.now();
    await work();
    const ms = performance.now() - began;
    return { ms, blocked: await globalThis.longestTask() };
  };
  globalThis.fetches = {
    large: (way) => timed(() => load(way, large)),
    small: (way, count, atATime) =>
      timed(async () => {
        let left = count;
        const one = async () => {
          while (left-- > 0) await load(way, small);
        };
        await Promise.all(Array.from({ length: atATime }, one));
      }),
  };
}
