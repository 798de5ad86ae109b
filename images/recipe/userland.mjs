// The programs of the root file system.
import { cpSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { join } from "node:path";
import { checkConfig, overlayOptions } from "./kconfig.mjs";
import { ImageError, run } from "./run.mjs";

/** @typedef {{ cc: string, env: NodeJS.ProcessEnv }} Toolchain */

const JOBS = `-j${cpus().length}`;

/**
 * @param {Toolchain} toolchain @param {string} source @param {string} base `defconfig` or `allnoconfig` @param {string} optionFile
 * @returns {{ program: Buffer, links: string[] }} the program, and the paths of its applets
 */
export function buildBusybox({ cc, env }, source, base, optionFile) {
  const wanted = readFileSync(optionFile, "utf8");
  const config = join(source, ".config");
  const make = (/** @type {string[]} */ ...args) =>
    run("make", ["-s", ...args], { cwd: source, env, input: "\n".repeat(2000) });
  make("mrproper");
  make(base);
  writeFileSync(config, overlayOptions(readFileSync(config, "utf8"), wanted));
  make("oldconfig");
  checkConfig(optionFile, wanted, readFileSync(config, "utf8"));
  make(JOBS, `CC=${cc}`, "SKIP_STRIP=n", "busybox");
  make(`CC=${cc}`, "busybox.links");
  const links = readFileSync(join(source, "busybox.links"), "utf8").split("\n").filter(Boolean).sort();
  return { program: readFileSync(join(source, "busybox")), links };
}

/** Server, client, key tool and scp in one program. @param {Toolchain} toolchain @param {string} source @param {string} options localoptions.h */
export function buildDropbear({ cc, env }, source, options) {
  cpSync(options, join(source, "localoptions.h"));
  const tools = { CC: cc, AR: "ar", RANLIB: "ranlib", STRIP: "strip" };
  const flags = { CFLAGS: "-Os -ffunction-sections -fdata-sections", LDFLAGS: "-Wl,--gc-sections" };
  const off = ["zlib", "pam", "lastlog", "utmp", "utmpx", "wtmp", "wtmpx", "harden"].map((name) => `--disable-${name}`);
  run("./configure", ["--host=i386-linux-musl", "--enable-static", ...off], {
    cwd: source,
    env: { ...env, ...tools, ...flags },
  });
  run("make", ["-s", JOBS, "PROGRAMS=dropbear dbclient dropbearkey dropbearconvert scp", "MULTI=1", "SCPPROGRESS=1"], {
    cwd: source,
    env,
  });
  return stripped(join(source, "dropbearmulti"), env);
}

/** @param {Toolchain} toolchain @param {string} source */
export function buildDoas({ cc, env }, source) {
  const options = [
    "--without-pam",
    "--with-shadow",
    "--without-timestamp",
    "--prefix=/usr",
    "--sysconfdir=/etc",
    "--enable-static",
  ];
  run("./configure", options, { cwd: source, env: { ...env, CC: cc } });
  run("make", ["-s", `CC=${cc}`, "doas"], { cwd: source, env: { ...env, CFLAGS: "-Os" } });
  return stripped(join(source, "doas"), env);
}

/** A program of ours from all C files of some directories. @param {Toolchain} toolchain @param {string} output @param {string[]} sources */
export function buildOwn({ cc, env }, output, sources) {
  const files = sources.flatMap((source) =>
    source.endsWith(".c")
      ? [source]
      : readdirSync(source)
          .filter((name) => name.endsWith(".c"))
          .sort()
          .map((name) => join(source, name)),
  );
  const flags = [
    "-std=gnu11",
    "-D_GNU_SOURCE",
    "-Os",
    "-Wall",
    "-Wextra",
    "-Werror",
    "-ffunction-sections",
    "-Wl,--gc-sections",
    "-s",
  ];
  run(cc, [...flags, "-o", output, ...files], { env });
  return readFileSync(output);
}

/** The guest agent, by its own build script. @param {Toolchain} toolchain @param {string} output @param {string} script */
export function buildAgent({ cc, env }, output, script) {
  run("sh", [script, output], { env: { ...env, CC: cc } });
  const program = readFileSync(output);
  if (program.length === 0) throw new ImageError("ToolFailed", `${script} made an empty program`);
  return program;
}

/** @param {string} path @param {NodeJS.ProcessEnv} env */
function stripped(path, env) {
  run("strip", ["--strip-all", path], { env });
  return readFileSync(path);
}
