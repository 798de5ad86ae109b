// How a kill test ends: its report on the console and as JSON, its profile deleted or kept, its exit status.
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "../tools/install.mjs";

/**
 * Ends the process: with status 1 when there is a failure, whose profile is kept.
 * @param {string} name the report is `test-results/kill-<name>.json`
 * @param {object} report what was done and found, `kills` and acknowledged records among it
 * @param {{ failure: Error | undefined, scratch: string, profile: string }} outcome
 */
export function endKillTest(name, report, { failure, scratch, profile }) {
  const lost = failure === undefined ? 0 : String(failure.message);
  const text = JSON.stringify({ ...report, lost }, null, 2);
  const folder = join(ROOT, "test-results");
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, `kill-${name}.json`), `${text}\n`);
  console.log(text);
  if (failure === undefined) rmSync(scratch, { recursive: true, force: true });
  else console.error(failure, `\nThe profile is kept in ${profile}`);
  process.exit(failure === undefined ? 0 : 1);
}
