// Finds the Chromium that the browser suites drive: an installed one, else Playwright's own.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { chromium } from "playwright";
import { findProgram, installDebianPackage, isExecutable, run } from "./programs.mjs";

const NAMES = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome"];
const MAC = [
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
  "/Applications/Chromium.app/Contents/MacOS/Chromium",
];

/** Chromium as root has no sandbox; the rest keeps it from calling home. */
export const CHROMIUM_FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** @returns {string | undefined} the path of an installed Chrome or Chromium */
export function installedBrowser() {
  return [process.env.TABVISOR_BROWSER, findProgram(...NAMES), ...MAC].find((path) => path && isExecutable(path));
}

/**
 * Playwright launch options for the browser of this machine.
 * @returns {{ executablePath: string, args: string[] }}
 */
export function findBrowser() {
  const executablePath = installedBrowser() ?? chromium.executablePath();
  return { executablePath, args: CHROMIUM_FLAGS };
}

/** Makes sure that a browser is there: installed, Playwright's own, or Debian's package when root on Debian. */
export function ensureBrowser() {
  if (installedBrowser() || existsSync(chromium.executablePath())) return;
  const attempts = [
    [
      "Playwright's Chromium",
      () => run(process.execPath, [join("node_modules", "playwright", "cli.js"), "install", "chromium"]),
    ],
    ["Debian's chromium package", () => installDebianPackage("chromium")],
  ];
  const failures = [];
  for (const [what, attempt] of attempts) {
    try {
      console.log(`no Chrome or Chromium found: installing ${what}`);
      attempt();
      if (installedBrowser() || existsSync(chromium.executablePath())) return;
      failures.push(`${what}: installed, but no browser appeared`);
    } catch (error) {
      failures.push(`${what}: ${error.message}`);
    }
  }
  throw new Error(
    `The tests need Chrome or Chromium and none could be installed.\n${failures.join("\n")}\nInstall one, or set TABVISOR_BROWSER to its path.`,
  );
}
