import { using } from "./boot.mjs";
import { median } from "./stats.mjs";

const ROUNDS = 3;
const MEMORY_MIB = 256;

export const WORK = [
  ["shell loop, 100 000 rounds", "i=0; while [ $i -lt 100000 ]; do i=$((i+1)); done"],
  ["sha256 of 20 MB", "dd if=/dev/zero bs=1M count=20 2>/dev/null | sha256sum >/dev/null"],
  ["gzip of 8 MB", "yes 'the quick brown fox' | head -c 8000000 | gzip >/dev/null"],
  ["sort of 50 000 lines", "seq 1 50000 | sort -r >/dev/null"],
  ["50 x fork+exec", "i=0; while [ $i -lt 50 ]; do /bin/true; i=$((i+1)); done"],
];

/**
 * Guest CPU in machines of full share: the first run of a program in a machine that has just booted, and a warm one.
 * A machine a program, so that no program finds the guest's kernel and shell compiled by another.
 */
export async function benchCpu({ session, referenceBoot, add }) {
  for (const [name, command] of WORK) {
    const ours = { first: [], warm: [] };
    const reference = { first: [], warm: [] };
    for (let i = 0; i < ROUNDS; i++) {
      await using(session.portal(), async ({ page }) => {
        await page.evaluate(() => globalThis.bench.boot("v1.small"));
        await page.evaluate(() => globalThis.bench.ready());
        await measure(ours, () => page.evaluate((text) => globalThis.bench.run(text), command));
      });
      await using(session.reference(), async ({ page }) => {
        await page.evaluate((spec) => globalThis.reference.boot(spec), referenceBoot(MEMORY_MIB));
        await page.waitForTimeout(1000);
        await measure(reference, () => page.evaluate((text) => globalThis.reference.run(text), command));
      });
    }
    for (const [which, target] of [
      ["first", "speed-up >= 1.3"],
      ["warm", "speed-up >= 1"],
    ]) {
      const [mine, theirs] = [median(ours[which]), median(reference[which])];
      add("cpu", `${name}, ${which}`, mine, theirs, "ms", { ratio: theirs / mine, target });
    }
  }
}

/** The first run and the third: in between, the browser finishes what it optimises in the background. */
export async function measure(times, run) {
  times.first.push((await run()).ms);
  await run();
  times.warm.push((await run()).ms);
}
