// The kernel that all images share: Debian's source, our patches, our options.
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { join } from "node:path";
import { checkConfig } from "./kconfig.mjs";
import { run } from "./run.mjs";

/**
 * @param {{ work: string, env: NodeJS.ProcessEnv, directory: string }} options `directory` holds kernel.config and patches/
 * @returns {{ image: Buffer, headers: string }} the bzImage, and where the user-space headers are
 */
export function buildKernel({ work, env, directory }) {
  const output = join(work, "kernel");
  mkdirSync(output, { recursive: true });
  run("tar", ["-xf", "/usr/src/linux-source-6.1.tar.xz", "-C", work]);
  const source = join(work, "linux-source-6.1");
  const patches = join(directory, "patches");
  for (const patch of readdirSync(patches).sort()) {
    run("patch", ["-p1", "--no-backup-if-mismatch", "-i", join(patches, patch)], { cwd: source });
  }
  const make = (/** @type {string[]} */ ...targets) =>
    run("make", ["-s", `-j${cpus().length}`, "ARCH=i386", `O=${output}`, ...targets], { cwd: source, env });

  const wanted = readFileSync(join(directory, "kernel.config"), "utf8");
  const fragment = join(output, "fragment");
  writeFileSync(fragment, wanted);
  make("tinyconfig");
  const merge = ["-m", "-O", output, join(output, ".config"), fragment];
  run("scripts/kconfig/merge_config.sh", merge, { cwd: source, env });
  make("olddefconfig");
  checkConfig("kernel.config", wanted, readFileSync(join(output, ".config"), "utf8"));

  make("headers");
  make("bzImage");
  return { image: readFileSync(join(output, "arch/x86/boot/bzImage")), headers: join(output, "usr/include") };
}
