// Programs of the machine that the tests need: found on the path, else installed from Debian's packages.
import { execFileSync } from "node:child_process";
import { accessSync, constants, existsSync } from "node:fs";
import { delimiter, join } from "node:path";

/** Programs that `npm run test:full` needs beyond a browser, and the Debian packages that have them and what goes with them. */
export const FULL_SUITE_PROGRAMS = [
  ["qemu-img", "qemu-utils"],
  ["e2fsck", "e2fsprogs"],
  ["qemu-system-i386", "qemu-system-x86"],
  // Boot loaders: /usr/lib/grub/i386-pc, /usr/lib/ISOLINUX, /usr/lib/syslinux.
  ["grub-mkimage", "grub-common grub-pc-bin"],
  ["xorriso", "xorriso isolinux syslinux-common"],
  ["cpio", "cpio"],
  ["aws", "awscli python3-boto3"],
  // Comes with capinfos.
  ["tshark", "tshark"],
  ["tcpdump", "tcpdump"],
];

/** Where Debian has programs for root, which is not on everyone's path. */
const ALWAYS = ["/usr/sbin", "/sbin"];

/** @returns {string | undefined} the path of the first of these programs that is on the path */
export function findProgram(...names) {
  const folders = [...(process.env.PATH ?? "").split(delimiter), ...ALWAYS];
  return folders.flatMap((folder) => names.map((name) => join(folder, name))).find(isExecutable);
}

/** Makes sure that a program is there; throws with what to do when it is not and cannot be installed. */
export function ensureProgram(name, debianPackage) {
  if (findProgram(name) !== undefined) return;
  console.log(`no ${name} found: installing Debian's ${debianPackage}`);
  try {
    installDebianPackage(debianPackage);
  } catch (error) {
    throw new Error(`The tests need ${name} (Debian: ${debianPackage}); install it. ${error.message}`);
  }
}

/** As root on Debian, else throws. */
export function installDebianPackage(name) {
  if (!existsSync("/etc/debian_version") || process.getuid?.() !== 0) throw new Error("not root on Debian");
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  run("apt-get", ["update"], env);
  run("apt-get", ["install", "-y", "--no-install-recommends", ...name.split(" ")], env);
}

export function run(command, args, env = process.env) {
  execFileSync(command, args, { stdio: "inherit", env, timeout: 600_000 });
}

export function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
