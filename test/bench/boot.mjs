import { median } from "./stats.mjs";

const ROUNDS = 5;
const MEMORY_MIB = 128;

/** Cold boot: from the click to the shell's prompt. Both in a fresh browser; rounds alternate. */
export async function benchBoot({ session, referenceBoot, add }) {
  const times = { warm: [], cold: [], reference: [], referenceCold: [] };
  const phases = [];
  for (let i = 0; i < ROUNDS; i++) {
    await using(session.portal(), async ({ page }) => {
      const result = await page.evaluate(() => globalThis.bench.boot("v1.micro"));
      times.warm.push(result.ms);
      phases.push(result);
    });
    await using(session.reference(), async ({ page }) => {
      times.reference.push(await page.evaluate((spec) => globalThis.reference.boot(spec), referenceBoot(MEMORY_MIB)));
    });
    await using(session.portal({ settleMs: 0 }), async ({ page, began }) => {
      await page.evaluate(() => globalThis.bench.boot("v1.micro"));
      times.cold.push(Date.now() - began);
    });
    await using(session.reference(), async ({ page, began }) => {
      await page.evaluate((spec) => globalThis.reference.boot(spec), referenceBoot(MEMORY_MIB));
      // The reference's page waits half a second of its own before it counts as idle.
      times.referenceCold.push(Date.now() - began - 500);
    });
  }
  add("boot", "click to prompt, page idle before", median(times.warm), median(times.reference), "ms", {
    target: "<= 0.6",
  });
  add("boot", "navigation to prompt, empty caches", median(times.cold), median(times.referenceCold), "ms");
  for (const [phase, ms] of medianPhases(phases)) add("boot", `  of it: ${phase}`, ms, null, "ms");
}

/** How long each phase took: until the next one began, or the prompt came. */
function medianPhases(results) {
  const durations = new Map();
  for (const { phases, ms } of results) {
    for (const [i, [phase, start]] of phases.entries()) {
      const end = phases[i + 1]?.[1] ?? ms;
      durations.set(phase, [...(durations.get(phase) ?? []), end - Math.max(start, 0)]);
    }
  }
  return [...durations].map(([phase, values]) => [phase, Math.max(0, median(values))]);
}

/** Closes the browser whatever happens. */
export async function using(opening, work) {
  const opened = await opening;
  try {
    return await work(opened);
  } finally {
    await opened.browser.close();
  }
}
