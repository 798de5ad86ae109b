// What the guest said that it has on its disk, kept outside of the browser, and held against what is there afterwards.
import { spawnSync } from "node:child_process";
import { createWriteStream } from "node:fs";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { findProgram } from "../tools/programs.mjs";

/** Beyond these the oldest records go: reading them all should not be what the test does most of the time. */
const RECORDS_KEPT = 200;

export class RecordLedger {
  /** MD5 of each acknowledged record, by number. */
  #acknowledged = new Map();
  #disk;
  totals = { records: 0, recordsChecked: 0, disksChecked: 0 };

  /** @param {string} scratch folder for a disk image */
  constructor(scratch) {
    this.#disk = join(scratch, "disk.img");
  }

  /** Takes the disk that the page sends. */
  receiveDisk = (body) => pipeline(body, createWriteStream(this.#disk));

  /** @returns {number} the newest record acknowledged; 0 before the first */
  get newest() {
    return Math.max(0, ...this.#acknowledged.keys());
  }

  acknowledge(number, sum) {
    this.totals.records++;
    this.#acknowledged.set(number, sum);
  }

  /** Throws for an acknowledged record up to `newest` that is not among `found`, or another than it was. */
  compare(found, where, newest = Number.POSITIVE_INFINITY) {
    const sums = new Map(found);
    for (const [number, sum] of this.#acknowledged) {
      if (number > newest) continue;
      this.totals.recordsChecked++;
      const there = sums.get(number);
      if (there !== sum) throw new Error(`record ${number} ${where}: ${there ?? "missing"} instead of ${sum}`);
    }
  }

  /** Starts the instance and looks for every record on its disk. */
  async checkInstance(page) {
    this.compare(await page.evaluate(() => globalThis.killTest.start()), "on the disk");
  }

  /** Has the guest delete the oldest records. */
  async forgetOld(page) {
    const old = [...this.#acknowledged.keys()].sort((a, b) => a - b).slice(0, -RECORDS_KEPT);
    if (old.length === 0) return;
    await page.evaluate((upTo) => globalThis.killTest.forget(upTo), old.at(-1));
    for (const number of old) this.#acknowledged.delete(number);
  }

  /** The stopped instance's file system as it was left, after its journal is replayed: e2fsck must find nothing. */
  async checkFileSystem(page) {
    await page.evaluate(() => globalThis.killTest.exportDisk());
    const e2fsck = findProgram("e2fsck");
    if (e2fsck === undefined) throw new Error("There is no e2fsck (Debian: e2fsprogs); install it.");
    spawnSync(e2fsck, ["-fy", "-E", "journal_only", this.#disk]);
    const { status, stdout, stderr } = spawnSync(e2fsck, ["-fn", this.#disk], { encoding: "utf8" });
    if (status !== 0) throw new Error(`e2fsck says ${status}: ${stdout}${stderr}`);
    this.totals.disksChecked++;
  }
}
