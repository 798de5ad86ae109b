// The kill test of machines: in a real Chromium a real guest writes records, syncs each and says so, while snapshots are
// taken and deleted, volumes made, attached, grown and rolled back around it; the browser is killed with SIGKILL at a
// random moment. Reopened, every record that was acknowledged must be whole, on the disk and in every snapshot that was
// completed after it; the file system must be clean once its journal is replayed; nothing may hang in between states.
//
//     node test/crash/guest-kill.mjs [--rounds 50] [--seed 1]        (after a build)
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { ensureBrowser } from "../tools/browser.mjs";
import { serveTests } from "../tools/test-server.mjs";
import { startBrowser } from "./browser.mjs";
import { RecordLedger } from "./record-ledger.mjs";
import { endKillTest } from "./report.mjs";

const { values } = parseArgs({ options: { rounds: { type: "string" }, seed: { type: "string" } } });
const rounds = Number(values.rounds ?? 50);
const seed = Number(values.seed ?? Date.now() % 2 ** 31);

const EVERY_NTH_DISK_CHECK = 5;
/** More than a round's actions need. */
const DICE = 1000;

ensureBrowser();
const scratch = mkdtempSync(join(tmpdir(), "tabvisor-guest-kill-"));
const ledger = new RecordLedger(scratch);
const server = await serveTests({ receive: ledger.receiveDisk });
const { fuzzRandom } = await server.load("/test/fuzz/harness.ts");
const random = fuzzRandom(seed);
const profile = join(scratch, "profile");
const totals = { kills: 0, snapshots: 0, snapshotsChecked: 0, actions: {} };
/** Completed snapshots, with the newest record that each must hold. */
const snapshots = new Map();
let failure;

console.log(`kill test of machines: ${rounds} rounds, seed ${seed}`);
try {
  for (let round = 0; round <= rounds; round++) await playRound(round);
} catch (error) {
  failure = error;
}
await server.close();
endKillTest("machines", { seed, rounds, ...totals, ...ledger.totals }, { failure, scratch, profile });

async function playRound(round) {
  const { page, kill, gone } = await startBrowser(profile);
  let killed = false;
  try {
    await page.exposeFunction("acknowledge", (number, sum) => ledger.acknowledge(number, sum));
    await page.exposeFunction("snapshotDone", (id, newest) => {
      totals.snapshots++;
      snapshots.set(id, newest);
    });
    await page.exposeFunction("snapshotGone", (id) => void snapshots.delete(id));
    await page.exposeFunction("actionDone", (name) => {
      totals.actions[name] = (totals.actions[name] ?? 0) + 1;
    });
    await page.goto(server.url);
    await page.waitForFunction(() => globalThis.tabvisor !== undefined);
    await page.evaluate(() => import("/test/crash/guest-actions.mjs").then(() => undefined));
    if (round > 0) {
      if (round % EVERY_NTH_DISK_CHECK === 0) await ledger.checkFileSystem(page);
      await checkRecords(page);
    }
    if (round === rounds) return;
    const dice = Array.from({ length: DICE }, () => random.next());
    const running = page
      .evaluate(([from, list]) => globalThis.killTest.run(from, list), [ledger.newest, dice])
      .catch((error) => {
        // What was under way at the kill ends so; anything else is a finding.
        if (!killed) throw error;
      });
    await Promise.race([running, sleep(random.between(500, 4500))]);
    killed = true;
    totals.kills++;
    kill();
    await running;
  } finally {
    kill();
    await gone;
  }
}

/** Every record on the disk, and in one of the snapshots, as they were acknowledged. */
async function checkRecords(page) {
  await ledger.checkInstance(page);
  const unsettled = await page.evaluate(() => globalThis.killTest.unsettled());
  if (unsettled.length > 0) throw new Error(`in between states: ${unsettled.join("; ")}`);
  if (snapshots.size > 0) {
    const id = random.pick([...snapshots.keys()]);
    const held = await page.evaluate((which) => globalThis.killTest.recordsOfSnapshot(which), id);
    ledger.compare(held, `in ${id}`, snapshots.get(id));
    totals.snapshotsChecked++;
  }
  await ledger.forgetOld(page);
}
