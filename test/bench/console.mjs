import { using } from "./boot.mjs";

/** Bytes of `seq 1 100000` on a terminal: its digits, and CR LF a line. */
const SEQ_BYTES = 588_895 + 100_000;
const MIB = 2 ** 20;

/** The console with a terminal on the page, and output of `exec`. */
export async function benchConsole({ session, referenceBoot, add }) {
  const ours = await using(session.portal(), async ({ page }) => {
    const { id } = await page.evaluate(() => globalThis.bench.boot("v1.small"));
    await page.evaluate(() => globalThis.bench.ready());
    await page.evaluate((instance) => {
      location.hash = `#/instances/${instance}`;
    }, id);
    await page.waitForSelector(".xterm-rows, .xterm-screen");
    await page.waitForTimeout(1000);
    await page.evaluate(watchFrames);
    const { ms } = await page.evaluate(() => globalThis.bench.run("seq 1 100000"));
    const frames = await framesSeen(page);
    const execs = [];
    for (let i = 0; i < 3; i++)
      execs.push(await page.evaluate(() => globalThis.bench.exec("dd if=/dev/zero bs=64k count=1600")));
    const best = execs.reduce((a, b) => (a.ms < b.ms ? a : b));
    return { ms, ...frames, exec: best.bytes / MIB / (best.ms / 1000), execBytes: best.bytes };
  });
  const reference = await using(session.reference(), async ({ page }) => {
    await page.evaluate((spec) => globalThis.reference.boot(spec), referenceBoot(256, true));
    await page.waitForTimeout(1000);
    await page.evaluate(watchFrames);
    const { ms } = await page.evaluate(() => globalThis.reference.run("seq 1 100000"));
    return { ms, ...(await framesSeen(page)) };
  });
  const rate = (ms) => SEQ_BYTES / 1000 / (ms / 1000);
  add("console", "seq 1 100000 to the terminal", rate(ours.ms), rate(reference.ms), "kB/s");
  add("console", "  longest task of the page meanwhile", ours.blocked, reference.blocked, "ms", { target: "<= 50 ms" });
  add("console", "  longest gap between frames", ours.gap, reference.gap, "ms", { target: "<= 50 ms" });
  add("console", "vm.exec output, 100 MiB", ours.exec, null, "MiB/s", { target: ">= 20" });
}

/**
 * Notes the longest task of the page's thread (0: none of 50 ms or more, the browser tells no shorter ones), and the
 * longest gap between two frames. A gap can come of other threads too: the machine's, the browser's compilers.
 */
function watchFrames() {
  const state = { gap: 0, blocked: 0, last: performance.now(), running: true };
  const tick = (now) => {
    state.gap = Math.max(state.gap, now - state.last);
    state.last = now;
    if (state.running) requestAnimationFrame(tick);
  };
  requestAnimationFrame(tick);
  new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) state.blocked = Math.max(state.blocked, duration);
  }).observe({ type: "longtask" });
  globalThis.frameWatch = state;
}

function framesSeen(page) {
  return page.evaluate(() => {
    const { frameWatch } = globalThis;
    frameWatch.running = false;
    return { gap: frameWatch.gap, blocked: frameWatch.blocked };
  });
}
