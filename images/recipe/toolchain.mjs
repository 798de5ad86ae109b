// A C compiler for small static i386 programs: Debian's gcc with musl built for i386.
import { chmodSync, cpSync, mkdirSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { join } from "node:path";
import { run } from "./run.mjs";

/** Code for v86's CPU. Programs are not position independent: fewer relocations and page faults per exec. */
const MACHINE = "-m32 -march=i686 -fno-pie -no-pie -static";

/**
 * @param {{ source: string, headers: string, prefix: string, env: NodeJS.ProcessEnv }} options
 *   `source`: musl's; `headers`: the kernel's, for user space
 * @returns {string} the compiler: give it as CC
 */
export function buildToolchain({ source, headers, prefix, env }) {
  const tools = { AR: "ar", RANLIB: "ranlib", CC: "gcc -m32", CFLAGS: "-O2 -march=i686" };
  const configure = [
    "--target=i386-linux-musl",
    "--host=i386",
    `--prefix=${prefix}`,
    `--syslibdir=${prefix}/lib`,
    "--disable-shared",
  ];
  run("./configure", configure, { cwd: source, env: { ...env, ...tools } });
  run("make", ["-s", `-j${cpus().length}`, "install"], { cwd: source, env });
  for (const name of ["linux", "asm", "asm-generic", "mtd", "scsi", "sound", "rdma"]) {
    cpSync(join(headers, name), join(prefix, "include", name), { recursive: true });
  }
  const compiler = join(prefix, "bin", "cc32");
  mkdirSync(join(prefix, "bin"), { recursive: true });
  // musl's specs replace gcc's link line and with it `-m elf_i386`.
  writeFileSync(
    compiler,
    `#!/bin/sh\nexec gcc ${MACHINE} "$@" -Wl,-m,elf_i386 -specs "${prefix}/lib/musl-gcc.specs"\n`,
  );
  chmodSync(compiler, 0o755);
  return compiler;
}
