import { using } from "./boot.mjs";
import { median } from "./stats.mjs";

const ROUNDS = 3;
const MEMORY_MIB = 256;

const WORK = [
  ["shell loop, 100 000 rounds", "i=0; while [ $i -lt 100000 ]; do i=$((i+1)); done"],
  ["sha256 of 20 MB", "dd if=/dev/zero bs=1M count=20 2>/dev/null | sha256sum >/dev/null"],
  ["gzip of 8 MB", "yes 'the quick brown fox' | head -c 8000000 | gzip >/dev/null"],
  ["sort of 50 000 lines", "seq 1 50000 | sort -r >/dev/null"],
  ["50 x fork+exec", "i=0; while [ $i -lt 50 ]; do /bin/true; i=$((i+1)); done"],
];

/** Guest CPU: the first run of a program (the JIT has not seen it yet) and a warm one, in machines of full share. */
export async function benchCpu({ session, referenceBoot, add }) {
  const times = new Map(WORK.map(([name]) => [name, { ours: [], oursFirst: [], reference: [], referenceFirst: [] }]));
  for (let i = 0; i < ROUNDS; i++) {
    await using(session.portal(), async ({ page }) => {
      await page.evaluate(() => globalThis.bench.boot("v1.small"));
      await page.evaluate(() => globalThis.bench.ready());
      await measure(times, "ours", (command) => page.evaluate((text) => globalThis.bench.run(text), command));
    });
    await using(session.reference(), async ({ page }) => {
      await page.evaluate((spec) => globalThis.reference.boot(spec), referenceBoot(MEMORY_MIB));
      await page.waitForTimeout(1000);
      await measure(times, "reference", (command) => page.evaluate((text) => globalThis.reference.run(text), command));
    });
  }
  for (const [name, { oursFirst, referenceFirst, ours, reference }] of times) {
    const speedUp = (mine, theirs) => median(theirs) / median(mine);
    const first = { ratio: speedUp(oursFirst, referenceFirst), target: "speed-up >= 1.3" };
    add("cpu", `${name}, first run`, median(oursFirst), median(referenceFirst), "ms", first);
    const warm = { ratio: speedUp(ours, reference), target: "speed-up >= 1" };
    add("cpu", `${name}, warm`, median(ours), median(reference), "ms", warm);
  }
}

async function measure(times, who, run) {
  for (const [name, command] of WORK) {
    const { ms } = await run(command);
    times.get(name)[`${who}First`].push(ms);
    await run(command);
    times.get(name)[who].push((await run(command)).ms);
  }
}
