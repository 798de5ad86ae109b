// A disk as an installer leaves it: GRUB in the master boot record and the gap behind it, one partition with ext4, the
// kernel in it. Made of Debian's grub-pc-bin and grub-common, e2fsprogs and the embedded image; no root needed.
import { execFileSync } from "node:child_process";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { TINY, writeTinyDisk } from "./tiny-disk.ts";

const SECTOR = 512;
/** Partitions begin at 1 MiB, as fdisk has them. */
const PARTITION_SECTOR = 2048;
const PARTITION_TABLE = 446;
const LINUX = 0x83;
const GRUB = "/usr/lib/grub/i386-pc";
const MODULES = ["biosdisk", "part_msdos", "ext2", "normal", "configfile", "linux", "echo", "test"];

/** The menu comes up on the screen, and waits for keys; the second entry is the right one. */
const MENU = `
set timeout=-1
set default=0
menuentry "Nothing" { echo "Wrong entry" }
menuentry "Tabvisor's tiny Linux" {
  echo "Loading the kernel"
  linux /boot/bzImage console=ttyS0 console=hvc0 root=/dev/vda1 rootfstype=ext4 rw panic=-1 tsc=reliable
}
`;

/** `folder`: for what is made on the way. */
export function makeGrubDisk(folder: string, path: string): void {
  const at = (name: string) => join(folder, name);
  const partition = at("partition.img");
  const partitionBytes = writeTinyDisk(partition);
  writeFileSync(at("grub.cfg"), MENU);
  const commands = [
    "mkdir /boot",
    `write ${join(TINY, "bzImage")} /boot/bzImage`,
    `write ${at("grub.cfg")} /boot/grub.cfg`,
  ];
  writeFileSync(at("commands"), `${commands.join("\n")}\n`);
  execFileSync("debugfs", ["-w", "-f", at("commands"), partition], { stdio: "pipe" });

  writeFileSync(at("early.cfg"), "set root=(hd0,msdos1)\nconfigfile /boot/grub.cfg\n");
  execFileSync("grub-mkimage", [
    ...["-O", "i386-pc", "-d", GRUB, "-o", at("core.img"), "-p", "(hd0,msdos1)/boot", "-c", at("early.cfg")],
    ...MODULES,
  ]);
  const core = readFileSync(at("core.img"));
  if (core.length > (PARTITION_SECTOR - 1) * SECTOR) throw new Error(`GRUB's core has ${core.length} bytes`);

  const disk = Buffer.alloc(PARTITION_SECTOR * SECTOR + partitionBytes);
  // GRUB's boot.img loads what lies from the second sector on.
  readFileSync(join(GRUB, "boot.img")).copy(disk, 0, 0, PARTITION_TABLE);
  core.copy(disk, SECTOR);
  disk.writeUInt8(0x80, PARTITION_TABLE);
  disk.writeUInt8(LINUX, PARTITION_TABLE + 4);
  disk.writeUInt32LE(PARTITION_SECTOR, PARTITION_TABLE + 8);
  disk.writeUInt32LE(partitionBytes / SECTOR, PARTITION_TABLE + 12);
  disk.writeUInt16LE(0xaa55, SECTOR - 2);
  readFileSync(partition).copy(disk, PARTITION_SECTOR * SECTOR);
  writeFileSync(path, disk);
  rmSync(partition);
}
