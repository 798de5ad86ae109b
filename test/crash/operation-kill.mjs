// The kill test of operations: as `guest-kill.mjs`, but the kills are aimed. The page says when a snapshot, a merge, a
// collection of garbage, a resize, an import, an export, a delete or a rollback has begun, and the kill comes at a random
// moment of the time that it usually takes. Reopened, the operation must have happened as a whole or not at all, and have
// happened when it was acknowledged; all acknowledged records must be there, every disk be what it was, no garbage stay,
// and each record of the registry have its side in the block store and the other way round.
//
//     node test/crash/operation-kill.mjs [--rounds 10] [--only merge,resize] [--seed 1]        (after a build)
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { median } from "../bench/stats.mjs";
import { ensureBrowser } from "../tools/browser.mjs";
import { serveTests } from "../tools/test-server.mjs";
import { startBrowser } from "./browser.mjs";
import { RecordLedger } from "./record-ledger.mjs";
import { endKillTest } from "./report.mjs";

const ALL = ["snapshot", "merge", "collect", "resize", "import", "export", "delete", "rollback"];
const { values } = parseArgs({
  options: { rounds: { type: "string" }, seed: { type: "string" }, only: { type: "string" } },
});
/** Kills of each operation; before them comes a round each that only measures. */
const rounds = Number(values.rounds ?? 10);
const seed = Number(values.seed ?? Date.now() % 2 ** 31);
const names = values.only?.split(",") ?? ALL;

const EVERY_NTH_DISK_CHECK = 4;
/** A kill comes within the shortest of so many times that an operation took last: later ones would find it done. */
const RECENT = 3;

ensureBrowser();
const scratch = mkdtempSync(join(tmpdir(), "tabvisor-operation-kill-"));
const ledger = new RecordLedger(scratch);
const server = await serveTests({ receive: ledger.receiveDisk });
const { fuzzRandom } = await server.load("/test/fuzz/harness.ts");
const random = fuzzRandom(seed);
const profile = join(scratch, "profile");
const totals = { kills: 0, inside: 0, blocksChecked: 0, snapshotsChecked: 0, databasesChecked: 0, garbageBytes: 0 };
const operations = Object.fromEntries(
  names.map((name) => [name, { kills: 0, inside: 0, blocksChecked: 0, tookMs: [] }]),
);
/** What the last page was at when it was killed. */
let last;
let failure;

console.log(`kill test of operations: ${rounds} rounds of ${names.join(", ")}; seed ${seed}`);
try {
  for (let round = 0; round <= (rounds + 1) * names.length; round++) await playRound(round);
} catch (error) {
  failure = error;
}
await server.close();
const report = { seed, rounds, ...totals, ...ledger.totals, operations: {} };
for (const [name, { tookMs, ...counts }] of Object.entries(operations)) {
  report.operations[name] = { ...counts, typicalMs: tookMs.length === 0 ? null : Math.round(median(tookMs)) };
}
endKillTest("operations", report, { failure, scratch, profile });

async function playRound(round) {
  const { page, kill, gone } = await startBrowser(profile);
  const state = { killed: false, onBegun: () => {}, done: undefined };
  try {
    await page.exposeFunction("acknowledge", (number, sum) => ledger.acknowledge(number, sum));
    await page.exposeFunction("begun", () => state.onBegun());
    await page.exposeFunction("done", (ms) => {
      state.done = ms;
    });
    await page.goto(server.url);
    await page.waitForFunction(() => globalThis.tabvisor !== undefined);
    await page.evaluate(() => import("/test/crash/operation-page.mjs").then(() => undefined));
    const call = (name, ...parameters) =>
      page.evaluate(([method, list]) => globalThis.killTest[method](...list), [name, parameters]);
    if (round === 0) await call("launch");
    else await lookBack(round, page, call);
    if (round < (rounds + 1) * names.length) await aim(round, call, state, kill);
  } catch (error) {
    if (last !== undefined) error.message += `\nafter round ${round - 1}: ${JSON.stringify(last)}`;
    throw error;
  } finally {
    kill();
    await gone;
  }
}

/** Has an operation begin, and kills the browser in the middle of it. */
async function aim(round, call, state, kill) {
  const operation = names[round % names.length];
  const stats = operations[operation];
  const isMeasuring = round < names.length;
  // What was under way at the kill ends so; anything else is a finding.
  const unlessKilled = (error) => {
    if (!state.killed) throw error;
  };
  const writing = call("write", ledger.newest).catch(unlessKilled);
  const options = { name: `kill-${round}`, stamp: round + 1, odd: Math.floor(round / names.length) % 2 === 1 };
  const plan = await Promise.race([writing, call("prepare", operation, options)]);
  const newest = ledger.newest;
  const begun = new Promise((resolve) => {
    state.onBegun = resolve;
  });
  const performing = call("perform", plan).catch(unlessKilled);
  await Promise.race([writing, performing, begun]);
  const ended = Promise.race([writing, performing]);
  const delay = isMeasuring ? Number.POSITIVE_INFINITY : random.next() * Math.min(...stats.tookMs.slice(-RECENT));
  await (Number.isFinite(delay) ? Promise.race([sleep(delay), ended]) : ended);
  state.killed = true;
  kill();
  await Promise.all([writing, performing]);
  const acknowledged = state.done !== undefined;
  last = { ...plan, acknowledged, newest, killedAfterMs: Math.round(state.done ?? delay) };
  if (acknowledged) stats.tookMs.push(state.done);
  console.log(
    `${round}: ${operation} killed after ${last.killedAfterMs} ms${acknowledged ? ", when it was done" : ""}`,
  );
  totals.kills++;
  stats.kills++;
  if (acknowledged) return;
  totals.inside++;
  stats.inside++;
}

/** What the killed page left: disk, records, database, and the operation itself. */
async function lookBack(round, page, call) {
  const { operation, acknowledged, newest, name } = last;
  const stats = operations[operation];
  if (round % EVERY_NTH_DISK_CHECK === 0 || operation === "snapshot") await ledger.checkFileSystem(page);
  await ledger.checkInstance(page);
  const { blocks, garbageBytes } = await call("rest");
  totals.databasesChecked++;
  totals.garbageBytes += garbageBytes;
  const { blocks: compared } = await call("checkOperation", last, acknowledged);
  stats.blocksChecked += compared;
  totals.blocksChecked += blocks + compared;
  if (operation === "snapshot") await checkSnapshot(call, name, newest);
  await ledger.forgetOld(page);
}

/** A snapshot that was completed, by the killed page or after it, has all that was acknowledged before it began. */
async function checkSnapshot(call, name, newest) {
  const id = await call("snapshotNamed", name);
  if (id === null) return;
  ledger.compare(await call("recordsOfSnapshot", id), `in ${id}`, newest);
  totals.snapshotsChecked++;
  await call("deleteSnapshot", id);
}
