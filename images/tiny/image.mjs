// The recipe of the image `tiny`: what it is made of, and how.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { buildDisk } from "../recipe/disk.mjs";
import { buildKernel } from "../recipe/kernel.mjs";
import { makeManifest } from "../recipe/manifest.mjs";
import { packDisk } from "../recipe/pack.mjs";
import { preparePackages, readRecord, SourceMirror, writeRecord } from "../recipe/packages.mjs";
import { step } from "../recipe/run.mjs";
import { buildToolchain } from "../recipe/toolchain.mjs";
import { buildAgent, buildBusybox, buildDoas, buildDropbear, buildOwn } from "../recipe/userland.mjs";
import { licences } from "./licences.mjs";
import { tree } from "./tree.mjs";

const MIB = 1 << 20;

/** @type {import("../recipe/manifest.mjs").ImageFacts} */
export const facts = {
  name: "tiny",
  title: "Tabvisor Linux (tiny)",
  version: "1.1.0",
  defaultUser: "ec2-user",
  commandLine: readFileSync(join(import.meta.dirname, "command-line"), "utf8")
    .split("\n")
    .filter((line) => line && !line.startsWith("#"))
    .join(" "),
  rootDevice: "/dev/vda",
  minimumMemoryMiB: 48,
  chunkBytes: 262_144,
  agentProtocolVersion: 1,
  firstStart: "metadata",
};

/** Seconds: the one time stamp in everything that is built. Changing it changes every byte of the disk. */
export const EPOCH = Date.UTC(2026, 0, 1) / 1000;

const DISK = {
  bytes: 64 * MIB,
  /** Room for group descriptors, so that the file system can grow online to as much as this. */
  growBytes: 256 * 1024 * MIB,
  /** In 64 MiB, and in each 128 MiB that are added. */
  inodes: 8192,
  uuid: "74616276-6973-4f72-8000-74696e790001",
  label: "tiny",
};

/**
 * All files of the image, by their path in dist/, from packages of recorded versions.
 * @param {import("../recipe/run.mjs").Build} build
 * @returns {Map<string, Uint8Array>}
 */
export function build({ work, env, current }) {
  const here = import.meta.dirname;
  const recordFile = join(here, "packages.json");
  const mirror = step("package lists", () => new SourceMirror(join(work, "apt")));
  const packages = step("packages", () => preparePackages(readRecord(recordFile), mirror, current));
  const source = (/** @type {string} */ name, /** @type {string} */ into) => {
    mirror.unpack(name, String(packages.sources[name]), join(work, into));
    return join(work, into);
  };
  const kernel = step("kernel", () => buildKernel({ work, env, directory: join(here, "..", "kernel") }));
  const programs = buildPrograms({ work, env, headers: kernel.headers, source });
  const files = assemble({ work, env, kernel: kernel.image, programs, packages });
  if (current) writeRecord(recordFile, packages);
  return files;
}

/**
 * The programs of the root file system.
 * @param {{ work: string, env: NodeJS.ProcessEnv, headers: string, source: (name: string, into: string) => string }} options
 *   `source` unpacks a Debian source package and returns where it is
 * @returns {import("./tree.mjs").Programs}
 */
function buildPrograms({ work, env, headers, source }) {
  const here = import.meta.dirname;
  const prefix = join(work, "sysroot");
  const musl = source("musl", "musl");
  const cc = step("musl", () => buildToolchain({ source: musl, headers, prefix, env }));
  const toolchain = { cc, env };
  const busyboxSource = source("busybox", "busybox");
  const src = join(here, "src");
  return {
    busybox: step("busybox", () => buildBusybox(toolchain, busyboxSource, "defconfig", join(here, "busybox.config"))),
    busyboxSuid: step("busybox-suid", () =>
      buildBusybox(toolchain, busyboxSource, "allnoconfig", join(here, "busybox-suid.config")),
    ),
    dropbear: step("dropbear", () =>
      buildDropbear(toolchain, source("dropbear", "dropbear"), join(here, "dropbear-options.h")),
    ),
    doas: step("doas", () => buildDoas(toolchain, source("opendoas", "opendoas"))),
    init: buildOwn(toolchain, join(work, "init"), [join(src, "init"), join(src, "growfs", "grow.c")]),
    growfs: buildOwn(toolchain, join(work, "growfs"), [join(src, "growfs")]),
    agent: buildAgent(toolchain, join(work, "agent"), join(here, "..", "agent", "build.sh")),
  };
}

/**
 * @param {{ work: string, env: NodeJS.ProcessEnv, kernel: Buffer, programs: import("./tree.mjs").Programs,
 *   packages: import("../recipe/packages.mjs").PackageRecord }} parts
 * @returns {Map<string, Uint8Array>}
 */
function assemble({ work, env, kernel, programs, packages }) {
  const entries = tree(programs, join(import.meta.dirname, "rootfs"));
  const disk = step("disk", () => buildDisk({ work, env, ...DISK, entries }));
  const { chunks, files } = step("chunks", () => packDisk(disk, facts.chunkBytes));
  const bios = readFileSync("/usr/share/seabios/bios.bin");
  const vgaBios = readFileSync("/usr/share/seabios/vgabios-stdvga.bin");
  const bootChunks = JSON.parse(readFileSync(join(import.meta.dirname, "boot-chunks.json"), "utf8"));
  const manifest = makeManifest(
    facts,
    { kernel, bios, vgaBios },
    { bytes: disk.length, chunks },
    bootChunks,
    licences(packages),
  );
  return new Map([
    ["image.json", Buffer.from(`${JSON.stringify(manifest, null, 1)}\n`)],
    ["bzImage", kernel],
    ["bios.bin", bios],
    ["vgabios.bin", vgaBios],
    ...[...files].map(([hash, data]) => /** @type {const} */ ([`chunks/${hash}`, data])),
  ]);
}
