// The root file system of `tiny`: what is in it, in the order it lies on the disk.
import { readFileSync } from "node:fs";
import { join } from "node:path";

/** @typedef {import("../recipe/disk.mjs").Entry} Entry */

/**
 * @typedef {object} Programs built by the recipe
 * @property {Buffer} init
 * @property {Buffer} agent
 * @property {Buffer} growfs
 * @property {Buffer} dropbear
 * @property {Buffer} doas
 * @property {{ program: Buffer, links: string[] }} busybox
 * @property {{ program: Buffer, links: string[] }} busyboxSuid
 */

const USER = 1000;
const SET_USER_ID = 0o4755;

/** Made by a boot, or where something is mounted. */
const DIRECTORIES = /** @type {const} */ ([
  ...["/bin", "/dev", "/etc", "/etc/dropbear", "/etc/profile.d", "/home", "/mnt", "/opt", "/proc", "/run", "/sbin"],
  ...["/srv", "/sys", "/usr", "/usr/bin", "/usr/lib", "/usr/local", "/usr/local/bin", "/usr/local/sbin", "/usr/sbin"],
  ...["/usr/share", "/usr/share/udhcpc", "/var", "/var/cache", "/var/lib", "/var/lib/tabvisor", "/var/log"],
  ...["/var/spool", "/var/spool/cron", "/var/spool/cron/crontabs"],
]);

/** Files of rootfs/ that a boot reads; they come first. */
const BOOT_FILES = [
  ...["/etc/passwd", "/etc/group", "/etc/hostname", "/etc/hosts", "/etc/motd", "/etc/profile", "/etc/rc.local"],
  ...["/etc/rc.network", "/usr/share/udhcpc/default.script", "/usr/sbin/first-start"],
];
const OTHER_FILES = [
  ...["/etc/doas.conf", "/etc/fstab", "/etc/os-release", "/etc/protocols", "/etc/services", "/etc/shadow"],
  ...["/etc/shells", "/usr/bin/sudo"],
];
/** @type {Record<string, number>} */
const FILE_MODES = {
  "/etc/doas.conf": 0o400,
  "/etc/rc.local": 0o755,
  "/etc/rc.network": 0o755,
  "/etc/shadow": 0o640,
  "/usr/bin/sudo": 0o755,
  "/usr/sbin/first-start": 0o755,
  "/usr/share/udhcpc/default.script": 0o755,
};

/**
 * @param {Programs} programs
 * @param {string} rootfs the directory with the plain files
 * @returns {Entry[]}
 */
export function tree(programs, rootfs) {
  /** @type {(path: string) => Entry} */
  const plain = (path) => ({
    path,
    type: "file",
    mode: FILE_MODES[path] ?? 0o644,
    data: readFileSync(join(rootfs, path)),
  });
  /** @type {(path: string, data: Buffer, mode?: number) => Entry} */
  const program = (path, data, mode = 0o755) => ({ path, type: "file", mode, data });
  /** @type {(path: string, target: string) => Entry} */
  const link = (path, target) => ({ path, type: "link", target });
  /** @type {(path: string, mode?: number, owner?: number) => Entry} */
  const directory = (path, mode = 0o755, owner = 0) => ({ path, type: "directory", mode, owner });

  return [
    ...DIRECTORIES.map((path) => directory(path)),
    directory("/root", 0o700),
    directory("/tmp", 0o1777),
    directory("/var/tmp", 0o1777),
    directory("/home/ec2-user", 0o755, USER),
    directory("/home/ec2-user/.ssh", 0o700, USER),

    program("/sbin/init", programs.init),
    program("/bin/busybox", programs.busybox.program),
    program("/usr/sbin/tabvisor-agent", programs.agent),
    ...BOOT_FILES.map(plain),

    program("/usr/sbin/dropbear", programs.dropbear),
    program("/bin/busybox-suid", programs.busyboxSuid.program, SET_USER_ID),
    program("/usr/bin/doas", programs.doas, SET_USER_ID),
    program("/usr/sbin/growfs", programs.growfs),
    ...OTHER_FILES.map(plain),
    { path: "/etc/resolv.conf", type: "file" },
    { path: "/etc/machine-id", type: "file", mode: 0o444 },
    { path: "/var/log/lastlog", type: "file" },
    link("/etc/mtab", "/proc/self/mounts"),
    link("/var/run", "/run"),
    link("/var/lock", "/run"),

    ...appletLinks(programs).map(([path, target]) => link(path, target)),
    ...["ssh", "dbclient", "dropbearkey", "dropbearconvert", "scp"].map((name) =>
      link(`/usr/bin/${name}`, "/usr/sbin/dropbear"),
    ),
    link("/usr/sbin/resize2fs", "growfs"),
  ];
}

/** Applets by path; the set-user-ID program's win. @param {Programs} programs @returns {[string, string][]} */
function appletLinks({ busybox, busyboxSuid }) {
  const links = new Map(busybox.links.map((path) => [path, "/bin/busybox"]));
  for (const path of busyboxSuid.links) links.set(path, "/bin/busybox-suid");
  return [...links].sort(([a], [b]) => (a < b ? -1 : 1));
}
