import { using } from "./boot.mjs";

/** Bytes of `seq 1 100000` on a terminal: its digits, and CR LF a line. */
const SEQ_BYTES = 588_895 + 100_000;
const MIB = 2 ** 20;

/** The console with a terminal on the page, and output of `exec`. */
export async function benchConsole({ session, referenceBoot, add }) {
  const ours = await using(session.portal(), async ({ page, browser }) => {
    const { id } = await page.evaluate(() => globalThis.bench.boot("v1.small"));
    await page.evaluate(() => globalThis.bench.ready());
    await page.evaluate((instance) => {
      location.hash = `#/instances/${instance}`;
    }, id);
    await page.waitForSelector(".xterm-rows, .xterm-screen");
    await page.waitForTimeout(1000);
    const frames = await page.evaluate(watchFrames);
    const { ms } = await page.evaluate(() => globalThis.bench.run("seq 1 100000"));
    const longest = await frames_end(page, frames);
    const execs = [];
    for (let i = 0; i < 3; i++)
      execs.push(await page.evaluate(() => globalThis.bench.exec("dd if=/dev/zero bs=64k count=1600")));
    const best = execs.reduce((a, b) => (a.ms < b.ms ? a : b));
    void browser;
    return { ms, longest, exec: best.bytes / MIB / (best.ms / 1000), execBytes: best.bytes };
  });
  const reference = await using(session.reference(), async ({ page }) => {
    await page.evaluate((spec) => globalThis.reference.boot(spec), referenceBoot(256, true));
    await page.waitForTimeout(1000);
    const frames = await page.evaluate(watchFrames);
    const { ms } = await page.evaluate(() => globalThis.reference.run("seq 1 100000"));
    return { ms, longest: await frames_end(page, frames) };
  });
  const rate = (ms) => SEQ_BYTES / 1000 / (ms / 1000);
  add("console", "seq 1 100000 to the terminal", rate(ours.ms), rate(reference.ms), "kB/s");
  add("console", "  longest blocked frame meanwhile", ours.longest, reference.longest, "ms", { target: "<= 50 ms" });
  add("console", "vm.exec output, 100 MiB", ours.exec, null, "MiB/s", { target: ">= 20" });
}

/** Notes the longest gap between two frames, less the frame's own time. */
function watchFrames() {
  const state = { longest: 0, last: performance.now(), running: true };
  const tick = (now) => {
    state.longest = Math.max(state.longest, now - state.last);
    state.last = now;
    if (state.running) requestAnimationFrame(tick);
  };
  requestAnimationFrame(tick);
  globalThis.frameWatch = state;
}

async function frames_end(page) {
  return page.evaluate(() => {
    globalThis.frameWatch.running = false;
    return globalThis.frameWatch.longest;
  });
}
