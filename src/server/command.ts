import { CloudError } from "../base/errors.ts";
import type { HttpFront } from "./http-front.ts";

/** What a command needs of its process. */
export interface CommandContext {
  /** The project's folder. */
  readonly root: string;
}

/** Exit codes: of a failure, of a command line that is none (as most tools have them), and of a second Ctrl-C. */
const FAILED = 1;
const MISUSED = 2;
const FORCED = 130;

/**
 * Runs a command to its end and gives its exit code. What it cannot do is one line on stderr; what is no error of ours
 * comes with where it was.
 */
export async function runCommand(command: () => Promise<number>): Promise<number> {
  // What fails in the background has nobody to tell: the server goes on.
  const onUncaught = (error: unknown) => printError(describe(error));
  process.on("uncaughtException", onUncaught);
  try {
    return await command();
  } catch (error) {
    printError(describe(error));
    return error instanceof CloudError && error.code === "Endpoint.InvalidOption" ? MISUSED : FAILED;
  } finally {
    process.off("uncaughtException", onUncaught);
  }
}

/** The one line that tells where a server is; scripts may read it. */
export function announce(front: HttpFront): void {
  print(`listening on ${front.url}`);
}

/** Waits for Ctrl-C, or to be told to end. From the second time on the process ends at once. */
export async function untilInterrupted(): Promise<void> {
  await new Promise<void>((resolve) => {
    let asked = false;
    const onSignal = () => {
      if (asked) process.exit(FORCED);
      asked = true;
      resolve();
    };
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, onSignal);
  });
}

export function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

export function printError(text: string): void {
  process.stderr.write(`${text}\n`);
}

function describe(error: unknown): string {
  if (error instanceof CloudError) return `${error.code}: ${error.message}`;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
