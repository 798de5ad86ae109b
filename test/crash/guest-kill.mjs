// The kill test of machines: in a real Chromium a real guest writes records, syncs each and says so, while snapshots are
// taken and deleted, volumes made, attached, grown and rolled back around it; the browser is killed with SIGKILL at a
// random moment. Reopened, every record that was acknowledged must be whole, on the disk and in every snapshot that was
// completed after it; the file system must be clean once its journal is replayed; nothing may hang in between states.
//
//     node test/crash/guest-kill.mjs [--rounds 50] [--seed 1]        (after a build)
import { spawnSync } from "node:child_process";
import { createWriteStream, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { serve } from "../bench/server.mjs";
import { ensureBrowser } from "../tools/browser.mjs";
import { startBrowser } from "./browser.mjs";
import { installGuestKillPage } from "./guest-page.mjs";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const { values } = parseArgs({ options: { rounds: { type: "string" }, seed: { type: "string" } } });
const rounds = Number(values.rounds ?? 50);
const seed = Number(values.seed ?? Date.now() % 2 ** 31);

/** Beyond these the oldest records go: 64 MiB of disk hold some more. */
const RECORDS_KEPT = 400;
const EVERY_NTH_DISK_CHECK = 5;
/** More than a round's actions need. */
const DICE = 1000;

ensureBrowser();
const server = await serve({ "/": join(ROOT, "dist") });
const scratch = mkdtempSync(join(tmpdir(), "tabvisor-guest-kill-"));
const profile = join(scratch, "profile");
const random = mulberry32(seed);
const totals = {
  kills: 0,
  records: 0,
  recordsChecked: 0,
  snapshots: 0,
  snapshotsChecked: 0,
  actions: {},
  disksChecked: 0,
};
/** MD5 of each acknowledged record, by number. */
const acknowledged = new Map();
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
console.log(JSON.stringify({ seed, rounds, ...totals, lost: failure === undefined ? 0 : String(failure.message) }));
if (failure === undefined) rmSync(scratch, { recursive: true, force: true });
else console.error(failure, `\nThe profile is kept in ${profile}`);
process.exit(failure === undefined ? 0 : 1);

async function playRound(round) {
  const { page, kill, gone } = await startBrowser(profile);
  let killed = false;
  try {
    await page.exposeFunction("acknowledge", (number, sum) => {
      totals.records++;
      acknowledged.set(number, sum);
    });
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
    await page.evaluate(installGuestKillPage);
    if (round > 0) {
      if (round % EVERY_NTH_DISK_CHECK === 0) await checkFileSystem(page);
      await checkRecords(page);
    }
    if (round === rounds) return;
    const newest = Math.max(0, ...acknowledged.keys());
    const dice = Array.from({ length: DICE }, random);
    const running = page
      .evaluate(([from, list]) => globalThis.guestKill.run(from, list), [newest, dice])
      .catch((error) => {
        // What was under way at the kill ends so; anything else is a finding.
        if (!killed) throw error;
      });
    await Promise.race([running, sleep(500 + random() * 4000)]);
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
  const onDisk = new Map(await page.evaluate(() => globalThis.guestKill.start()));
  for (const [number, sum] of acknowledged) {
    totals.recordsChecked++;
    const found = onDisk.get(number);
    if (found !== sum) throw new Error(`record ${number}: ${found ?? "missing"} instead of ${sum}`);
  }
  const unsettled = await page.evaluate(() => globalThis.guestKill.unsettled());
  if (unsettled.length > 0) throw new Error(`in between states: ${unsettled.join("; ")}`);
  const ids = [...snapshots.keys()];
  const id = ids[Math.floor(random() * ids.length)];
  if (id !== undefined) {
    const held = new Map(await page.evaluate((which) => globalThis.guestKill.recordsOfSnapshot(which), id));
    for (const [number, sum] of acknowledged) {
      if (number > snapshots.get(id)) continue;
      const found = held.get(number);
      if (found !== sum) throw new Error(`record ${number} in ${id}: ${found ?? "missing"} instead of ${sum}`);
    }
    totals.snapshotsChecked++;
  }
  const old = [...acknowledged.keys()].sort((a, b) => a - b).slice(0, -RECORDS_KEPT);
  if (old.length > 0) {
    await page.evaluate((upTo) => globalThis.guestKill.forget(upTo), old.at(-1));
    for (const number of old) acknowledged.delete(number);
  }
}

/** The stopped instance's disk as it was left, after its journal is replayed. */
async function checkFileSystem(page) {
  const disk = join(scratch, "disk.img");
  const file = createWriteStream(disk);
  await page.exposeFunction("writeDisk", (base64) => void file.write(Buffer.from(base64, "base64")));
  await page.evaluate(() => globalThis.guestKill.exportDisk(globalThis.writeDisk));
  await new Promise((resolve) => file.end(resolve));
  spawnSync("e2fsck", ["-fy", "-E", "journal_only", disk]);
  const { status, stdout, stderr, error } = spawnSync("e2fsck", ["-fn", disk], { encoding: "utf8" });
  if (error !== undefined) throw new Error(`e2fsck cannot be run (Debian: e2fsprogs): ${error.message}`);
  if (status !== 0) throw new Error(`e2fsck says ${status}: ${stdout}${stderr}`);
  totals.disksChecked++;
}

/** Pseudo-random numbers in [0, 1) from a 32-bit seed (mulberry32, public domain). */
function mulberry32(from) {
  let state = from >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}
