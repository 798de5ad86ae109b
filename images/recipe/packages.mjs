// The exact Debian packages an image is built from: recorded, checked, installed.
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ImageError, run } from "./run.mjs";

/**
 * @typedef {object} PackageRecord
 * @property {string} distribution what /etc/os-release must say: ID and VERSION_ID
 * @property {Record<string, string>} tools binary packages (compilers, file system tools, the kernel's source) → version
 * @property {Record<string, string>} sources source packages → version
 */

/** @param {string} path @returns {PackageRecord} */
export function readRecord(path) {
  return JSON.parse(readFileSync(path, "utf8"));
}

/** @param {string} path @param {PackageRecord} record */
export function writeRecord(path, record) {
  writeFileSync(path, `${JSON.stringify(record, null, 2)}\n`);
}

/** Which of the wanted versions are not to be had. @param {Record<string, string>} wanted @param {Record<string, string[]>} offered */
export function missingVersions(wanted, offered) {
  return Object.entries(wanted)
    .filter(([name, version]) => !offered[name]?.includes(version))
    .map(([name, version]) => `${name} ${version} (there is: ${offered[name]?.join(", ") || "none"})`);
}

/** The version installed, or undefined. @param {string} name */
function installedVersion(name) {
  try {
    return run("dpkg-query", ["-W", "-f", `\${db:Status-Abbrev}\${Version}`, name])
      .toString()
      .match(/^ii (.+)$/)?.[1];
  } catch (error) {
    if (error instanceof ImageError && error.code === "ToolFailed") return undefined;
    throw error;
  }
}

/** Where the package sources of an apt of ours are. @param {string} directory */
function partsOf(directory) {
  const parts = join(directory, "parts");
  mkdirSync(parts, { recursive: true });
  mkdirSync(join(directory, "lists", "partial"), { recursive: true });
  return parts;
}

/** Options of an apt that keeps everything in a directory of ours. @param {string} directory */
function ownApt(directory) {
  return [
    ["Dir::Etc::SourceList", "/dev/null"],
    ["Dir::Etc::SourceParts", join(directory, "parts")],
    ["Dir::State::Lists", join(directory, "lists")],
    ["Dir::Cache::pkgcache", ""],
    ["Dir::Cache::srcpkgcache", ""],
    ["APT::Sandbox::User", "root"],
  ].flatMap(([key, value]) => ["-o", `${key}=${value}`]);
}

/**
 * Source packages through apt with the machine's own mirrors and proxies: its package sources, asked for `deb-src`.
 * Everything is kept in a directory of ours; the machine's configuration is not touched.
 */
export class SourceMirror {
  #options;

  /** @param {string} directory */
  constructor(directory) {
    const parts = partsOf(directory);
    for (const [name, text] of debianSources("deb-src")) writeFileSync(join(parts, name), text);
    this.#options = ownApt(directory);
    run("apt-get", [...this.#options, "-q", "update"]);
  }

  /** Versions of a source package, newest first. @param {string} name */
  versions(name) {
    const text = run("apt-cache", [...this.#options, "showsrc", "--only-source", name]).toString();
    return [...text.matchAll(/^Version: (.+)$/gm)].map((match) => String(match[1]));
  }

  /** Downloads and unpacks a source package, Debian's patches applied. @param {string} name @param {string} version @param {string} into */
  unpack(name, version, into) {
    const downloads = `${into}.download`;
    mkdirSync(downloads, { recursive: true });
    const args = ["-q", "source", "--download-only", "--only-source", `${name}=${version}`];
    run("apt-get", [...this.#options, ...args], { cwd: downloads });
    const dsc = readdirSync(downloads).find((file) => file.endsWith(".dsc"));
    if (!dsc) throw new ImageError("SourceMissing", `apt-get source ${name}=${version} brought no .dsc file`);
    // apt has checked the archive's signature; the maintainers' own keys are not installed here.
    run("dpkg-source", ["--no-check", "-x", join(downloads, dsc), into]);
  }
}

/**
 * The machine's package sources that are Debian's: [file name, text].
 * @param {"deb" | "deb-src"} type what they are asked for
 */
function debianSources(type) {
  const directory = "/etc/apt/sources.list.d";
  const read = (/** @type {string} */ path) => (existsSync(path) ? readFileSync(path, "utf8") : "");
  const stanzas = readdirSync(directory)
    .filter((name) => name.endsWith(".sources"))
    .flatMap((name) => read(join(directory, name)).split(/\n\s*\n/));
  const lines = read("/etc/apt/sources.list").split("\n");
  const sources = toSources(stanzas, lines, type);
  if (sources.length === 0) {
    throw new ImageError("NoPackageSource", "apt on this machine has no source of Debian's packages");
  }
  return sources;
}

/**
 * The machine's Debian archives that have packages of another architecture, each as a file that apt and mmdebstrap
 * read. One whose list of packages cannot be had (a mirror may carry one architecture only, or be half updated) is left
 * out, and said so: the image then lacks what is only there.
 * @param {string} directory @param {string} architecture
 * @returns {string[]} paths
 */
export function binarySources(directory, architecture) {
  const usable = debianSources("deb")
    .flatMap(([name, text]) =>
      (name.endsWith(".list") ? text.trim().split("\n") : text.split("\n\n")).map((one) => [name, one]),
    )
    .flatMap(([name, text], index) => {
      const own = join(directory, String(index));
      const file = join(partsOf(own), `${index}-${name}`);
      writeFileSync(file, `${text}\n`);
      const options = [
        ...ownApt(own),
        "-o",
        `APT::Architecture=${architecture}`,
        "-o",
        `APT::Architectures=${architecture}`,
      ];
      try {
        run("apt-get", [...options, "-q", "--error-on=any", "update"]);
        return [file];
      } catch (error) {
        if (!(error instanceof ImageError) || error.code !== "ToolFailed") throw error;
        const why = error.message
          .split("\n")
          .filter((line) => /^[EW]:/.test(line))
          .join("\n  ");
        console.warn(`WARNING: built without an archive that has no whole list of ${architecture} packages:\n  ${why}`);
        return [];
      }
    });
  if (usable.length === 0)
    throw new ImageError("NoPackageSource", `no Debian archive of this machine has ${architecture} packages`);
  return usable;
}

/** Installs what is missing of these packages, in whatever version Debian has. @param {string[]} names */
export function ensureTools(names) {
  const missing = names.filter((name) => installedVersion(name) === undefined);
  if (missing.length === 0) return;
  if (process.getuid?.() !== 0) throw new ImageError("NotRoot", `installing ${missing.join(" ")} needs root`);
  run("apt-get", ["-q", "update"]);
  run("apt-get", ["-q", "-y", "--no-install-recommends", "install", ...missing]);
}

/**
 * Both of apt's formats (sources.list(5)). Other archives are left out: they seldom carry sources, and are not asked for any.
 * @param {string[]} stanzas of .sources files @param {string[]} lines of sources.list @param {"deb" | "deb-src"} type
 * @returns {[string, string][]}
 */
export function toSources(stanzas, lines, type) {
  const ours = stanzas
    .filter((text) => /^Types:.*\bdeb\b/m.test(text) && /^Signed-By:.*debian-archive/m.test(text))
    .map((text) => text.replace(/^Types:.*$/m, `Types: ${type}`));
  const oneLine = lines
    .filter((line) => /^deb\s.*\s(bookworm|stable)\S*\s.*\bmain\b/.test(line))
    .map((line) => line.replace(/^deb\s/, `${type} `));
  /** @type {[string, string][]} */
  const files = [
    ["debian.sources", ours.join("\n\n")],
    ["debian.list", oneLine.join("\n")],
  ];
  return files.filter(([, text]) => text !== "").map(([name, text]) => [name, `${text}\n`]);
}

/** Versions that apt offers of binary packages, and the installed ones. @param {string[]} names @returns {Record<string, string[]>} */
function offeredTools(names) {
  const text = run("apt-cache", ["madison", ...names]).toString();
  const madison = text.split("\n").map((line) => line.split("|").map((part) => part.trim()));
  return Object.fromEntries(
    names.map((name) => {
      const carried = madison.filter(([its, , where]) => its === name && !where?.endsWith("Sources"));
      const installed = installedVersion(name);
      return [
        name,
        [...new Set([...carried.map(([, version]) => String(version)), ...(installed ? [installed] : [])])],
      ];
    }),
  );
}

/** @param {PackageRecord} record */
function checkMachine(record) {
  const release = readFileSync("/etc/os-release", "utf8");
  const field = (/** @type {string} */ key) => release.match(new RegExp(`^${key}="?([^"\n]*)`, "m"))?.[1];
  const here = `${field("ID")} ${field("VERSION_ID")}`;
  if (here !== record.distribution) {
    throw new ImageError("WrongSystem", `images are built on ${record.distribution}; this is ${here}`);
  }
  if (process.getuid?.() !== 0) throw new ImageError("NotRoot", "installing the recorded packages needs root");
}

/**
 * Makes this machine have exactly the recorded tools, or, with `current`, the newest Debian has.
 * @param {PackageRecord} record @param {SourceMirror} mirror @param {boolean} current
 * @returns {PackageRecord} what is in use; the same as `record` unless `current`
 */
export function preparePackages(record, mirror, current) {
  checkMachine(record);
  const tools = Object.keys(record.tools);
  run("apt-get", ["-q", "update"]);
  const offeredSources = Object.fromEntries(Object.keys(record.sources).map((name) => [name, mirror.versions(name)]));
  if (!current) {
    const missing = [
      ...missingVersions(record.tools, offeredTools(tools)),
      ...missingVersions(record.sources, offeredSources),
    ];
    if (missing.length > 0) {
      throw new ImageError(
        "VersionGone",
        `Debian no longer carries:\n  ${missing.join("\n  ")}\n` +
          "`node images/build.mjs <image> --current` builds from what it has now, and records that.",
      );
    }
  }
  const wanted = tools.map((name) => (current ? name : `${name}=${record.tools[name]}`));
  run("apt-get", ["-q", "-y", "--no-install-recommends", "--allow-downgrades", "install", ...wanted]);
  if (!current) return record;
  return {
    distribution: record.distribution,
    tools: Object.fromEntries(tools.map((name) => [name, String(installedVersion(name))])),
    sources: Object.fromEntries(Object.entries(offeredSources).map(([name, versions]) => [name, String(versions[0])])),
  };
}
