// Browser pages for the benchmark: a fresh profile each, so that no cache of an earlier one helps.
import { chromium } from "playwright";
import { findBrowser } from "../tools/browser.mjs";
import { installBench } from "./ours.mjs";
import { openShell } from "./reference/shell.mjs";

/** How long the portal may load and warm up before the click that is measured. */
const SETTLE_MS = 4_000;

export class Session {
  /** @param {string} url */
  constructor(url) {
    this.url = url;
  }

  async #open(path) {
    const browser = await chromium.launch({ ...findBrowser(), headless: true });
    const page = await browser.newPage();
    page.on("pageerror", (error) => console.error(`page error: ${error.message}`));
    const began = Date.now();
    await page.goto(this.url + path, { waitUntil: "load" });
    return { browser, page, began };
  }

  /** The portal, loaded and idle. */
  async portal({ settleMs = SETTLE_MS } = {}) {
    const opened = await this.#open("");
    await opened.page.waitForFunction(() => globalThis.tabvisor !== undefined);
    await opened.page.evaluate(`(${installBench})(${openShell})`);
    await opened.page.waitForTimeout(settleMs);
    return opened;
  }

  /** The page with stock v86, loaded and idle. */
  async reference() {
    const opened = await this.#open("reference/");
    await opened.page.waitForFunction(() => globalThis.reference !== undefined);
    await opened.page.waitForTimeout(500);
    return opened;
  }
}
