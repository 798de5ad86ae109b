import { gzipSync } from "node:zlib";
import { chromium } from "playwright";
import { build } from "vite";
import { findBrowser } from "../tools/browser.mjs";
import { median } from "./stats.mjs";

const MEASURE_MS = 4_000;
const ROUNDS = 5;
const MODULE = "gate-page.js";

/**
 * The control plane: calls through the whole gate (sign, verify, read, policy, act, write, read the answer), beside the
 * SDK's client alone; how soon another tab sees a change; what the portal loads before it can be used.
 */
export async function benchGate({ session, add }) {
  await gate(session.url, add);
  await secondTab(session.url, add);
  await bundle(session.url, add);
}

async function gate(url, add) {
  const code = await bundleOf(new URL("./gate-page.ts", import.meta.url).pathname);
  const browser = await chromium.launch({ ...findBrowser(), headless: true });
  try {
    for (const instances of [1, 100, 1000]) {
      const page = await browser.newPage();
      await page.route(`**/${MODULE}`, (route) => route.fulfill({ contentType: "text/javascript", body: code }));
      await page.route("**/gate.html", (route) =>
        route.fulfill({ contentType: "text/html", body: "<title>gate</title>" }),
      );
      await page.goto(`${url}gate.html`);
      const figures = await page.evaluate(
        async ([module, count, images, ms]) => (await import(module)).measure(count, images, ms),
        [`${url}${MODULE}`, instances, `${url}images/`, MEASURE_MS],
      );
      const what = `DescribeInstances, ${instances} instance${instances === 1 ? "" : "s"}`;
      add("gate", `${what}; the SDK's client`, figures.gatePerSecond, figures.clientPerSecond, "calls/s");
      add("gate", `${what}, both`, figures.callsPerSecond, null, "calls/s");
      add("gate", `${what}: longest time that blocks`, figures.longestBlockMs, null, "ms", { target: "<= 50" });
      await page.close();
    }
  } finally {
    await browser.close();
  }
}

/** From the call in one tab to the event in the other one. */
async function secondTab(url, add) {
  const browser = await chromium.launch({ ...findBrowser(), headless: true });
  try {
    const context = await browser.newContext();
    const [owner, follower] = [await context.newPage(), await context.newPage()];
    for (const page of [owner, follower]) {
      await page.goto(url);
      await page.waitForFunction(() => globalThis.tabvisor !== undefined);
    }
    const id = await owner.evaluate(async () => {
      const [vm] = await tabvisor.instances.launch({ image: "tiny", type: "v1.nano" });
      await vm.ready();
      return vm.id;
    });
    const times = [];
    for (let round = 0; round < ROUNDS; round++) {
      times.push(await changeSeen(owner, follower, id, "stop", "stopping"));
      await owner.evaluate((vm) => tabvisor.instances.get(vm).waitUntil("stopped"), id);
      times.push(await changeSeen(owner, follower, id, "start", "pending"));
      await owner.evaluate((vm) => tabvisor.instances.get(vm).ready(), id);
    }
    add("gate", "a call until its event in a second tab", median(times), null, "ms");
  } finally {
    await browser.close();
  }
}

async function changeSeen(owner, follower, id, action, state) {
  await follower.evaluate(
    ([vm, wanted]) => {
      globalThis.seen = new Promise((resolve) => {
        const subscription = tabvisor.instances.onChange(() => {
          if (tabvisor.instances.get(vm).state !== wanted) return;
          subscription.dispose();
          resolve(performance.timeOrigin + performance.now());
        });
      });
    },
    [id, state],
  );
  const called = await owner.evaluate(
    ([vm, what]) => {
      const at = performance.timeOrigin + performance.now();
      tabvisor.instances.get(vm)[what]().catch(console.error);
      return at;
    },
    [id, action],
  );
  return (await follower.evaluate(() => globalThis.seen)) - called;
}

/** Everything but the images' files, as a server that packs it sends it. */
async function bundle(url, add) {
  const browser = await chromium.launch({ ...findBrowser(), headless: true });
  try {
    const page = await browser.newPage();
    const loaded = [];
    page.on("response", (response) => {
      if (!new URL(response.url()).pathname.includes("/images/")) loaded.push(response);
    });
    await page.goto(url);
    await page.getByRole("button", { name: "Launch a Linux instance" }).waitFor();
    const bodies = await Promise.all(loaded.splice(0).map((response) => response.body().catch(() => Buffer.alloc(0))));
    const bytes = bodies.reduce((sum, body) => sum + gzipSync(body).length, 0);
    add("gate", "what the portal loads before it can be used", bytes / 1024, null, "KiB gzip");
  } finally {
    await browser.close();
  }
}

async function bundleOf(entry) {
  const lib = { entry, formats: ["es"], fileName: () => MODULE };
  const rollupOptions = { output: { inlineDynamicImports: true } };
  const [result] = [
    await build({ configFile: false, logLevel: "error", build: { write: false, lib, rollupOptions } }),
  ].flat();
  return result.output[0].code;
}
