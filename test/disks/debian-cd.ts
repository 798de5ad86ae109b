// A CD as a distribution has it: ISOLINUX, Debian's kernel for 32-bit machines, a small system in memory with a login
// on the screen, and a disk's image to install. Made of Debian's isolinux, syslinux-common, xorriso, cpio.
import { execFileSync } from "node:child_process";
import { chmodSync, copyFileSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { unpackDebianPackages } from "./debian-packages.ts";

const KERNEL = "linux-image-686";
/** In the order in which each finds what it needs. */
const MODULES = [
  ...["virtio", "virtio_ring", "virtio_pci_modern_dev", "virtio_pci_legacy_dev", "virtio_pci", "virtio_blk"],
  ...["scsi_common", "scsi_mod", "libata", "ata_piix", "cdrom", "sr_mod", "isofs"],
];
const COMMANDS = ["sh", "mount", "insmod", "getty", "login", "dd", "sync", "reboot", "cat", "sleep", "uname", "setsid"];

const INIT = `#!/bin/sh
mount -t devtmpfs dev /dev
mount -t proc proc /proc
mount -t sysfs sys /sys
exec </dev/tty1 >/dev/tty1 2>&1
for module in ${MODULES.join(" ")}; do insmod /modules/$module.ko; done
while [ ! -e /dev/sr0 ]; do sleep 1; done
mount -t iso9660 -o ro /dev/sr0 /cd
while :; do setsid getty 0 tty1 linux; done
`;

const ISOLINUX = `
PROMPT 1
TIMEOUT 0
SAY Welcome to the CD. Type "rescue" to boot it.
LABEL rescue
  KERNEL /boot/vmlinuz
  APPEND initrd=/boot/initrd.gz
`;

/** `folder`: for what is made on the way. `installs`: what the CD has as `install.img`. */
export function makeDebianCd(folder: string, path: string, installs: Uint8Array): void {
  const at = (name: string) => join(folder, name);
  unpackDebianPackages(at("debian"), "i386", [KERNEL, "busybox-static"]);
  const root = at("debian/root");
  for (const name of ["cd/boot", "cd/isolinux"]) mkdirSync(at(name), { recursive: true });
  const kernel = readdirSync(join(root, "boot")).find((name) => name.startsWith("vmlinuz-"));
  if (kernel === undefined) throw new Error(`${KERNEL} has no kernel`);
  copyFileSync(join(root, "boot", kernel), at("cd/boot/vmlinuz"));
  writeFileSync(at("cd/boot/initrd.gz"), gzipSync(makeInitrd(at("initrd"), root)));
  writeFileSync(at("cd/install.img"), installs);
  copyFileSync("/usr/lib/ISOLINUX/isolinux.bin", at("cd/isolinux/isolinux.bin"));
  copyFileSync("/usr/lib/syslinux/modules/bios/ldlinux.c32", at("cd/isolinux/ldlinux.c32"));
  writeFileSync(at("cd/isolinux/isolinux.cfg"), ISOLINUX);
  const boot = ["-b", "isolinux/isolinux.bin", "-c", "isolinux/boot.cat", "-no-emul-boot", "-boot-load-size", "4"];
  execFileSync("xorriso", ["-as", "mkisofs", "-o", path, ...boot, "-boot-info-table", "-R", at("cd")], {
    stdio: "pipe",
  });
}

function makeInitrd(folder: string, root: string): Buffer {
  const at = (name: string) => join(folder, name);
  for (const name of ["bin", "etc", "dev", "proc", "sys", "cd", "modules", "root"])
    mkdirSync(at(name), { recursive: true });
  copyFileSync(join(root, "bin/busybox"), at("bin/busybox"));
  for (const name of COMMANDS) symlinkSync("busybox", at(`bin/${name}`));
  writeFileSync(at("etc/passwd"), "root::0:0:root:/root:/bin/sh\n");
  writeFileSync(at("etc/issue"), "Rescue system\n");
  writeFileSync(at("init"), INIT);
  chmodSync(at("init"), 0o755);
  const files = execFileSync("find", [join(root, "lib/modules"), "-name", "*.ko"], { encoding: "utf8" }).split("\n");
  for (const module of MODULES) {
    const file = files.find((name) => name.endsWith(`/${module}.ko`));
    if (file === undefined) throw new Error(`the kernel has no module ${module}`);
    copyFileSync(file, at(`modules/${module}.ko`));
  }
  const names = execFileSync("find", [".", "-mindepth", "1"], { cwd: folder });
  return execFileSync("cpio", ["-o", "-H", "newc", "--quiet"], { cwd: folder, input: names, maxBuffer: 1 << 28 });
}
