// A Chromium of our own on a profile that outlives it, killed with SIGKILL together with all its processes.
import { spawn } from "node:child_process";
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { chromium } from "playwright";
import { findBrowser } from "../tools/browser.mjs";

const START_MS = 60_000;

/**
 * @param {string} profile folder of the profile
 * @returns {Promise<{ page: import("playwright").Page, kill(): void, gone: Promise<unknown> }>} with an empty page
 */
export async function startBrowser(profile) {
  const { executablePath, args } = findBrowser();
  const flags = [...args, "--headless", "--remote-debugging-port=0", `--user-data-dir=${profile}`, "about:blank"];
  rmSync(join(profile, "DevToolsActivePort"), { force: true });
  // In a process group of its own.
  const child = spawn(executablePath, flags, { detached: true, stdio: "ignore" });
  const gone = new Promise((resolve) => child.on("exit", resolve));
  const kill = () => {
    try {
      process.kill(-child.pid, "SIGKILL");
    } catch (error) {
      if (error.code !== "ESRCH") throw error;
    }
  };
  try {
    const connection = await chromium.connectOverCDP(`http://127.0.0.1:${await debuggingPort(profile)}`);
    return { page: await connection.contexts()[0].newPage(), kill, gone };
  } catch (error) {
    kill();
    await gone;
    throw error;
  }
}

/** Chromium writes the port that it listens on into its profile. */
async function debuggingPort(profile) {
  const deadline = Date.now() + START_MS;
  while (Date.now() < deadline) {
    try {
      const [port] = readFileSync(join(profile, "DevToolsActivePort"), "utf8").split("\n");
      if (Number(port) > 0) return port;
    } catch (error) {
      if (error.code !== "ENOENT") throw error;
    }
    await sleep(50);
  }
  throw new Error(`Chromium did not come up within ${START_MS} ms`);
}
