import { chromium } from "playwright";
import { findBrowser } from "../tools/browser.mjs";
import { serveTests } from "../tools/test-server.mjs";
import { median } from "./stats.mjs";
import { runInWorker } from "./store.mjs";

const MIB = 2 ** 20;
const BYTES = 64 * MIB;
const ROUNDS = 9;

/** What encryption costs: the block store with a key beside itself without one, random bytes in a worker, in turn. */
export async function benchEncryption({ add }) {
  const server = await serveTests();
  const browser = await chromium.launch({ ...findBrowser(), headless: true });
  try {
    const page = await browser.newPage();
    await page.goto(`${server.url}empty/`);
    const times = { volume: [], encrypted: [] };
    for (let round = 0; round < ROUNDS; round++) {
      for (const which of Object.keys(times)) times[which].push(await page.evaluate(runInWorker, [which, BYTES]));
    }
    const rate = (which, name) => BYTES / MIB / (median(times[which].map((round) => round[name])) / 1000);
    const share = (what, name, options) =>
      add("encrypt", `encrypted ${what} beside clear`, rate("encrypted", name), rate("volume", name), "MiB/s", options);
    share("write + flush", "write", { target: ">= 0.7" });
    share("write + flush, again,", "again", { target: ">= 0.7" });
    share("cold read, 128 KiB requests,", "read");
    share("cold read, 1 MiB requests,", "readLarge");
  } finally {
    await browser.close();
    await server.close();
  }
}
