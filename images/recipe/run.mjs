// Running the tools of the recipe, and the recipe's typed errors.
import { spawnSync } from "node:child_process";

/** What ends a build: `code` is stable, `message` says what to do. */
export class ImageError extends Error {
  /** @param {string} code @param {string} message */
  constructor(code, message) {
    super(message);
    this.name = "ImageError";
    this.code = code;
  }
}

/** @typedef {{ work: string, env: NodeJS.ProcessEnv, current: boolean }} Build what a recipe's `build` is given: a directory to work in; `current` as on the command line */

/**
 * Debian's own tools in a fixed environment: nothing of the caller's PATH, locale, time zone or compiler flags
 * reaches the build. SOURCE_DATE_EPOCH is the one time stamp of everything built.
 * @param {number} epoch seconds
 */
export function buildEnvironment(epoch) {
  return {
    PATH: "/usr/sbin:/usr/bin:/sbin:/bin",
    HOME: "/nonexistent",
    LC_ALL: "C.UTF-8",
    TZ: "UTC",
    DEBIAN_FRONTEND: "noninteractive",
    SOURCE_DATE_EPOCH: String(epoch),
    E2FSPROGS_FAKE_TIME: String(epoch),
    KBUILD_BUILD_TIMESTAMP: new Date(epoch * 1000).toUTCString(),
    KBUILD_BUILD_USER: "tabvisor",
    KBUILD_BUILD_HOST: "tabvisor",
    KBUILD_BUILD_VERSION: "1",
  };
}

/**
 * Runs a program to its end; its output is shown only when it fails.
 * @param {string} program
 * @param {string[]} args
 * @param {{ cwd?: string, env?: NodeJS.ProcessEnv, input?: string | Buffer }} [options]
 * @returns {Buffer} what it wrote to its standard output
 */
export function run(program, args, options = {}) {
  const done = spawnSync(program, args, { ...options, maxBuffer: 1 << 29 });
  if (done.error) throw new ImageError("ToolMissing", `${program} cannot be run: ${done.error.message}`);
  if (done.status !== 0) {
    const tail = `${done.stdout}${done.stderr}`.split("\n").slice(-40).join("\n");
    const end = done.status === null ? `signal ${done.signal}` : `exit code ${done.status}`;
    throw new ImageError("ToolFailed", `${program} ${args.join(" ")}: ${end}\n${tail}`);
  }
  return done.stdout;
}

/** Says what is being done, and afterwards how long it took. @template T @param {string} what @param {() => T} work */
export function step(what, work) {
  const began = Date.now();
  process.stderr.write(`${what} …`);
  const result = work();
  process.stderr.write(` ${((Date.now() - began) / 1000).toFixed(1)} s\n`);
  return result;
}
