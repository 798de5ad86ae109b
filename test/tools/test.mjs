// `npm test`: installs what is missing (a browser too) and runs everything. `--full` adds the long suites.
import { mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { ensurePackages, fail, ROOT, runNode, VITE } from "./install.mjs";

const full = process.argv.includes("--full");
const reports = join(ROOT, "test-results");

ensurePackages();
const { ensureBrowser } = await import("./browser.mjs");
ensureBrowser();
if (full) {
  const { ensureProgram, FULL_SUITE_PROGRAMS } = await import("./programs.mjs");
  for (const [program, debianPackage] of FULL_SUITE_PROGRAMS) ensureProgram(program, debianPackage);
}
rmSync(reports, { recursive: true, force: true });
mkdirSync(reports, { recursive: true });

const env = { ...process.env, ...(full ? { TABVISOR_FULL: "1" } : {}) };
const counts = { passed: 0, failed: 0, skipped: 0 };

/** One after the other: the long fuzz would take the processor from the machines that boot, and tests have their deadlines. */
const FULL_UNITS = [
  ["unit tests", () => runVitest("unit", ["--project", "unit"])],
  ["browser tests", () => runVitest("browser", ["--project", "browser", "--no-file-parallelism"])],
];
/** Each needs the machine for itself: a kill that is aimed would miss, a build take twice as long. */
const FULL_SUITES = [
  ["tools from outside", () => runVitest("outside", ["--project", "outside"])],
  ["volumes survive kills", () => runNode("test/crash/volume-kill.mjs", ["--rounds", "50"])],
  ["machines survive kills", () => runNode("test/crash/guest-kill.mjs", ["--rounds", "50"])],
  ["operations survive kills", () => runNode("test/crash/operation-kill.mjs", ["--rounds", "10"])],
  ["image rebuilds bit for bit", () => runNode("images/build.mjs", ["tiny", "--verify"])],
];
/** Images that are not in the repository, for the end-to-end tests that launch them: the build takes along what is there. */
const BUILT_IMAGES = ["debian-12", "web-server", "python-notebook", "c-toolchain"];
const STEPS = [
  ["format and lint", () => runNode("node_modules/@biomejs/biome/bin/biome", ["check", "."])],
  ["types without the DOM", () => runNode("node_modules/typescript/bin/tsc", ["-p", "src/tsconfig.core.json"])],
  ["types of the page", () => runNode("node_modules/typescript/bin/tsc", ["-p", "tsconfig.json"])],
  ["types of the servers", () => runNode("node_modules/typescript/bin/tsc", ["-p", "src/server/tsconfig.json"])],
  ["types of the tests", () => runNode("node_modules/typescript/bin/tsc", ["-p", "test/tsconfig.json"])],
  ...(full ? FULL_UNITS : [["unit and browser tests", () => runVitest("vitest")]]),
  ...(full ? [["images of Debian", () => runNode("images/build.mjs", ["--missing", ...BUILT_IMAGES])]] : []),
  ["build", () => runNode(VITE, ["build", "--logLevel", "warn"])],
  ["end-to-end tests", runPlaywright],
  ...(full ? FULL_SUITES : []),
];

for (const [name, step] of STEPS) {
  console.log(`\n== ${name}`);
  const began = Date.now();
  const status = step();
  console.log(`== ${name}: ${status === 0 ? "ok" : "FAILED"} in ${((Date.now() - began) / 1000).toFixed(1)} s`);
  if (status !== 0) {
    if (counts.failed === 0) counts.failed = 1;
    break;
  }
}
console.log(`\n${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`);
process.exit(counts.failed === 0 ? 0 : 1);

/** `name`: of the report. */
function runVitest(name, options = []) {
  const file = join(reports, `${name}.json`);
  const args = ["run", "--reporter=default", "--reporter=json", `--outputFile.json=${file}`, ...options];
  const status = runNode("node_modules/vitest/vitest.mjs", args, env);
  const { numPassedTests, numFailedTests, numPendingTests, numTodoTests } = readReport(file);
  count(numPassedTests, numFailedTests, numPendingTests + numTodoTests);
  return status;
}

function runPlaywright() {
  const file = join(reports, "playwright.json");
  const args = ["test", "-c", "test/e2e/playwright.config.ts", "--reporter=list,json"];
  const status = runNode("node_modules/@playwright/test/cli.js", args, { ...env, PLAYWRIGHT_JSON_OUTPUT_FILE: file });
  const { expected, unexpected, skipped, flaky } = readReport(file).stats;
  count(expected, unexpected + flaky, skipped);
  return status;
}

function readReport(file) {
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch (error) {
    return fail(`The test runner left no report (${error.message}): it did not run.`);
  }
}

function count(passed, failed, skipped) {
  if (passed + failed === 0) fail("The test runner ran no test.");
  counts.passed += passed;
  counts.failed += failed;
  counts.skipped += skipped;
}
