// Installs the packages of the lock file when they are missing or older than it. Needs Node and npm alone.
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export const ROOT = join(dirname(fileURLToPath(import.meta.url)), "..", "..");

const MIN_NODE = [20, 19];

/** Ends the process with a clear word when Node is too old or the installation fails. */
export function ensurePackages() {
  const [major, minor] = process.versions.node.split(".").map(Number);
  if (major < MIN_NODE[0] || (major === MIN_NODE[0] && minor < MIN_NODE[1])) {
    fail(`tabvisor needs Node ${MIN_NODE.join(".")} or later; this is ${process.versions.node}.`);
  }
  if (isUpToDate()) return;
  console.log("installing packages (npm ci)");
  const npm = process.platform === "win32" ? "npm.cmd" : "npm";
  const args = ["ci", "--include=dev", "--no-audit", "--no-fund"];
  const { status } = spawnSync(npm, args, { cwd: ROOT, stdio: "inherit", shell: process.platform === "win32" });
  if (status !== 0) fail("npm ci failed: see above. Is the package registry reachable?");
}

/** npm writes what it installed to node_modules/.package-lock.json. */
function isUpToDate() {
  const installed = join(ROOT, "node_modules", ".package-lock.json");
  if (!existsSync(installed)) return false;
  const { packages: wanted } = JSON.parse(readFileSync(join(ROOT, "package-lock.json"), "utf8"));
  const { packages: have } = JSON.parse(readFileSync(installed, "utf8"));
  return Object.entries(wanted).every(
    ([path, { version, optional }]) => path === "" || optional || have[path]?.version === version,
  );
}

/**
 * Runs a program of node_modules/.bin (or Node itself on a script); gives its exit status.
 * @param {string} script path below node_modules, or a file of ours
 * @param {string[]} args
 * @param {NodeJS.ProcessEnv} [env]
 */
export function runNode(script, args, env = process.env) {
  const { status, signal } = spawnSync(process.execPath, [join(ROOT, script), ...args], {
    cwd: ROOT,
    stdio: "inherit",
    env,
  });
  return signal === null ? status : 128;
}

export function fail(message) {
  console.error(message);
  process.exit(1);
}

export const VITE = "node_modules/vite/bin/vite.js";
