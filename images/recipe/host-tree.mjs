// The entries of a file system from a directory of the machine that builds.
import { lstatSync, readdirSync, readlinkSync } from "node:fs";
import { join } from "node:path";

/** @typedef {import("./disk.mjs").Entry} Entry */

/**
 * All that is below a directory, as root sees it: directories first, so that what a boot walks through lies together;
 * then the files of `first` in its order; then the rest by name. Sockets, pipes and devices are left out.
 * @param {string} root
 * @param {{ first?: readonly string[], newest: number, leaveOut?: (path: string) => boolean }} options
 *   `first`: as `matchingPaths` takes it. `newest`: later times of change are cut to it (seconds)
 * @returns {Entry[]}
 */
export function readTree(root, { first = [], newest, leaveOut = () => false }) {
  /** @type {Map<string, Entry>} */
  const directories = new Map();
  /** @type {Map<string, Entry>} */
  const files = new Map();
  /** @type {Map<number, string>} the first path of an inode with several */
  const linked = new Map();
  const walk = (/** @type {string} */ directory) => {
    for (const name of readdirSync(join(root, directory)).sort(byCode)) {
      const path = `${directory}/${name}`;
      if (leaveOut(path)) continue;
      const stats = lstatSync(join(root, path));
      const common = {
        path,
        mode: stats.mode & 0o7777,
        owner: stats.uid,
        group: stats.gid,
        mtime: Math.min(Math.floor(stats.mtimeMs / 1000), newest),
      };
      if (stats.isDirectory()) {
        directories.set(path, { ...common, type: "directory" });
        walk(path);
      } else if (stats.isSymbolicLink()) {
        files.set(path, { ...common, type: "link", target: readlinkSync(join(root, path)) });
      } else if (stats.isFile()) {
        const same = stats.nlink > 1 ? linked.get(stats.ino) : undefined;
        if (same === undefined) linked.set(stats.ino, path);
        files.set(
          path,
          same ? { path, type: "hardlink", target: same } : { ...common, type: "file", from: join(root, path) },
        );
      }
    }
  };
  walk("");
  const early = matchingPaths(first, [...files.keys()])
    .flatMap((path) => files.get(path) ?? [])
    .flatMap((entry) =>
      // A further name of a file comes after its first one.
      entry.type === "hardlink" ? [files.get(String(entry.target)) ?? entry, entry] : [entry],
    );
  return [...new Set([...directories.values(), ...early, ...files.values()])];
}

/**
 * Those of `paths` that the patterns name, in the patterns' order, each once. "*" stands for a part of a name, such as a
 * version; what names nothing is passed over.
 * @param {readonly string[]} patterns @param {readonly string[]} paths
 */
export function matchingPaths(patterns, paths) {
  const known = new Set(paths);
  const found = patterns.flatMap((pattern) => {
    if (!pattern.includes("*")) return known.has(pattern) ? [pattern] : [];
    const parts = pattern.split("*").map((part) => part.replace(/[\\^$.|?+()[\]{}]/g, "\\$&"));
    const expression = new RegExp(`^${parts.join("[^/]*")}$`);
    return paths.filter((path) => expression.test(path));
  });
  return [...new Set(found)];
}

/** By code units, as C's strcmp: no locale takes part. @param {string} a @param {string} b */
function byCode(a, b) {
  return a < b ? -1 : a > b ? 1 : 0;
}
