// `npm run semantics`: which tests show each behaviour F01–F80 of EC2 (semantics.json), and whether they passed in the last
// `npm test`; runs that when there was none. `--tests` names the tests. Ends with 1 when one of them failed.
import { existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { ensurePackages, fail, ROOT, runNode } from "./install.mjs";

const REPORTS = join(ROOT, "test-results");
/** As test.mjs names them: of `npm test`, and of `npm run test:full`. */
const VITEST_REPORTS = ["vitest.json", "unit.json", "browser.json", "outside.json"];
const PLAYWRIGHT_REPORT = "playwright.json";

const args = process.argv.slice(2);
const unknown = args.find((arg) => arg !== "--tests");
if (unknown !== undefined) fail(`unknown option ${unknown}; there is --tests`);

const reports = () => [...VITEST_REPORTS, PLAYWRIGHT_REPORT].filter((name) => existsSync(join(REPORTS, name)));
if (reports().length === 0) {
  ensurePackages();
  runNode("test/tools/test.mjs", []);
}
if (reports().length === 0) fail("The tests left no report: see above.");

const rows = JSON.parse(readFileSync(join(import.meta.dirname, "semantics.json"), "utf8"));
const tests = reports().flatMap((name) =>
  name === PLAYWRIGHT_REPORT ? ofPlaywright(read(name)) : ofVitest(read(name)),
);
const byRow = new Map(Object.keys(rows).map((row) => [row, []]));
for (const test of tests) for (const row of new Set(rowsOf(test.title))) byRow.get(row)?.push(test);

const stated = Object.entries(rows).map(([row, title]) => ({ row, title, ...resultOf(byRow.get(row)) }));
const width = Math.max(...stated.map(({ title }) => title.length));
console.log(`${"row".padEnd(4)}${"behaviour".padEnd(width + 2)}tests  passed  result`);
for (const { row, title, all, passed, result } of stated) {
  console.log(
    `${row.padEnd(4)}${title.padEnd(width + 2)}${String(all).padStart(5)}${String(passed).padStart(8)}  ${result}`,
  );
  if (args.includes("--tests")) for (const test of byRow.get(row)) console.log(`      ${test.status}: ${test.title}`);
}
const of = (wanted) => stated.filter(({ result }) => result === wanted).map(({ row }) => row);
const times = reports().map((name) => `${name} of ${statSync(join(REPORTS, name)).mtime.toISOString()}`);
console.log(`\n${of("passed").length} of ${stated.length} rows passed; from ${times.join(", ")}`);
for (const [what, list] of [
  ["failed", of("FAILED")],
  ["tests were skipped", of("skipped")],
  ["no test", of("no test")],
]) {
  if (list.length > 0) console.log(`${what}: ${list.join(" ")}`);
}
process.exit(of("FAILED").length === 0 ? 0 : 1);

function read(name) {
  try {
    return JSON.parse(readFileSync(join(REPORTS, name), "utf8"));
  } catch (error) {
    return fail(`${name} cannot be read (${error.message}): run npm test again.`);
  }
}

/** A title's rows: "F14", "F29–F32" and "F29-F32" stand for what they name. */
function rowsOf(title) {
  const ranges = [...title.matchAll(/\bF(\d\d)\s?[–-]\s?F(\d\d)\b/g)].flatMap(([, from, to]) =>
    Array.from({ length: Math.max(0, to - from + 1) }, (_, at) => `F${String(Number(from) + at).padStart(2, "0")}`),
  );
  return [...ranges, ...(title.match(/\bF\d\d\b/g) ?? [])];
}

function ofVitest({ testResults }) {
  return testResults.flatMap(({ assertionResults }) =>
    assertionResults.map(({ fullName, status }) => ({
      title: fullName,
      status: { passed: "passed", failed: "FAILED" }[status] ?? "skipped",
    })),
  );
}

function ofPlaywright({ suites }) {
  return suites.flatMap((suite) => ofSuite(suite, ""));
}

function ofSuite({ title, suites = [], specs = [] }, outer) {
  const name = `${outer} ${title}`.trim();
  return [
    ...suites.flatMap((suite) => ofSuite(suite, name)),
    ...specs.map((spec) => ({ title: `${name} ${spec.title}`, status: statusOf(spec) })),
  ];
}

function statusOf({ ok, tests }) {
  if (tests.every(({ status }) => status === "skipped")) return "skipped";
  return ok && tests.every(({ status }) => status === "expected" || status === "skipped") ? "passed" : "FAILED";
}

function resultOf(list) {
  const count = (status) => list.filter((test) => test.status === status).length;
  const passed = count("passed");
  const result = list.length === 0 ? "no test" : count("FAILED") > 0 ? "FAILED" : passed === 0 ? "skipped" : "passed";
  return { all: list.length, passed, result };
}
