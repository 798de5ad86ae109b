// What other images take from the built `tiny`: the kernel, the firmware and the agent, which are the same for all.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { sha256 } from "./pack.mjs";
import { ImageError, run } from "./run.mjs";

const DIST = join(import.meta.dirname, "..", "tiny", "dist");

/**
 * @param {string} work a directory to work in
 * @returns {{ kernel: Buffer, bios: Buffer, vgaBios: Buffer, agent: Buffer,
 *   licences: import("./manifest.mjs").Licence[] }} and whose work the first four are
 */
export function tinyParts(work) {
  const file = join(DIST, "image.json");
  if (!existsSync(file))
    throw new ImageError("TinyMissing", "build the image `tiny` first: its kernel and agent are used");
  const manifest = JSON.parse(readFileSync(file, "utf8"));
  const read = (/** @type {{ path: string, sha256: string }} */ part) => {
    const data = readFileSync(join(DIST, part.path));
    if (sha256(data) !== part.sha256)
      throw new ImageError("TinyDamaged", `${part.path} of tiny is not what its image.json says`);
    return data;
  };
  const disk = Buffer.alloc(manifest.disk.bytes);
  for (const [index, chunk] of manifest.disk.chunks.entries()) {
    if (chunk)
      gunzipSync(read({ path: `chunks/${chunk.sha256}`, ...chunk })).copy(disk, index * manifest.disk.chunkBytes);
  }
  const path = join(work, "tiny.img");
  writeFileSync(path, disk);
  const agent = run("debugfs", ["-R", "cat /usr/sbin/tabvisor-agent", path]);
  if (agent.length === 0) throw new ImageError("TinyDamaged", "tiny has no agent");
  const taken = ["Linux", "SeaBIOS", "musl", "Tabvisor agent, init and tools"];
  return {
    kernel: read(manifest.kernel),
    bios: read(manifest.bios),
    vgaBios: read(manifest.vgaBios),
    agent,
    licences: manifest.licences.filter((/** @type {{ component: string }} */ { component }) =>
      taken.includes(component),
    ),
  };
}
