import { appendFileSync, mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startBrowser } from "../../crash/browser.mjs";
import { PORTAL_URL } from "../urls.ts";
import { expect, test } from "./fixtures.ts";

/** Of LevelDB's log (doc/log_format.md): blocks, in them records with a checksum, a length and a type before the data. */
const BLOCK_BYTES = 32 << 10;
const HEADER_BYTES = 7;
const FIRST_FRAGMENT = 2;

test.describe("durability", () => {
  test("F46 half a record at the end of the browser's log costs nothing that is written after it", async () => {
    const profile = mkdtempSync(join(tmpdir(), "tabvisor-torn-"));
    try {
      const before = await inBrowser(profile, makeVolume);
      tearLog(profile);
      const after = await inBrowser(profile, makeVolume);
      // The start at which LevelDB reads what it appended to the torn log.
      const there = await inBrowser(profile, () => tabvisor.volumes.list().map(({ id }) => id));
      expect(there.sort()).toEqual([before, after].sort());
    } finally {
      rmSync(profile, { recursive: true, force: true });
    }
  });

  test("a database that the browser has deleted is told of, until somebody has read it", async ({ cloud }) => {
    const { page } = cloud;
    await cloud.open();
    await page.evaluate(makeVolume);
    await page.goto(`${cloud.host.url}images/catalogue.json`);
    await page.evaluate(async () => {
      for (const { name = "" } of await indexedDB.databases()) indexedDB.deleteDatabase(name);
    });
    await cloud.open();
    const lost = page.getByText("The browser has lost this cloud's data");
    await expect(lost).toBeVisible();
    await page.getByRole("button", { name: "Dismiss" }).click();
    await expect(lost).toBeHidden();
    await cloud.reload();
    await expect(page.getByRole("link", { name: "Volumes" })).toBeVisible();
    await expect(lost).toBeHidden();
  });
});

const makeVolume = async () => (await tabvisor.volumes.create({ sizeGiB: 1 })).id;

/** Runs `work` in the portal's page, in a browser of its own that is killed afterwards. */
async function inBrowser<T>(profile: string, work: () => T | Promise<T>): Promise<T> {
  const { page, kill, gone } = await startBrowser(profile);
  try {
    await page.goto(PORTAL_URL);
    await page.waitForFunction(() => globalThis.tabvisor !== undefined);
    return await page.evaluate(work);
  } finally {
    kill();
    await gone;
  }
}

/** As a browser leaves it that is killed while it writes: a header, and less data than it announces. */
function tearLog(profile: string): void {
  const databases = join(profile, "Default", "IndexedDB");
  const folder = readdirSync(databases).find((name) => name.endsWith(".leveldb")) ?? "";
  const logs = readdirSync(join(databases, folder)).filter((name) => name.endsWith(".log"));
  const log = join(databases, folder, logs.sort().at(-1) ?? "");
  const room = BLOCK_BYTES - (statSync(log).size % BLOCK_BYTES) - HEADER_BYTES;
  const half = Buffer.alloc(HEADER_BYTES + Math.floor(room / 2), "half");
  half.writeUInt16LE(room, 4);
  half.writeUInt8(FIRST_FRAGMENT, 6);
  appendFileSync(log, half);
}
