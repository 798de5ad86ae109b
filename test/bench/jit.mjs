import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "vite";
import { ROOT } from "../tools/install.mjs";
import { using } from "./boot.mjs";
import { measure, WORK } from "./cpu.mjs";
import { serve } from "./server.mjs";
import { Session } from "./session.mjs";
import { median } from "./stats.mjs";

const ROUNDS = 2;
/** Each differs from ours in one setting; the last is v86's own. */
const SWEEP = [
  {},
  { synchronous: false },
  { threshold: 100_000 },
  { threshold: 200_000 },
  { threshold: 300_000 },
  { threshold: 1_000_000 },
  { maxPages: 2 },
  { maxPages: 3 },
  { maxExtraBasicBlocks: 50 },
  { threshold: 200_000, maxPages: 3, synchronous: false },
];

/**
 * The JIT settings: the product built with each, a boot and all programs one after the other in its machine. The
 * column of the reference is ours. Rounds alternate.
 */
export async function benchJit({ add }) {
  const variants = [];
  try {
    for (const change of SWEEP) variants.push(await buildWith(change));
    for (let i = 0; i < ROUNDS; i++) for (const variant of variants) await measureOnce(variant);
    for (const { change, boots, times } of variants) {
      const name = describe(change);
      add("jit", `${name}: boot`, median(boots), median(variants[0].boots), "ms");
      for (const [what, { first, warm }] of times) {
        const base = variants[0].times.get(what);
        add("jit", `${name}: ${what}, first`, median(first), median(base.first), "ms");
        add("jit", `${name}: ${what}, warm`, median(warm), median(base.warm), "ms");
      }
    }
  } finally {
    for (const { outDir, server } of variants) {
      await server.close();
      await rm(outDir, { recursive: true, force: true });
    }
  }
}

function describe(change) {
  const parts = Object.entries(change).map(([key, value]) => `${key} ${value}`);
  return parts.length === 0 ? "ours" : parts.join(", ");
}

async function buildWith(change) {
  const outDir = await mkdtemp(join(tmpdir(), "tabvisor-jit-"));
  await build({
    configFile: join(ROOT, "vite.config.ts"),
    logLevel: "error",
    build: { outDir },
    worker: { plugins: () => [settings(change)] },
  });
  const server = await serve({ "/": outDir });
  const times = new Map(WORK.map(([name]) => [name, { first: [], warm: [] }]));
  return { change, outDir, server, boots: [], times };
}

/** Changes the product's settings while it is built. */
function settings(change) {
  return {
    name: "tabvisor:jit-settings",
    transform: (code, id) =>
      id.endsWith("/workers/vm/v86/jit-settings.ts")
        ? `${code}\nObject.assign(JIT, ${JSON.stringify(change)});`
        : undefined,
  };
}

async function measureOnce({ server, boots, times }) {
  await using(new Session(server.url).portal(), async ({ page }) => {
    boots.push((await page.evaluate(() => globalThis.bench.boot("v1.small"))).ms);
    await page.evaluate(() => globalThis.bench.ready());
    for (const [name, command] of WORK) {
      await measure(times.get(name), () => page.evaluate((text) => globalThis.bench.run(text), command));
    }
  });
}
