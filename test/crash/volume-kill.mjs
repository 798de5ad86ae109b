// The kill test of volumes: a real Chromium writes to a volume and is killed with SIGKILL at a random moment; reopened,
// every sector must hold what the last acknowledged flush left there, or something written after it.
//
//     node test/crash/volume-kill.mjs [--rounds 50] [--seed 1]
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { ensureBrowser } from "../tools/browser.mjs";
import { serveTests } from "../tools/test-server.mjs";
import { startBrowser } from "./browser.mjs";
import { endKillTest } from "./report.mjs";

const { values } = parseArgs({ options: { rounds: { type: "string" }, seed: { type: "string" } } });
const rounds = Number(values.rounds ?? 50);
const seed = Number(values.seed ?? Date.now() % 2 ** 31);

/** Requests that go to the page in one message, and messages that it works on at the same time. */
const BATCH = 12;
const BATCHES_IN_FLIGHT = 4;
/** 4 MiB of disk: small enough to be read whole after every kill, and to be written over and over. */
const SECTORS = 8192;
const CHECK_SECTORS = 1024;

ensureBrowser();
const server = await serveTests();
const { DriveModel } = await server.load("/test/fuzz/drive-model.ts");
const { fuzzRandom } = await server.load("/test/fuzz/harness.ts");

const random = fuzzRandom(seed);
const profile = mkdtempSync(join(tmpdir(), "tabvisor-kill-"));
const model = new DriveModel(Array.from({ length: SECTORS }, () => 0));
const totals = { kills: 0, writes: 0, discards: 0, flushes: 0, unacknowledged: 0, sectorsChecked: 0 };
let stamp = 0;
let requests = 0;
let failure;

console.log(`kill test of volumes: ${rounds} rounds, seed ${seed}`);
try {
  for (let round = 0; round <= rounds; round++) {
    const browser = await openPage();
    try {
      if (round === 0) await browser.call("create", SECTORS);
      await browser.call("open");
      model.recover(await readAll(browser));
      if (round < rounds) await hammer(browser);
    } finally {
      browser.kill();
      await browser.gone;
    }
  }
} catch (error) {
  failure = error;
}
await server.close();
endKillTest("volumes", { seed, rounds, ...totals }, { failure, scratch: profile, profile });

/** Requests of all kinds until the browser is killed in the middle of them. */
async function hammer(browser) {
  let killed = false;
  /** What to do when a request is acknowledged, by its id. */
  const waiting = new Map();
  browser.onAcknowledged = (id) => {
    waiting.get(id)();
    waiting.delete(id);
  };
  const batches = new Set();
  const deadline = Date.now() + random.between(50, 1500);
  while (Date.now() < deadline) {
    const batch = Array.from({ length: BATCH }, () => request(waiting)).filter((made) => made !== undefined);
    const running = browser
      .run(batch)
      .catch((error) => {
        // What was under way at the kill ends so; anything else is a finding.
        if (!killed) throw error;
      })
      .finally(() => batches.delete(running));
    batches.add(running);
    while (batches.size >= BATCHES_IN_FLIGHT) await Promise.race(batches);
  }
  killed = true;
  totals.kills++;
  browser.kill();
  await Promise.all(batches);
  totals.unacknowledged += waiting.size;
}

/** Makes up a request and has the model expect it; `undefined` when it would overlap with one under way. */
function request(waiting) {
  const id = ++requests;
  const action = random.weighted({ write: 75, flush: 4, discard: 6 });
  if (action === "flush") {
    const acknowledge = model.beginFlush();
    waiting.set(id, () => {
      totals.flushes++;
      acknowledge();
    });
    return { id, action };
  }
  const first = random.int(SECTORS);
  const count = Math.min(SECTORS - first, random.between(1, random.pick([1, 8, 64, 300])));
  if (!model.isFree(first, count)) return undefined;
  const value = action === "write" ? ++stamp : 0;
  const end = model.begin(
    first,
    Array.from({ length: count }, () => value),
  );
  waiting.set(id, () => {
    totals[action === "write" ? "writes" : "discards"]++;
    end(true);
  });
  return { id, action, first, count, stamp: value };
}

async function readAll(browser) {
  const stamps = [];
  for (let first = 0; first < SECTORS; first += CHECK_SECTORS) {
    stamps.push(...(await browser.call("stamps", first, CHECK_SECTORS)));
  }
  totals.sectorsChecked += stamps.length;
  return stamps;
}

/** A browser on the profile with the test's page open. */
async function openPage() {
  const { page, kill, gone } = await startBrowser(profile);
  const browser = { kill, gone, onAcknowledged: () => {} };
  try {
    await page.exposeFunction("acknowledged", (id) => browser.onAcknowledged(id));
    await page.goto(`${server.url}empty/`);
    await page.evaluate(async () => {
      const { killTestPage } = await import("/test/crash/volume-page.ts");
      globalThis.killTestPage = killTestPage;
    });
  } catch (error) {
    kill();
    await gone;
    throw error;
  }
  browser.call = (name, ...parameters) =>
    page.evaluate(([method, list]) => globalThis.killTestPage[method](...list), [name, parameters]);
  browser.run = (batch) => page.evaluate((list) => globalThis.killTestPage.run(list, globalThis.acknowledged), batch);
  return browser;
}
