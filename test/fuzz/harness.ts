import { describe, it } from "vitest";
import { seededRandom } from "../../src/base/random.ts";

/**
 * Seeded fuzzing. Every test has its seed in its title and is repeated exactly by
 *
 *     FUZZ_SEED=<seed> npx vitest run --project unit <file>
 *
 * FUZZ_RUNS=<n> runs n seeds instead of the few of `npm test`: new ones each time, or those from FUZZ_SEED on.
 * `npm run test:full` (TABVISOR_FULL) runs 25 times as many, new ones too.
 * FUZZ_STEPS=<n> makes each run so long. A seed that failed belongs into `pinned`, where it is always run.
 */
export interface FuzzOptions {
  /** Seeds that once failed. */
  readonly pinned?: readonly number[];
  /** Seeds and steps in `npm test`. */
  readonly runs: number;
  readonly steps: number;
  /** Steps in `npm run test:full`, where they are not the same. */
  readonly fullSteps?: number;
  /** Seeds in `npm run test:full`, where they are not 25 times as many. */
  readonly fullRuns?: number;
  /** Milliseconds for one seed of so many steps; longer runs get more. */
  readonly timeoutMs?: number;
}

export interface FuzzRun {
  readonly seed: number;
  readonly random: FuzzRandom;
  readonly steps: number;
  /** Notes what is done: the last lines come with the error. */
  log(line: string): void;
  /** Says what a run did, where FUZZ_REPORT asks for it. */
  report?(text: string): void;
}

export interface FuzzRandom {
  /** Uniform in [0, 1). */
  next(): number;
  /** An integer in [0, below). */
  int(below: number): number;
  /** An integer in [least, most]. */
  between(least: number, most: number): number;
  chance(probability: number): boolean;
  pick<T>(choices: readonly T[]): T;
  /** A key, as often as its weight says. */
  weighted<K extends string>(weights: Readonly<Record<K, number>>): K;
  bytes(count: number): Uint8Array;
}

const FULL_FACTOR = 25;
const LOG_LINES = 40;
const DEFAULT_TIMEOUT_MS = 20_000;

/** Declares one test for each seed. */
export function fuzz(title: string, options: FuzzOptions, body: (run: FuzzRun) => Promise<void>): void {
  const steps = numberFrom("FUZZ_STEPS") ?? (isFull() ? options.fullSteps : undefined) ?? options.steps;
  const timeoutMs = (options.timeoutMs ?? DEFAULT_TIMEOUT_MS) * Math.max(1, steps / options.steps);
  describe(title, () => {
    for (const seed of seeds(options)) {
      it(`[seed ${seed}]`, { timeout: timeoutMs }, () => runSeed(seed, steps, body));
    }
  });
}

export function fuzzRandom(seed: number): FuzzRandom {
  const { next, int, bytes } = seededRandom(seed);
  return {
    next,
    int,
    bytes,
    between: (least, most) => least + int(most - least + 1),
    chance: (probability) => next() < probability,
    pick: <T>(choices: readonly T[]) => choices[int(choices.length)] as T,
    weighted: <K extends string>(weights: Readonly<Record<K, number>>) => {
      const entries = Object.entries(weights) as [K, number][];
      let left = next() * entries.reduce((sum, [, weight]) => sum + weight, 0);
      for (const [key, weight] of entries) {
        left -= weight;
        if (left < 0) return key;
      }
      return (entries.at(-1) as [K, number])[0];
    },
  };
}

async function runSeed(seed: number, steps: number, body: (run: FuzzRun) => Promise<void>): Promise<void> {
  const lines: string[] = [];
  const log = (line: string) => {
    lines.push(line);
    if (lines.length > LOG_LINES) lines.shift();
  };
  try {
    // biome-ignore lint/suspicious/noConsole: asked for
    const report = numberFrom("FUZZ_REPORT") ? { report: (text: string) => console.log(`seed ${seed}: ${text}`) } : {};
    await body({ seed, random: fuzzRandom(seed), steps, log, ...report });
  } catch (thrown) {
    const error = thrown instanceof Error ? thrown : new Error(String(thrown));
    error.message += `\nseed ${seed}, ${steps} steps; the last of them:\n${lines.join("\n")}`;
    throw error;
  }
}

const isFull = () => (numberFrom("TABVISOR_FULL") ?? 0) > 0;

function seeds({ pinned = [], runs, fullRuns = runs * FULL_FACTOR }: FuzzOptions): number[] {
  const first = numberFrom("FUZZ_SEED");
  const count = numberFrom("FUZZ_RUNS") ?? (isFull() ? fullRuns : undefined);
  if (first !== undefined) return consecutive(first, numberFrom("FUZZ_RUNS") ?? 1);
  // Long runs look where nobody has looked; short ones are the same for everybody, so that they fail for a change's author.
  const start = count === undefined ? 1 : Date.now() % 2 ** 31;
  return [...new Set([...pinned, ...consecutive(start, count ?? runs)])];
}

const consecutive = (first: number, count: number) => Array.from({ length: count }, (_, i) => first + i);

/** Tests in a browser have what `vitest.config.ts` passes on. */
function numberFrom(name: string): number | undefined {
  const { process } = globalThis as { process?: { env?: Record<string, string | undefined> } };
  const text = process?.env?.[name];
  if (text === undefined || text === "") return undefined;
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 0) throw new Error(`${name}=${text} is not a whole number`);
  return value;
}
