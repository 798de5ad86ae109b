// `npm run image -- tiny`: builds an image's dist/ from Debian packages of recorded versions.
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { parseArgs } from "node:util";
import { buildKernel } from "./recipe/kernel.mjs";
import { preparePackages, readRecord, SourceMirror, writeRecord } from "./recipe/packages.mjs";
import { buildEnvironment, ImageError, step } from "./recipe/run.mjs";

const USAGE = `usage: node images/build.mjs IMAGE [--verify | --current] [--output DIRECTORY]
  --verify   build in a temporary directory and compare with the committed dist/, byte for byte
  --current  build from the newest package versions Debian has, and record them
  --output   where to put the files; images/IMAGE/dist by default
`;

/** @param {string} name @param {boolean} current @returns {Promise<Map<string, Uint8Array>>} */
async function build(name, current) {
  const directory = join(import.meta.dirname, name);
  if (!existsSync(join(directory, "image.mjs"))) throw new ImageError("NoSuchImage", `there is no recipe for ${name}`);
  const recipe = await import(join(directory, "image.mjs"));
  const recordFile = join(directory, "packages.json");
  const env = buildEnvironment(recipe.EPOCH);
  const work = mkdtempSync(join(tmpdir(), `tabvisor-image-${name}-`));
  try {
    const mirror = step("package lists", () => new SourceMirror(join(work, "apt")));
    const packages = step("packages", () => preparePackages(readRecord(recordFile), mirror, current));
    const source = (/** @type {string} */ sourceName, /** @type {string} */ into) => {
      mirror.unpack(sourceName, String(packages.sources[sourceName]), join(work, into));
      return join(work, into);
    };
    const kernel = step("kernel", () => buildKernel({ work, env, directory: join(import.meta.dirname, "kernel") }));
    const programs = recipe.buildPrograms({ work, env, headers: kernel.headers, source });
    const files = recipe.assemble({ work, env, kernel: kernel.image, programs, packages });
    if (current) writeRecord(recordFile, packages);
    return files;
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** @param {string} directory @returns {Map<string, Uint8Array>} */
function readFiles(directory) {
  if (!existsSync(directory)) return new Map();
  return new Map(
    readdirSync(directory, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .map((path) => [relative(directory, path), readFileSync(path)]),
  );
}

/** What differs, one line a file. @param {Map<string, Uint8Array>} wanted @param {Map<string, Uint8Array>} got */
function differences(wanted, got) {
  const names = [...new Set([...wanted.keys(), ...got.keys()])].sort();
  return names.flatMap((name) => {
    const [a, b] = [wanted.get(name), got.get(name)];
    if (!a) return [`${name}: built, but not committed`];
    if (!b) return [`${name}: committed, but not built`];
    return Buffer.compare(a, b) === 0 ? [] : [`${name}: differs`];
  });
}

/** @param {string} directory @param {Map<string, Uint8Array>} files */
function replaceFiles(directory, files) {
  rmSync(directory, { recursive: true, force: true });
  for (const [path, data] of files) {
    mkdirSync(dirname(join(directory, path)), { recursive: true });
    writeFileSync(join(directory, path), data);
  }
}

async function main() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { verify: { type: "boolean" }, current: { type: "boolean" }, output: { type: "string" } },
  });
  const [name] = positionals;
  if (!name || positionals.length > 1 || (values.verify && values.current)) throw new ImageError("Usage", USAGE);
  const dist = values.output ?? join(import.meta.dirname, name, "dist");
  const files = await build(name, values.current === true);
  const total = [...files.values()].reduce((sum, data) => sum + data.length, 0);
  if (values.verify) {
    const wrong = differences(readFiles(dist), files);
    if (wrong.length > 0)
      throw new ImageError("NotReproduced", `${dist} is not what the recipe makes:\n  ${wrong.join("\n  ")}`);
    console.log(`${name}: ${files.size} files, ${total} bytes, rebuilt bit for bit`);
    return;
  }
  replaceFiles(dist, files);
  console.log(`${name}: ${files.size} files, ${total} bytes in ${dist}`);
}

try {
  await main();
} catch (error) {
  if (!(error instanceof ImageError)) throw error;
  console.error(`${error.code}: ${error.message}`);
  process.exitCode = 1;
}
