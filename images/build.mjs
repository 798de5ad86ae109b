// `npm run image -- NAME`: builds an image's dist/ from Debian's packages.
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { parseArgs } from "node:util";
import { buildEnvironment, ImageError } from "./recipe/run.mjs";

const USAGE = `usage: node images/build.mjs IMAGE [--verify | --current] [--output DIRECTORY]
       node images/build.mjs --missing IMAGE…
  --verify   build in a temporary directory and compare with the dist/ that is there, byte for byte
  --current  build from the newest package versions Debian has, and record them (images that record versions)
  --missing  build those that have no dist/ yet
  --output   where to put the files; images/IMAGE/dist by default
`;

/** @param {string} name @param {boolean} current @returns {Promise<Map<string, Uint8Array>>} */
async function build(name, current) {
  const file = join(import.meta.dirname, name, "image.mjs");
  if (!existsSync(file))
    throw new ImageError("NoSuchImage", `there is no recipe for ${name}; there is: ${recipes().join(", ")}`);
  const recipe = await import(file);
  const work = mkdtempSync(join(tmpdir(), `tabvisor-image-${name}-`));
  try {
    return recipe.build({ work, env: buildEnvironment(recipe.EPOCH), current });
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

function recipes() {
  return readdirSync(import.meta.dirname).filter((name) => existsSync(join(import.meta.dirname, name, "image.mjs")));
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
    if (!a) return [`${name}: built, but not there`];
    if (!b) return [`${name}: there, but not built`];
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

/** @param {string} name */
function distOf(name) {
  return join(import.meta.dirname, name, "dist");
}

/** @param {string} name @param {{ current?: boolean, dist?: string }} [options] */
async function buildInto(name, { current = false, dist = distOf(name) } = {}) {
  const files = await build(name, current);
  replaceFiles(dist, files);
  console.log(`${name}: ${sizeOf(files)} in ${dist}`);
}

/** @param {string} name @param {string} [dist] */
async function verify(name, dist = distOf(name)) {
  const files = await build(name, false);
  const wrong = differences(readFiles(dist), files);
  if (wrong.length > 0)
    throw new ImageError("NotReproduced", `${dist} is not what the recipe makes:\n  ${wrong.join("\n  ")}`);
  console.log(`${name}: ${sizeOf(files)}, rebuilt bit for bit`);
}

/** @param {Map<string, Uint8Array>} files */
function sizeOf(files) {
  return `${files.size} files, ${[...files.values()].reduce((sum, data) => sum + data.length, 0)} bytes`;
}

async function main() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      verify: { type: "boolean" },
      current: { type: "boolean" },
      missing: { type: "boolean" },
      output: { type: "string" },
    },
  });
  const [name] = positionals;
  const ways = [values.verify, values.current, values.missing].filter(Boolean).length;
  if (!name || ways > 1 || (positionals.length > 1 && !values.missing) || (values.missing && values.output))
    throw new ImageError("Usage", USAGE);
  if (values.missing) {
    for (const wanted of positionals) {
      if (!existsSync(join(distOf(wanted), "image.json"))) await buildInto(wanted);
    }
  } else if (values.verify) await verify(name, values.output);
  else await buildInto(name, { current: values.current === true, ...(values.output && { dist: values.output }) });
}

try {
  await main();
} catch (error) {
  if (!(error instanceof ImageError)) throw error;
  console.error(`${error.code}: ${error.message}`);
  process.exitCode = 1;
}
