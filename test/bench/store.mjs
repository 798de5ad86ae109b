import { chromium } from "playwright";
import { findBrowser } from "../tools/browser.mjs";
import { serveTests } from "../tools/test-server.mjs";
import { median } from "./stats.mjs";

const MIB = 2 ** 20;
const BYTES = 256 * MIB;
const ROUNDS = 3;

/** The block store alone, without a guest, beside plain IndexedDB: random bytes in a worker, medians, in turn. */
export async function benchStore({ add }) {
  const server = await serveTests();
  const browser = await chromium.launch({ ...findBrowser(), headless: true });
  try {
    const page = await browser.newPage();
    await page.goto(`${server.url}empty/`);
    const times = { plain: [], volume: [] };
    for (let round = 0; round < ROUNDS; round++) {
      for (const which of Object.keys(times)) times[which].push(await page.evaluate(runInWorker, [which, BYTES]));
    }
    const rate = (which, name) => BYTES / MIB / (median(times[which].map((round) => round[name])) / 1000);
    const share = (what, name, plainName = name) =>
      add("store", `256 MiB ${what}`, rate("volume", name), rate("plain", plainName), "MiB/s", { target: ">= 0.6" });
    share("write + flush beside plain IndexedDB put", "write");
    share("write + flush, again", "again");
    share("cold read beside get, 128 KiB requests", "read");
    share("cold read beside get, 1 MiB requests", "readLarge", "read");
  } finally {
    await browser.close();
    await server.close();
  }
}

/** For the page. A new worker each time: nothing is warm that a machine's worker has not warm either. */
export async function runInWorker([which, bytes]) {
  const worker = new Worker("/test/bench/store-worker.ts", { type: "module" });
  try {
    return await new Promise((resolve, reject) => {
      worker.onerror = (event) => reject(new Error(event.message));
      worker.onmessage = ({ data }) => (data.error === undefined ? resolve(data.times) : reject(new Error(data.error)));
      worker.postMessage({ which, bytes });
    });
  } finally {
    worker.terminate();
  }
}
