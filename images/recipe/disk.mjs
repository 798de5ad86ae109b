// A reproducible ext4 file system from a list of entries, with mke2fs and debugfs, without mounting anything.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, posix } from "node:path";
import { ImageError, run } from "./run.mjs";

/**
 * One entry of a file system; parents come before children. Entries are laid on the disk in their order, so what a
 * boot reads should come first.
 * @typedef {object} Entry
 * @property {string} path absolute
 * @property {"directory" | "file" | "link" | "hardlink"} type
 * @property {number} [mode] permission bits; 0755 for directories, 0644 for files
 * @property {number} [owner] user and group id, 0
 * @property {number} [group] group id when it is not the owner's
 * @property {number} [mtime] time of change, seconds; that of everything by default
 * @property {Buffer} [data] of a file
 * @property {string} [from] where this machine has the file's data, instead of `data`
 * @property {string} [target] of a link; of a hard link the path of an entry before it
 */

/** Everything the kernel needs to grow the file system online, and nothing that an old tool would not know. */
const FEATURES = [
  "none",
  ...["has_journal", "ext_attr", "resize_inode", "dir_index", "filetype", "extent", "flex_bg", "sparse_super"],
  ...["large_file", "huge_file", "dir_nlink", "extra_isize", "metadata_csum"],
].join(",");

/** Nothing is read or zeroed in the background ahead of need: a grown volume stays as sparse as it was. */
const MOUNT_OPTIONS = "no_prefetch_block_bitmaps,noinit_itable";

const BLOCK = 4096;

/** POSIX file types, the upper bits of an inode's mode. */
const TYPE_BITS = { directory: 0o040000, file: 0o100000, link: 0o120000 };
const DEFAULT_MODE = { directory: 0o755, file: 0o644, link: 0o777 };

/** What debugfs takes in its scripts without quotes, and what it takes within them (libss: no escapes but a doubled quote). */
const PLAIN_WORD = /^[\w@%+=:,./[-]+$/;
const QUOTABLE_WORD = /^[^"<\p{Cc}][^"\p{Cc}]*$/u;

/**
 * debugfs's commands that make the entries.
 * @param {Entry[]} entries
 * @param {(entry: Entry) => string} store puts a file's data where debugfs can read it; returns the path
 * @param {{ wholeDirectories?: boolean }} [options] `wholeDirectories`: a directory gets room for all its names when it
 *   is made: blocks that are added later lie far from the others
 */
export function debugfsScript(entries, store, { wholeDirectories = false } = {}) {
  const lines = [];
  const known = new Set(["/"]);
  const nameBytes = wholeDirectories ? sizesOfNames(entries) : new Map();
  /** @type {Map<string, number>} */
  const links = new Map();
  for (const entry of entries) {
    const { path, type } = entry;
    const directory = posix.dirname(path);
    if (known.has(path)) throw new ImageError("BadEntry", `${path} is there twice`);
    if (!known.has(directory)) throw new ImageError("BadEntry", `${path} comes before its directory`);
    known.add(path);
    const name = word(posix.basename(path));
    lines.push(`cd ${word(directory)}`);
    if (type === "hardlink") {
      if (!known.has(String(entry.target))) throw new ImageError("BadEntry", `${path} comes before ${entry.target}`);
      // debugfs makes the name only; the inode's count is for whoever makes a link.
      const names = (links.get(String(entry.target)) ?? 1) + 1;
      links.set(String(entry.target), names);
      lines.push(`ln ${word(String(entry.target))} ${name}`, `set_inode_field ${name} links_count ${names}`);
      continue;
    }
    if (type === "directory") {
      lines.push(`mkdir ${name}`);
      for (let more = directoryBlocks(nameBytes.get(path)) - 1; more > 0; more--) lines.push(`expand_dir ${name}`);
    }
    if (type === "file") lines.push(`write ${word(store(entry))} ${name}`);
    if (type === "link") lines.push(`symlink ${name} ${word(String(entry.target))}`);
    const mode = TYPE_BITS[type] | (entry.mode ?? DEFAULT_MODE[type]);
    const owner = entry.owner ?? 0;
    lines.push(`set_inode_field ${name} mode 0${mode.toString(8)}`);
    if (owner !== 0) lines.push(`set_inode_field ${name} uid ${owner}`);
    if ((entry.group ?? owner) !== 0) lines.push(`set_inode_field ${name} gid ${entry.group ?? owner}`);
  }
  // Last of all: making an entry changes its directory.
  for (const { path, mtime } of entries) {
    if (mtime !== undefined) lines.push(`set_inode_field ${word(path)} mtime @${mtime}`);
  }
  return `${lines.join("\n")}\n`;
}

/** @param {string} text */
function word(text) {
  if (PLAIN_WORD.test(text)) return text;
  if (!QUOTABLE_WORD.test(text)) throw new ImageError("BadEntry", `${text} cannot be written in a debugfs script`);
  return `"${text}"`;
}

/** Of all directories, what their names need (struct ext2_dir_entry_2). @param {Entry[]} entries */
function sizesOfNames(entries) {
  /** @type {Map<string, number>} */
  const sizes = new Map();
  for (const { path } of entries) {
    const directory = posix.dirname(path);
    const bytes = 8 + Math.ceil(Buffer.byteLength(posix.basename(path)) / 4) * 4;
    sizes.set(directory, (sizes.get(directory) ?? 0) + bytes);
  }
  return sizes;
}

/** What names take of a block: the rest is its checksum, and too short for the next name. */
const NAME_BYTES_OF_BLOCK = 4000;
/** "." and "..". */
const OWN_NAME_BYTES = 24;

/** @param {number} [nameBytes] */
function directoryBlocks(nameBytes = 0) {
  return Math.ceil((OWN_NAME_BYTES + nameBytes) / NAME_BYTES_OF_BLOCK);
}

/**
 * @param {{ work: string, env: NodeJS.ProcessEnv, bytes: number, growBytes: number, inodes: number, uuid: string,
 *   label: string, entries: Entry[], wholeDirectories?: boolean }} options
 *   `growBytes`: to what size the file system must be able to grow online
 * @returns {Buffer} the whole disk
 */
export function buildDisk({ work, env, bytes, growBytes, inodes, uuid, label, entries, wholeDirectories = false }) {
  const files = join(work, "files");
  const disk = join(work, "disk.img");
  mkdirSync(files, { recursive: true });
  // No mke2fs.conf of the machine: all options are named here.
  const config = join(work, "mke2fs.conf");
  writeFileSync(config, "[defaults]\n[fs_types]\n");
  const tools = { ...env, MKE2FS_CONFIG: config };
  const extended = [
    `hash_seed=${uuid}`,
    `resize=${growBytes / BLOCK}`,
    "lazy_itable_init=0,lazy_journal_init=0,nodiscard,root_owner=0:0",
  ];
  writeFileSync(disk, "");
  run("truncate", ["-s", String(bytes), disk]);
  run(
    "mke2fs",
    [
      ...["-q", "-F", "-t", "ext4", "-b", String(BLOCK), "-I", "256", "-N", String(inodes), "-m", "1"],
      ...["-O", FEATURES, "-J", "size=4", "-U", uuid, "-L", label, "-M", "/", "-E", extended.join(","), disk],
    ],
    { env: tools },
  );
  // Deleted blocks go back to the browser's storage.
  run("tune2fs", ["-o", "discard,user_xattr,acl", disk], { env: tools });

  let count = 0;
  const store = (/** @type {Entry} */ entry) => {
    if (entry.from !== undefined) return entry.from;
    const path = join(files, String(count++));
    writeFileSync(path, entry.data ?? Buffer.alloc(0));
    return path;
  };
  const script = debugfsScript(entries, store, { wholeDirectories });
  const commands = join(work, "debugfs.commands");
  writeFileSync(commands, `set_super_value mount_opts ${MOUNT_OPTIONS}\n${script}`);
  const output = run("debugfs", ["-w", "-f", commands, disk], { env: tools }).toString();
  // debugfs goes on after an error, and its exit code is 0: all it may print is its prompt and what it allocated.
  const complaints = output.split("\n").filter((line) => line && !/^debugfs:|^Allocated inode:/.test(line));
  if (complaints.length > 0) throw new ImageError("ToolFailed", `debugfs: ${complaints.join("; ")}`);
  run("e2fsck", ["-f", "-n", disk], { env: tools });
  return readFileSync(disk);
}
