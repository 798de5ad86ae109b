// Images of Debian 12 (i386) with systemd: one recipe, and a declaration for each image.
import { cpSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { buildDisk } from "./disk.mjs";
import { matchingPaths, readTree } from "./host-tree.mjs";
import { makeManifest } from "./manifest.mjs";
import { packDisk } from "./pack.mjs";
import { binarySources, ensureTools } from "./packages.mjs";
import { run, step } from "./run.mjs";
import { tinyParts } from "./tiny-parts.mjs";

const MIB = 1 << 20;
/** Seconds: no file is younger. Changing it changes the images. */
export const EPOCH = Date.UTC(2026, 10, 21) / 1000;
const TOOLS = ["mmdebstrap", "arch-test", "e2fsprogs", "gzip", "debian-archive-keyring"];
const CHUNK_BYTES = 262_144;
const BASE = join(import.meta.dirname, "..", "debian");

/** What every image has; `minbase` is what apt and dpkg need. */
const BASE_PACKAGES = [
  ...["systemd", "systemd-sysv", "udev", "dbus", "openssh-server", "sudo", "e2fsprogs", "iproute2", "netbase"],
  ...["ca-certificates", "procps", "less", "vim-tiny", "curl"],
];

/** Nobody reads these on a machine of this size; the licences stay. */
const LEFT_OUT = [
  ...["path-exclude=/usr/share/man/*", "path-exclude=/usr/share/info/*", "path-exclude=/usr/share/locale/*"],
  ...["path-exclude=/usr/share/doc/*", "path-include=/usr/share/doc/*/copyright"],
  // Names of hardware that v86 does not have.
  "path-exclude=/lib/udev/hwdb.d/*",
];

const NO_USRMERGE = "Package: usrmerge\nPin: release *\nPin-Priority: -1\n";
const PREFERENCE = "/etc/apt/preferences.d/no-usrmerge";

/** What the building leaves behind, or what must not be the same in two machines. */
const NOT_IN_THE_IMAGE =
  /^\/(dev|proc|sys|run|tmp)\/|^\/var\/(cache\/(apt|debconf|ldconfig)|lib\/apt\/lists|log\/apt)\/.|^\/var\/log\/[^/]*\.log$|^\/var\/lib\/dpkg\/.*-old$|^\/etc\/(\.pwd\.lock|[^/]*-|ssh\/ssh_host_.*)$/;

/**
 * @typedef {object} DebianImage
 * @property {string} directory of the recipe: its `rootfs/` is laid over everything, its `configure.sh` runs last in
 *   the image's root, by root
 * @property {string} name
 * @property {string} title
 * @property {string} version
 * @property {string[]} packages beside the base
 * @property {number} diskMiB
 * @property {number} minimumMemoryMiB
 * @property {string} uuid of the file system
 * @property {"metadata"} [firstStart] it starts first by itself, from the metadata service
 */

/**
 * All files of the image, by their path in dist/.
 * @param {DebianImage} image
 * @param {{ work: string, env: NodeJS.ProcessEnv }} options
 * @returns {Map<string, Uint8Array>}
 */
export function buildDebian(image, { work, env }) {
  step("tools", () => ensureTools(TOOLS));
  const tiny = step("kernel and agent", () => tinyParts(work));
  const root = join(work, "root");
  const sources = step("package lists", () => binarySources(join(work, "apt"), "i386"));
  step("packages", () => installPackages(root, { env, sources, packages: [...BASE_PACKAGES, ...image.packages] }));
  step("configuration", () => configure(root, image, { env, agent: tiny.agent }));
  return assemble(image, { work, env, root, tiny });
}

/**
 * @param {DebianImage} image
 * @param {{ work: string, env: NodeJS.ProcessEnv, root: string, tiny: ReturnType<typeof tinyParts> }} parts
 * @returns {Map<string, Uint8Array>}
 */
function assemble(image, { work, env, root, tiny }) {
  const bootFiles = bootFilesOf(image);
  const entries = readTree(root, { first: bootFiles, newest: EPOCH, leaveOut: (path) => NOT_IN_THE_IMAGE.test(path) });
  const disk = step("disk", () =>
    buildDisk({
      work,
      env,
      entries,
      bytes: image.diskMiB * MIB,
      growBytes: 256 * 1024 * MIB,
      inodes: image.diskMiB * 64,
      uuid: image.uuid,
      label: image.name,
      wholeDirectories: true,
    }),
  );
  const { chunks, files: chunkFiles } = step("chunks", () => packDisk(disk, CHUNK_BYTES));
  const facts = {
    name: image.name,
    title: image.title,
    version: image.version,
    defaultUser: "admin",
    commandLine: commandLine(),
    rootDevice: "/dev/vda",
    minimumMemoryMiB: image.minimumMemoryMiB,
    chunkBytes: CHUNK_BYTES,
    agentProtocolVersion: 1,
    ...(image.firstStart && { firstStart: image.firstStart }),
  };
  const files = entries.filter(({ type }) => type === "file").map(({ path }) => path);
  const bootChunks = chunksOfBoot(work, { env, chunks, files: matchingPaths(bootFiles, files) });
  const licences = [...tiny.licences, ...licencesOf(root)];
  const manifest = makeManifest(facts, tiny, { bytes: disk.length, chunks }, bootChunks, licences);
  return new Map([
    ["image.json", Buffer.from(`${JSON.stringify(manifest, null, 1)}\n`)],
    ["bzImage", tiny.kernel],
    ["bios.bin", tiny.bios],
    ["vgabios.bin", tiny.vgaBios],
    ...[...chunkFiles].map(([hash, data]) => /** @type {const} */ ([`chunks/${hash}`, data])),
  ]);
}

/** @param {string} root @param {{ env: NodeJS.ProcessEnv, sources: string[], packages: string[] }} options */
function installPackages(root, { env, sources, packages }) {
  const options = [
    ...["--mode=root", "--variant=minbase", "--format=directory", "--architectures=i386"],
    `--include=${packages.join(",")}`,
    ...LEFT_OUT.map((option) => `--dpkgopt=${option}`),
    // Merged from the beginning, it needs no usrmerge, which brings all of Perl: a quarter of an image.
    "--hook-dir=/usr/share/mmdebstrap/hooks/merged-usr",
    `--setup-hook=mkdir -p "$1"/etc/apt/preferences.d; printf '%s' '${NO_USRMERGE}' > "$1${PREFERENCE}"`,
    `--customize-hook=rm "$1${PREFERENCE}"`,
  ];
  run("mmdebstrap", [...options, "bookworm", root, ...sources], { env });
}

/** @param {string} root @param {DebianImage} image @param {{ env: NodeJS.ProcessEnv, agent: Buffer }} options */
function configure(root, image, { env, agent }) {
  for (const directory of [BASE, image.directory]) {
    const overlay = join(directory, "rootfs");
    // Files of ours are as they are in git: readable by all, and executable or not.
    if (existsSync(overlay)) cpSync(overlay, root, { recursive: true });
  }
  writeFileSync(join(root, "usr/sbin/tabvisor-agent"), agent, { mode: 0o755 });
  for (const directory of [BASE, image.directory]) {
    const script = join(directory, "configure.sh");
    if (existsSync(script)) run("chroot", [root, "/bin/sh", "-eu"], { env, input: readFileSync(script) });
  }
}

/** Paths that a boot reads, in the order of their first read: the base's, then the image's own. @param {DebianImage} image */
function bootFilesOf({ directory }) {
  return [BASE, directory].flatMap((place) => {
    const list = join(place, "boot-files");
    if (!existsSync(list)) return [];
    return readFileSync(list, "utf8")
      .split("\n")
      .filter((line) => line.startsWith("/"));
  });
}

/** The kernel's command line: one word a line, comments. */
function commandLine() {
  return readFileSync(join(BASE, "command-line"), "utf8")
    .split("\n")
    .filter((line) => line && !line.startsWith("#"))
    .join(" ");
}

/**
 * What a boot reads: the file system's own structures and the directories, which come before all files on the disk,
 * then the files of the list.
 * @param {string} work
 * @param {{ env: NodeJS.ProcessEnv, chunks: (import("./pack.mjs").ChunkRecord | null)[], files: string[] }} options
 * @returns {number[]}
 */
function chunksOfBoot(work, { env, chunks, files }) {
  if (files.length === 0) return [];
  const commands = join(work, "blocks.commands");
  writeFileSync(commands, files.map((path) => `blocks "${path}"\n`).join(""));
  const output = run("debugfs", ["-f", commands, join(work, "disk.img")], { env }).toString();
  const blocks = [...output.matchAll(/^[\d ]+$/gm)].flatMap(([line]) =>
    line.trim().split(/\s+/).filter(Boolean).map(Number),
  );
  const order = blocks.map((block) => Math.floor((block * 4096) / CHUNK_BYTES));
  const first = Math.min(...order);
  const before = Array.from({ length: first }, (_, index) => index);
  return [...new Set([...before, ...order])].filter((index) => chunks[index] != null);
}

/** Debian's source packages in the image. @param {string} root @returns {import("./manifest.mjs").Licence[]} */
function licencesOf(root) {
  const format = `\${source:Package}\t\${source:Version}\t\${Package}\n`;
  const lines = run("dpkg-query", [`--admindir=${join(root, "var/lib/dpkg")}`, "-W", "-f", format])
    .toString()
    .trim()
    .split("\n");
  /** @type {Map<string, import("./manifest.mjs").Licence>} */
  const sources = new Map();
  for (const line of lines) {
    const [source = "", version = "", name = ""] = line.split("\t");
    if (sources.has(source)) continue;
    sources.set(source, {
      component: source,
      version,
      licence: `/usr/share/doc/${name}/copyright in the image`,
      source: `Debian source package ${source} ${version}`,
    });
  }
  return [...sources.values()].sort((a, b) => (a.component < b.component ? -1 : 1));
}
